"""Filling the search index behind the writers: the traces that are marked, the oldest mark first.

What a trace has is read and cut into words without any lock; short transactions put it into the index. A mark goes
with the transaction after which the index holds all of its trace as it stands then. So whatever comes in between,
late or again or taken away, leaves its mark for the next turn.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, select

from collector.store.dialect import is_sqlite, lock_traces, placeholder
from collector.store.engine import reading
from collector.store.filters import TRACE
from collector.store.lease import RETENTION, SEARCH, is_held
from collector.store.search_index import (
    MARK,
    Document,
    add_documents,
    drop_documents,
    indexed_spans,
    is_mostly_dead,
    let_go_of_some,
    spans_a_document,
)
from collector.store.search_source import Passage, SpanSource, load_passages, wanted_spans
from collector.store.search_text import fold, fresh_text
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.turns import Rest, Stopped, Turns

GIVES_WAY_NS = 60 * 10**9
"""While retention goes through an SQLite file, what is marked waits so long, and is then taken in by calm turns: who
writes is to find one of the two before him."""
_TRACES_A_PLAN = 200
_SPANS_A_PLAN = 2_000
_CHARS_A_DOCUMENT = 400_000
_CHARS_A_SPAN = 2_000
"""What counts as one span in the size of a turn."""

Lacking = Mapping[str, SpanSource]
"""span_id -> span."""


@dataclass(frozen=True, slots=True)
class Marked:
    marked_ns: int
    revision: int | None
    """None for a trace that is gone."""


@dataclass(slots=True)
class Plan:
    """What the index lacks of a trace."""

    key: TraceKey
    marked: Marked
    is_stale: bool
    """Its documents hold what is no longer so."""
    is_whole: bool
    """Nothing is lacking after this."""
    documents: list[Document] = field(default_factory=list)


def fill_search(writer: Engine, reader: Engine, rest: Rest) -> int:
    """Takes in what is marked until nothing is, or it is told to stop; returns the number of spans.

    Raises StoreUnavailable, also while another process fills.
    """
    turns, spans = Turns(writer, SEARCH, rest), 0
    try:
        while marks := _next_marks(reader, turns):
            for group in (group for plans in _plans(reader, marks) for group in _groups(turns, plans)):
                with turns.turn() as connection:
                    turns.done = sum(map(_weight, group))
                    spans += _write(connection, group)
    except Stopped:
        pass
    if turns.longest_s:
        turns.end()
    return spans


def renew_search(writer: Engine, reader: Engine, rest: Rest) -> bool:
    """Begins the index anew where most of it belongs to what is gone and can't be deleted; whether it did.

    Raises StoreUnavailable, also while another process fills.
    """
    with reading(reader) as connection:
        if not is_mostly_dead(connection):
            return False
    turns = Turns(writer, SEARCH, rest)
    left = -1
    with suppress(Stopped):
        while left:
            with turns.turn() as connection:
                turns.done = left = let_go_of_some(connection, turns.size)
    turns.end()
    return True


def _next_marks(reader: Engine, turns: Turns) -> dict[TraceKey, Marked]:
    same = (TRACE.c.project_id == MARK.c.project_id) & (TRACE.c.trace_id == MARK.c.trace_id)
    query = (
        select(*MARK.c, TRACE.c.revision, TRACE.c.span_count)
        .select_from(MARK.outerjoin(TRACE, same))
        .order_by(MARK.c.marked_ns)
        .limit(_TRACES_A_PLAN)
    )
    found: dict[TraceKey, Marked] = {}
    spans = 0
    with reading(reader) as connection:
        turns.is_calm = is_sqlite(connection.dialect) and is_held(connection, RETENTION)
        if turns.is_calm:
            query = query.where(MARK.c.marked_ns < time.time_ns() - GIVES_WAY_NS)
        for row in connection.execute(query):
            spans += row.span_count or 0
            if found and spans > _SPANS_A_PLAN:
                break
            found[row.project_id, row.trace_id] = Marked(row.marked_ns, row.revision)
    return found


def _plans(reader: Engine, marks: Mapping[TraceKey, Marked]) -> Iterator[list[Plan]]:
    """What the index lacks of the traces, so much at a time. Which spans these are is asked once, however many."""
    with reading(reader) as connection:
        wanted, indexed = wanted_spans(connection, marks), indexed_spans(connection, marks)
    is_stale: dict[TraceKey, bool] = {}
    slices: dict[TraceKey, list[Lacking]] = {}
    for key, spans in wanted.items():
        known = indexed.get(key, {})
        stale = any(span_id not in spans or spans[span_id].stamp != stamp for span_id, stamp in known.items())
        is_stale[key] = stale
        slices[key] = _sliced(spans if stale else {id: span for id, span in spans.items() if id not in known})
    for number in range(max(map(len, slices.values()))):
        some = {key: of_trace[number] for key, of_trace in slices.items() if number < len(of_trace)}
        with reading(reader) as connection:
            size = spans_a_document(connection.dialect)
            whole = {key for key, spans in some.items() if len(spans) == len(wanted[key])}
            passages = load_passages(connection, some, whole, together=size > 1)
        yield [
            Plan(
                key,
                marks[key],
                is_stale=is_stale[key] and not number,
                is_whole=number == len(slices[key]) - 1,
                documents=list(_documents(key, passages[key], size)),
            )
            for key in some
        ]


def _sliced(spans: Lacking) -> list[Lacking]:
    """In pieces for one plan each; spans that lie in one payload stay together."""
    if len(spans) <= _SPANS_A_PLAN:
        return [spans]
    together = sorted(spans.items(), key=lambda item: (item[1].payload_id, item[1].start or 0))
    return [dict(together[at : at + _SPANS_A_PLAN]) for at in range(0, len(together), _SPANS_A_PLAN)]


def _documents(key: TraceKey, passages: Iterable[Passage], size: int) -> Iterator[Document]:
    """size: in spans; a passage is never divided."""
    held: list[tuple[str, bytes]] = []
    fresh: list[str] = []
    said: set[str] = set()
    chars = 0
    for passage in passages:
        held += passage.spans
        fresh.append(fresh_text(passage.texts, said))
        chars += len(fresh[-1])
        if len(held) >= size or chars > _CHARS_A_DOCUMENT:
            yield Document(key, tuple(held), _folded(fresh))
            held, fresh, said, chars = [], [], set(), 0
    if held:
        yield Document(key, tuple(held), _folded(fresh))


def _folded(texts: Sequence[str]) -> str:
    text = " ".join(texts)
    return text if text.isascii() else fold(text)


def _groups(turns: Turns, plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """What a turn takes each. A trace that is too much for one is taken in several, its mark stays until the last."""
    group: list[Plan] = []
    weight = 0
    for plan in plans:
        for part in _parts(plan, turns.size):
            weight += _weight(part)
            if group and weight > turns.size:
                yield group
                group, weight = [], _weight(part)
            group.append(part)
    if group:
        yield group


def _parts(plan: Plan, most: int) -> Iterator[Plan]:
    part = Plan(plan.key, plan.marked, plan.is_stale, is_whole=False)
    weight = 0
    for found in plan.documents:
        weight += _weight_of(found)
        if part.documents and weight > most:
            yield part
            part, weight = Plan(plan.key, plan.marked, is_stale=False, is_whole=False), _weight_of(found)
        part.documents.append(found)
    part.is_whole = plan.is_whole
    yield part


def _weight(plan: Plan) -> int:
    return sum(map(_weight_of, plan.documents), 1)


def _weight_of(found: Document) -> int:
    return max(len(found.spans), len(found.text) // _CHARS_A_SPAN)


def _write(connection: Connection, plans: Sequence[Plan]) -> int:
    """The number of spans taken in: of each trace that is as its plan has it, or has grown since."""
    keys = [plan.key for plan in plans]
    lock_traces(connection, keys)
    marks = {(row[0], row[1]): row[2] for row in rows_of_traces(connection, "search_mark", _columns("marked_ns"), keys)}
    revisions = {(row[0], row[1]): row[2] for row in rows_of_traces(connection, "trace", _columns("revision"), keys)}
    good = [plan for plan in plans if marks.get(plan.key) == plan.marked.marked_ns]  # else something was taken away
    drop_documents(connection, [plan.key for plan in good if plan.is_stale])
    documents = [found for plan in good for found in plan.documents]
    add_documents(connection, documents)
    whole = [plan for plan in good if plan.is_whole and revisions.get(plan.key) == plan.marked.revision]
    _unmark(connection, [plan.key for plan in whole])
    return sum(len(found.spans) for found in documents)


def _columns(last: str) -> tuple[str, str, str]:
    return "project_id", "trace_id", last


def _unmark(connection: Connection, keys: Sequence[TraceKey]) -> None:
    if keys:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(
            f"DELETE FROM search_mark WHERE project_id = {mark} AND trace_id = {mark}",  # noqa: S608 (our own names)
            keys,
        )
