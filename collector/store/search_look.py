"""Looking for words in the spans of a trace themselves: SQLite's index knows neither which span nor in which order.

A verdict stands until its trace changes, so it is kept, and looking goes on with the next query where the last one ran
out of time.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from math import inf
from threading import Lock
from time import monotonic

from collector.store.search_source import ROW_TEXTS, content_of, texts_at, texts_of_record
from collector.store.search_text import says
from collector.store.unpacking import Unpacked

MOST_VERDICTS = 200_000
_OF_TRACE = "WHERE project_id = ? AND trace_id = ?"
_SPANS = f"SELECT span_id, payload_id, payload_start, payload_length FROM span {_OF_TRACE}"  # noqa: S608 (our own names)
_PAYLOADS = f"SELECT payload_id, base_id, spans FROM span_payload {_OF_TRACE}"  # noqa: S608
_LOGS = f"SELECT span_id, record FROM log_record {_OF_TRACE}"  # noqa: S608
_ROW = f"SELECT {', '.join(ROW_TEXTS)} FROM span {_OF_TRACE} AND span_id = ?"  # noqa: S608
_NONE: frozenset[str] = frozenset()

Place = tuple[str, int | None, int | None]
"""span_id, start and length in its payload."""


class Verdicts:
    """The spans that say it, by the hash of what was asked of which trace as it stood. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, frozenset[str]] = {}

    def get(self, key: int) -> frozenset[str] | None:
        return self._kept.get(key)

    def keep(self, key: int, found: frozenset[str]) -> None:
        with self._lock:
            if len(self._kept) >= MOST_VERDICTS:
                for oldest in list(self._kept)[: MOST_VERDICTS // 10]:
                    del self._kept[oldest]
            self._kept[key] = found


class Look:
    """Of one connection, in a query of which it looks: the functions search_says, search_span_says, search_may_say."""

    def __init__(self, connection: sqlite3.Connection, verdicts: Verdicts) -> None:
        self.gave_up = False
        """Whether the query was interrupted since there was more to look through."""
        self.looked = 0
        """Traces of this query, without those whose verdict was known."""
        self._deadline_s = inf
        self._only_knows = False
        self._connection = connection
        self._verdicts = verdicts
        connection.create_function("search_says", 4, self.trace_says)
        connection.create_function("search_span_says", 5, self.span_says)
        connection.create_function("search_may_say", 4, self.may_say)

    def begin(self, deadline_s: float) -> None:
        """A query. deadline_s: by time.monotonic(); it is interrupted then."""
        self._deadline_s, self.gave_up, self.looked, self._only_knows = deadline_s, False, 0, False

    def go_by_what_is_known(self) -> None:
        """For the rest of the query: a trace that was not looked through yet is taken to say nothing."""
        self._only_knows = True

    def trace_says(self, asked: str, project_id: str, trace_id: str, revision: int | None) -> bool:
        """Whether one span holds all phrases of `asked`, as `encode` wrote them."""
        return bool(self._spans_that_say(asked, project_id, trace_id, revision))

    def span_says(self, asked: str, project_id: str, trace_id: str, revision: int | None, span_id: str) -> bool:
        return span_id in self._spans_that_say(asked, project_id, trace_id, revision)

    def may_say(self, asked: str, project_id: str, trace_id: str, revision: int | None) -> bool:
        """Without looking: False where the verdict is known, and that none says it."""
        return revision is None or self._verdicts.get(hash((asked, project_id, trace_id, revision))) != _NONE

    def _spans_that_say(self, asked: str, project_id: str, trace_id: str, revision: int | None) -> frozenset[str]:
        key = hash((asked, project_id, trace_id, revision))
        known = None if revision is None else self._verdicts.get(key)
        if known is not None:
            return known
        if self._only_knows:
            return _NONE
        if self.looked and monotonic() > self._deadline_s:  # one at least, however busy the machine
            return self._give_up()
        try:
            found = frozenset(self._look(asked, project_id, trace_id))
        except sqlite3.OperationalError:
            if monotonic() > self._deadline_s:  # in the middle of a trace
                return self._give_up()
            raise
        self.looked += 1
        if revision is not None:
            self._verdicts.keep(key, found or _NONE)
        return found

    def _give_up(self) -> frozenset[str]:
        self.gave_up = True
        self._connection.interrupt()
        return _NONE

    def _look(self, asked: str, project_id: str, trace_id: str) -> Iterator[str]:
        trace = project_id, trace_id
        unpacked = Unpacked()
        for payload_id, base_id, spans in self._connection.execute(_PAYLOADS, trace):
            unpacked.add((*trace, payload_id), base_id, spans)
        together: defaultdict[str, list[Place]] = defaultdict(list)
        for span_id, payload_id, start, length in self._connection.execute(_SPANS, trace):
            together[payload_id or span_id].append((span_id, start, length))
        for payload_id, places in together.items():
            content = content_of(unpacked, (*trace, payload_id))
            # Most payloads hold none of it: all their spans are looked through at once.
            whole = texts_at(content) if len(places) > 1 else None
            if whole is not None and not says(asked, whole):
                continue
            texts = {span_id: texts_at(content, start, length) for span_id, start, length in places}
            for span_id in (span_id for span_id, found in texts.items() if found is None):
                texts[span_id] = list(filter(None, self._connection.execute(_ROW, (*trace, span_id)).fetchone() or ()))
            yield from (span_id for span_id, found in texts.items() if says(asked, found or ()))
        for span_id, record in self._connection.execute(_LOGS, trace):
            if says(asked, texts_of_record(record)):
                yield span_id
