"""What a store has acknowledged, in plain dicts, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from collector.step_texts import read_texts
from collector.store.counting import REPORTED_LATER, decide_counted
from collector.store.left_out import leaves_texts_out
from collector.store.logs import MAX_WAIT_NS, with_logs
from collector.store.records import Lifetimes
from collector.store.retention import DAY_NS, MONTH_NS
from collector.store.rollup import HOUR_NS
from collector.store.rows import LogRow, SpanRow, TraceRow, UsageRow
from collector.store.selecting import TraceKey
from collector.store.span_prices import price_id
from collector.store.summary import Tally
from tests.store import rows

SUMMED = ("calls", "errors", "unpriced_calls", "input_tokens", "output_tokens", "cost_nusd")
Recounted = tuple[list[SpanRow], TraceRow, list[UsageRow]]
"""Spans with their decisions, the trace's row, and the ledger lines if they are not sealed."""
GROUPED = ("provider", "model", "agent_name", "cost_source", "workflow", "service", "environment", "version")


@dataclass
class Acknowledged:
    spans: dict[TraceKey, dict[str, SpanRow]] = field(default_factory=dict)
    contents: dict[tuple[TraceKey, str], bytes] = field(default_factory=dict)
    """Of spans whose content is kept."""
    sent_again: dict[tuple[TraceKey, str], bytes] = field(default_factory=dict)
    """Of spans whose content had gone: it comes back where it lies in one payload with a span that was new."""
    logs: dict[tuple[TraceKey, str, bytes], LogRow] = field(default_factory=dict)
    conflicts: set[tuple[TraceKey, str, bytes]] = field(default_factory=set)
    sealed: dict[TraceKey, list[UsageRow]] = field(default_factory=dict)
    starred: set[TraceKey] = field(default_factory=set)
    errors: dict[tuple[str, str], tuple[int, tuple[int, str, str]]] = field(default_factory=dict)
    """(project_id, fingerprint) -> first start, and start, trace and span of the newest."""
    going: set[TraceKey] = field(default_factory=set)
    """Traces that a round of retention was removing when it was cut off: their rows are gone, and some of their spans.
    The next round goes on, unless something comes for them."""
    _counted: dict[TraceKey, Recounted] | None = None

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """Nothing changes within, so that each trace is counted once."""
        self._counted = {}
        try:
            yield
        finally:
            self._counted = None

    def take(self, sent: Sequence[SpanRow], logs: Iterable[LogRow], contents: dict[bytes, bytes]) -> None:
        for row in sent:
            self._take_span(key_of(row), row, contents[row.content_hash])
        self._bring_back(sent, contents)
        new = [row for row in logs if (key_of(row), row.span_id, row.log_id) not in self.logs]
        for row in new:
            self.logs[key_of(row), row.span_id, row.log_id] = replace(row)
        now_ns = max((row.received_ns for row in new), default=0)
        for at, row in list(self.logs.items()):
            row.waiting = row.span_id not in self.spans.get(at[0], {})
            if new and row.waiting and row.received_ns < now_ns - MAX_WAIT_NS:
                del self.logs[at]
        for row in new:
            if row.span_id in self.spans.get(key_of(row), {}):
                self.going.discard(key_of(row))

    def _bring_back(self, sent: Sequence[SpanRow], contents: dict[bytes, bytes]) -> None:
        """The content of spans whose payload has been stored again."""
        for key in {key_of(row) for row in sent}:
            spans = self.spans[key]
            kept = {spans[span_id].payload_id for at, span_id in self.contents if at == key}
            for row in sent:
                stored = spans.get(row.span_id) if key_of(row) == key else None
                if stored and stored.payload_id in kept and stored.content_hash == row.content_hash:
                    self.contents[key, row.span_id] = contents[row.content_hash]

    def _take_span(self, key: TraceKey, row: SpanRow, content: bytes) -> None:
        stored = self.spans.setdefault(key, {}).get(row.span_id)
        is_same = stored is not None and stored.content_hash == row.content_hash
        if is_same and (key, row.span_id) not in self.contents:
            self.sent_again[key, row.span_id] = content
        if is_same or (stored is not None and row.pending):
            return
        if stored is not None and not stored.pending and stored.end_ns is not None:
            self.conflicts.add((key, row.span_id, row.content_hash))
            return
        self.spans[key][row.span_id] = replace(row)
        self.contents[key, row.span_id] = content
        self.going.discard(key)
        if row.exception_fingerprint is not None:
            place = row.start_ns, row.trace_id, row.span_id
            first_ns, newest = self.errors.get((key[0], row.exception_fingerprint), (row.start_ns, place))
            self.errors[key[0], row.exception_fingerprint] = min(first_ns, row.start_ns), max(newest, place)

    def recounted(self, key: TraceKey) -> Recounted:
        if self._counted is None:
            return self._recount(key)
        if key not in self._counted:
            self._counted[key] = self._recount(key)
        return self._counted[key]

    def _recount(self, key: TraceKey) -> Recounted:
        emptied = {row.span_id for row in self.spans[key].values() if row.input_preview == ""}
        spans = [_undecided(as_left(row), emptied) for row in self.spans[key].values()]
        decide_counted(spans)
        tally = Tally(with_logs(spans, self.logs_of(key)), spans)
        for row in spans:
            if content := self.contents.get((key, row.span_id)):
                tally.texts[row.span_id] = read_texts(content, row.kind)
        return spans, *tally.rows()

    def figures(self, key: TraceKey) -> tuple[TraceRow, list[UsageRow]]:
        return self.recounted(key)[1:]

    def logs_of(self, key: TraceKey) -> list[LogRow]:
        return [row for at, row in self.logs.items() if at[0] == key]

    def traces(self) -> Iterator[TraceKey]:
        """That have a row."""
        return (key for key in list(self.spans) if self.spans[key] and key not in self.going)

    def ledger(self) -> list[UsageRow]:
        lines = [line for found in self.sealed.values() for line in found]
        return lines + [line for key in self.traces() if key not in self.sealed for line in self.figures(key)[1]]

    def hours(self, rolled: Collection[tuple[str, int]]) -> Counter[tuple[Any, ...]]:
        """What the roll-up says of these (project_id, hour)s: names and sums of each line."""
        tags = {key: self.figures(key)[0].tags for key in self.traces()}
        groups: dict[tuple[Any, ...], list[UsageRow]] = {}
        for line in self.ledger():
            hour_ns = line.quarter_ns // HOUR_NS * HOUR_NS
            if (line.project_id, hour_ns) in rolled:
                names = (getattr(line, name) for name in (*GROUPED, "dimensions"))
                tagged = line.sealed_tags or tags.get((line.project_id, line.trace_id))
                groups.setdefault((line.project_id, hour_ns, *names, tagged), []).append(line)
        return Counter((*names, *_sums(lines)) for names, lines in groups.items())

    def reprice(self, key: TraceKey) -> None:
        if raise_costs(self.spans[key].values()):
            self.going.discard(key)

    def recount(self, key: TraceKey) -> None:
        """Nothing changes, but that a trace that was going has its row again."""
        self.going.discard(key)

    def due(self, scope: Collection[str], lifetimes: Lifetimes, now_ns: int) -> dict[TraceKey, bool]:
        """Traces that retention takes something of; whether it takes them whole."""
        found = {}
        for key in self.traces():
            trace, _ = self.figures(key)
            is_spared = trace.outcome == "failed" or key in self.starred
            factor = max(1.0, lifetimes.keep_failed) if is_spared else 1.0
            age_ns = now_ns - trace.received_ns
            if key[0] in scope and age_ns > int(lifetimes.content_days * factor * DAY_NS):
                found[key] = age_ns > int(lifetimes.traces_days * factor * DAY_NS)
        return found

    def prune(self, scope: Collection[str], lifetimes: Lifetimes, now_ns: int) -> None:
        for key in [key for key in self.going if key[0] in scope]:
            self.remove(key)
        for key, is_whole in self.due(scope, lifetimes, now_ns).items():
            self.remove(key) if is_whole else self.remove_content(key)
        if lifetimes.ledger_months:
            oldest_ns = now_ns - lifetimes.ledger_months * MONTH_NS
            for key, lines in list(self.sealed.items()):
                if key[0] in scope and key not in set(self.traces()):
                    self.sealed[key] = [line for line in lines if line.quarter_ns >= oldest_ns]
                    if not self.sealed[key]:
                        del self.sealed[key]

    def seal(self, key: TraceKey) -> None:
        trace, lines = self.figures(key)
        if key not in self.sealed and lines:
            self.sealed[key] = [replace(line, sealed_tags=trace.tags) for line in lines]

    def remove(self, key: TraceKey) -> None:
        if key not in self.going:
            self.seal(key)
        del self.spans[key]
        self.contents = {at: content for at, content in self.contents.items() if at[0] != key}
        self.sent_again = {at: content for at, content in self.sent_again.items() if at[0] != key}
        self.logs = {at: row for at, row in self.logs.items() if at[0] != key}
        self.conflicts = {at for at in self.conflicts if at[0] != key}
        self.starred.discard(key)
        self.going.discard(key)

    def remove_content(self, key: TraceKey) -> None:
        decided = {row.span_id: row for row in self.recounted(key)[0]}
        for span_id in self.spans[key]:
            self.contents.pop((key, span_id), None)
            self.sent_again.pop((key, span_id), None)
            self.spans[key][span_id] = without_content(decided[span_id])
        self.logs |= {at: emptied(row) for at, row in self.logs.items() if at[0] == key and not row.waiting}


