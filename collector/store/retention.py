"""A round of retention: whole traces, the content of younger ones, sealed ledger lines; at last the space.

Each step goes through a project's traces in the order in which their last span was received, and remembers how far
it has come, so that a round costs what it removes and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, delete, func, or_, select, tuple_

from collector.store.commit import bump_counter
from collector.store.dialect import is_sqlite, lock_traces, upsert_statement
from collector.store.filters import TRACE, USAGE
from collector.store.lease import RETENTION
from collector.store.models import RetentionMark, SpanPayload, TraceNote
from collector.store.records import Lifetimes, Pruned, Scope
from collector.store.removing import is_back, remove_content, remove_rest, remove_traces
from collector.store.rollup import forget_hours_before
from collector.store.selecting import TraceKey
from collector.store.speakers import Spared, find_speakers
from collector.store.turns import Rest, Stopped, Turns

GOING = "going"
"""The mark of a trace that is longer than a turn: its row is gone, its spans follow."""
SPARED_NS = 3_600 * 10**9
"""What came within the last hour stays, however full the database is: its trace may not be complete."""
DAY_NS = 86_400 * 10**9
MONTH_NS = int(365.2425 / 12 * DAY_NS)
_TRACES_A_TURN = 200
_FREE_SHARE = 20
"""A twentieth of an SQLite file may be free, for what comes next."""
MARK: Table = RetentionMark.__table__  # type: ignore[attr-defined]
PAYLOAD: Table = SpanPayload.__table__  # type: ignore[attr-defined]
NOTE: Table = TraceNote.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Step:
    """Traces of a project whose last span was received before a moment."""

    name: str
    before_ns: int
    is_whole: bool
    """Traces go; else their content alone."""
    spares: bool
    """Failed and starred traces stay."""


def steps(lifetimes: Lifetimes, now_ns: int) -> Iterator[Step]:
    for name, days in (("traces", lifetimes.traces_days), ("content", lifetimes.content_days)):
        is_whole = name == "traces"
        if days and lifetimes.keep_failed > 1:
            yield Step(name, now_ns - days * DAY_NS, is_whole, spares=True)
        if days:
            longer_ns = int(days * max(1.0, lifetimes.keep_failed) * DAY_NS)
            yield Step(f"all {name}", now_ns - longer_ns, is_whole, spares=False)


def prune(engine: Engine, scope: Scope, lifetimes: Lifetimes, now_ns: int, rest: Rest) -> Pruned:
    """Removes what is older than its lifetime, then what is too much; returns what went before it was told to stop.

    Raises StoreUnavailable, also while another process prunes; the next round goes on where this one stopped.
    """
    turns, pruned = Turns(engine, RETENTION, rest, is_calm=True), Pruned()
    try:
        with turns.turn() as connection:
            going = read_going(connection, scope)
        for project_id in scope:
            if project_id in {key[0] for key in going}:
                _finish(turns, project_id)
            for step in steps(lifetimes, now_ns):
                _take(turns, project_id, step, pruned)
            _forget(turns, project_id, lifetimes, now_ns, pruned)
        if lifetimes.max_bytes is not None and is_sqlite(engine.dialect):
            _make_room(turns, scope, lifetimes.max_bytes, now_ns, pruned)
        _tell(turns, pruned)
        _give_back(turns, pruned)
    except Stopped:
        pass
    turns.end()
    pruned.longest_ms = turns.longest_s * 1_000
    return pruned


def due(project_id: str, step: Step, after: tuple[int, str]) -> Select[Any]:
    """Traces that the step is for, in its order: trace_id, received_ns, span_count."""
    behind = or_(TRACE.c.received_ns > after[0], and_(TRACE.c.received_ns == after[0], TRACE.c.trace_id > after[1]))
    query = select(TRACE.c.trace_id, TRACE.c.received_ns, TRACE.c.span_count).where(
        TRACE.c.project_id == project_id, TRACE.c.received_ns >= after[0], TRACE.c.received_ns < step.before_ns, behind
    )
    if step.spares:
        query = query.where(TRACE.c.outcome != "failed", ~_is_starred())
    return query.order_by(TRACE.c.received_ns, TRACE.c.trace_id)


def too_old(project_id: str, lifetimes: Lifetimes, now_ns: int) -> ColumnElement[bool]:
    """Sealed lines of the ledger that are older than it is kept. Those of a trace that came again stay as long as it
    does: without them nobody would know that it was paid for before."""
    oldest_ns = now_ns - lifetimes.ledger_months * MONTH_NS
    same = and_(TRACE.c.project_id == USAGE.c.project_id, TRACE.c.trace_id == USAGE.c.trace_id)
    is_back = select(TRACE.c.trace_id).where(same).correlate(USAGE).exists()
    is_old = and_(USAGE.c.quarter_ns < oldest_ns, USAGE.c.sealed_tags.is_not(None))
    return and_(USAGE.c.project_id == project_id, is_old, ~is_back)


def read_mark(connection: Connection, project_id: str, step: str) -> tuple[int, str]:
    query = select(MARK.c.received_ns, MARK.c.trace_id).where(MARK.c.project_id == project_id, MARK.c.step == step)
    row = connection.execute(query).first()
    return (row.received_ns, row.trace_id) if row else (0, "")


def read_going(connection: Connection, project_ids: Iterable[str]) -> set[TraceKey]:
    """Traces of the projects, one each at most, that have lost their row, but not all of their spans yet."""
    query = select(MARK.c.project_id, MARK.c.trace_id).where(MARK.c.project_id.in_(project_ids), MARK.c.step == GOING)
    return {(row.project_id, row.trace_id) for row in connection.execute(query)}


def used_bytes(connection: Connection) -> int:
    """Of an SQLite file: what holds something."""
    page_size, pages, free = (_pragma(connection, name) for name in ("page_size", "page_count", "freelist_count"))
    return page_size * (pages - free)


def _take(
    turns: Turns, project_id: str, step: Step, pruned: Pruned, goes_on: Callable[[Connection], bool] = lambda _: True
) -> None:
    """Does the step for one project, as long as it `goes_on`."""
    turns.begin_small()
    spared: dict[str, Spared] = {}
    while True:
        with turns.turn() as connection:
            found = _next_group(connection, project_id, step, turns.size) if goes_on(connection) else []
            turns.done = sum(row.span_count for row in found)
            done = _remove(connection, project_id, step, found, 2 * turns.size, spared, pruned) if found else 0
        if not found:
            return
        first = found[0].trace_id
        if step.is_whole and done < len(found):
            _finish(turns, project_id)
        elif not done and first not in spared:
            spared = {first: find_speakers(turns, (project_id, first))}


def _remove(
    connection: Connection,
    project_id: str,
    step: Step,
    found: Sequence[Any],
    most_rows: int,
    spared: Mapping[str, Spared],
    pruned: Pruned,
) -> int:
    """How many of the traces are done. Of one that goes whole and is not, the row is gone and the rest is to follow."""
    spans = {(project_id, row.trace_id): row.span_count for row in found}
    keys = list(spans)
    if step.is_whole:
        done = remove_traces(connection, keys, most_rows)
        begun = found[: done + 1]
        pruned.traces += len(begun)
        pruned.spans += sum(row.span_count for row in begun)
        if done < len(found):
            _set_mark(connection, project_id, GOING, (found[done].received_ns, found[done].trace_id))
    else:
        had = _count_contents(connection, keys)
        done = remove_content(connection, spans, most_rows, spared.get(found[0].trace_id))
        pruned.contents += had - _count_contents(connection, keys)
    if done:
        _set_mark(connection, project_id, step.name, (found[done - 1].received_ns, found[done - 1].trace_id))
    return done


def _finish(turns: Turns, project_id: str) -> None:
    """Removes what is left of a trace that is going, unless something has come for it since."""
    is_done = False
    while not is_done:
        with turns.turn() as connection:
            [key] = read_going(connection, [project_id])
            lock_traces(connection, [key])
            turns.done = turns.size
            is_done = is_back(connection, key) or remove_rest(connection, key, 2 * turns.size)
            if is_done:
                connection.execute(delete(MARK).where(MARK.c.project_id == project_id, MARK.c.step == GOING))


def _count_contents(connection: Connection, keys: Sequence[TraceKey]) -> int:
    """How many of the traces, all of one project, have a payload."""
    ids = [trace_id for _, trace_id in keys]
    query = select(func.count(PAYLOAD.c.trace_id.distinct())).where(
        PAYLOAD.c.project_id == keys[0][0], PAYLOAD.c.trace_id.in_(ids)
    )
    return int(connection.execute(query).scalar_one())


def _next_group(connection: Connection, project_id: str, step: Step, most_spans: int) -> list[Any]:
    """At least one trace, if there is one, locked and looked at again: a late span makes it young."""
    query = due(project_id, step, read_mark(connection, project_id, step.name)).limit(_TRACES_A_TURN)
    group: list[Any] = []
    spans = 0
    for row in connection.execute(query):
        spans += row.span_count
        if group and spans > most_spans:
            break
        group.append(row)
    lock_traces(connection, [(project_id, row.trace_id) for row in group])
    if is_sqlite(connection.dialect):
        return group
    still = {row.trace_id for row in connection.execute(query)}
    return [row for row in group if row.trace_id in still]


def _forget(turns: Turns, project_id: str, lifetimes: Lifetimes, now_ns: int, pruned: Pruned) -> None:
    key = (USAGE.c.project_id, USAGE.c.trace_id, USAGE.c.slot)
    gone = -1 if lifetimes.ledger_months else 0
    turns.begin_small()
    while gone:
        with turns.turn() as connection:
            oldest = select(*key).where(too_old(project_id, lifetimes, now_ns)).limit(turns.size)
            gone = connection.execute(delete(USAGE).where(tuple_(*key).in_(oldest))).rowcount
            if gone:
                forget_hours_before(connection, project_id, now_ns - lifetimes.ledger_months * MONTH_NS)
            pruned.ledger_lines += gone
            turns.done = gone


def _make_room(turns: Turns, scope: Scope, max_bytes: int, now_ns: int, pruned: Pruned) -> None:
    """The oldest content first, then the oldest traces, whatever they are, until the rest fits."""
    before_ns = now_ns - SPARED_NS
    for step in (
        Step("all content", before_ns, is_whole=False, spares=False),
        Step("all traces", before_ns, is_whole=True, spares=False),
    ):
        for project_id in scope:
            _take(turns, project_id, step, pruned, lambda connection: used_bytes(connection) > max_bytes)


def _tell(turns: Turns, pruned: Pruned) -> None:
    if not pruned.is_nothing:
        with turns.turn() as connection:
            bump_counter(connection)


def _give_back(turns: Turns, pruned: Pruned) -> None:
    """Lets an SQLite file shrink. PostgreSQL's autovacuum frees the space for what comes next."""
    if not is_sqlite(turns.engine.dialect):
        return
    free = -1
    turns.begin_small()
    while free:
        with turns.turn() as connection:
            page_size, pages, before = (
                _pragma(connection, name) for name in ("page_size", "page_count", "freelist_count")
            )
            too_many = max(0, before - pages // _FREE_SHARE)
            if too_many:
                driver = cast("sqlite3.Connection", connection.connection.driver_connection)
                turns.done = min(too_many, turns.size)
                for _ in range(turns.done):  # Python's driver takes one step of this pragma, which is one page
                    driver.execute("PRAGMA incremental_vacuum(1)")
            free = before - _pragma(connection, "freelist_count")
            pruned.returned_bytes += free * page_size


def _is_starred() -> ColumnElement[bool]:
    same = and_(NOTE.c.project_id == TRACE.c.project_id, NOTE.c.trace_id == TRACE.c.trace_id)
    return select(NOTE.c.trace_id).where(same, NOTE.c.is_starred).correlate(TRACE).exists()


def _set_mark(connection: Connection, project_id: str, step: str, at: tuple[int, str]) -> None:
    connection.exec_driver_sql(upsert_statement(connection.dialect, MARK), (project_id, step, *at))


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