def key_of(row: SpanRow | LogRow) -> TraceKey:
    return row.project_id, row.trace_id


def emptied(row: LogRow) -> LogRow:
    return replace(row, record=b"", input_preview=None, output_preview=None)


def content_of(row: SpanRow) -> bytes:
    """What a span was sent as: much of it is what its neighbours say too."""
    again = b"what an agent says again with every call of its model; " * 8
    return rows.content_of(row, again=again + row.content_hash * 9)


def as_left(row: SpanRow) -> SpanRow:
    """As it stands in the database."""
    said = without_content(row) if leaves_texts_out(row) else row
    return replace(said, price=price_id(said.price))


def without_content(row: SpanRow) -> SpanRow:
    said = {name: getattr(row, name) for name in ("input_preview", "output_preview")}
    return replace(row, **{name: None if text is None else "" for name, text in said.items()})


def raise_costs(spans: Iterable[SpanRow]) -> list[SpanRow]:
    known = [row for row in spans if row.cost_nusd is not None]
    for row in known:
        row.cost_nusd = (row.cost_nusd or 0) + 1
    return known


def _undecided(row: SpanRow, emptied: Collection[str]) -> SpanRow:
    """Once its content is gone, or that of the span it was told from, nothing can be decided by it: what was decided
    before stays."""
    if row.span_id in emptied or (row.excluded_reason == REPORTED_LATER and row.excluded_by in emptied):
        return deepcopy(row)
    return replace(row, counted=False, excluded_by=None, excluded_reason=None)


def _sums(lines: Collection[UsageRow]) -> Iterator[int | None]:
    for name in SUMMED:
        known = [value for line in lines if (value := getattr(line, name)) is not None]
        yield sum(known) if known else None
