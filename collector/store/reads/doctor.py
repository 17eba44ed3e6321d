"""A recount of everything that is computed from spans, group by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from collector.store.counting import decide_counted
from collector.store.engine import reading, snapshot
from collector.store.filters import TRACE, USAGE
from collector.store.logs import load_logs, with_logs
from collector.store.models import Span
from collector.store.records import Difference, Examined, Scope
from collector.store.retention import read_going
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.settling import load_traces
from collector.store.span_values import tells_all
from collector.store.summary import Tally
from collector.store.texts import fill_texts

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
TRACES_A_GROUP = 200
_SHOWN = 60
"""Characters of a value."""


def examine(engine: Engine, scope: Scope) -> Iterator[Examined]:
    """All traces of the projects, also those of which only a row or a ledger line is left. Raises StoreUnavailable.

    But for one that retention is removing: its row went first.
    """
    for keys in groups_of_traces(engine, scope):
        with snapshot(engine) as connection:
            yield _examine(connection, keys)


def groups_of_traces(engine: Engine, scope: Scope) -> Iterator[list[TraceKey]]:
    for project_id in scope:
        last = ""
        while True:
            ids: set[str] = set()
            with reading(engine) as connection:
                for table in (SPAN, TRACE, USAGE):
                    query = (
                        select(table.c.trace_id)
                        .where(table.c.project_id == project_id, table.c.trace_id > last)
                        .distinct()
                        .order_by(table.c.trace_id)
                        .limit(TRACES_A_GROUP)
                    )
                    ids |= set(connection.execute(query).scalars())
            if not ids:
                break
            group = sorted(ids)[:TRACES_A_GROUP]
            last = group[-1]
            yield [(project_id, trace_id) for trace_id in group]


def _examine(connection: Connection, keys: Sequence[TraceKey]) -> Examined:
    spans, logs = load_traces(connection, keys), load_logs(connection, keys)
    rows = {(row.project_id, row.trace_id): row for row in _load(connection, TRACE, TraceRow, keys)}
    ledger: dict[TraceKey, list[UsageRow]] = {key: [] for key in keys}
    for line in _load(connection, USAGE, UsageRow, keys):
        ledger[line.project_id, line.trace_id].append(line)
    differences: list[Difference] = []
    sealed = {key for key in keys if any(line.sealed_tags is not None for line in ledger[key])}
    going = read_going(connection, {project_id for project_id, _ in keys}) - rows.keys()
    tallies: dict[TraceKey, Tally] = {}
    for key in (key for key in keys if key not in going and spans[key]):
        decided = [copy(span) for span in spans[key].values()]
        differences += _decisions(decided)
        tallies[key] = Tally(with_logs(decided, logs[key].values()), decided)
    fill_texts(connection, list(tallies.values()))
    for key in (key for key in keys if key not in going):
        row, lines = tallies[key].rows() if key in tallies else (None, [])
        differences += _of_row(key, rows.get(key), row)
        if key not in sealed:
            differences += _of_ledger(key, ledger[key], lines)
    wrong = dict.fromkeys((found.project_id, found.trace_id) for found in differences)
    return Examined(len(keys), len(sealed), tuple(differences), tuple(wrong))


def _load(connection: Connection, table: Table, kind: type[Any], keys: Iterable[TraceKey]) -> Iterator[Any]:
    names = [field.name for field in fields(kind)]
    for values in rows_of_traces(connection, table.name, names, keys):
        yield kind(**dict(zip(names, values, strict=True)))


def _decisions(spans: Sequence[SpanRow]) -> Iterator[Difference]:
    """Decides again, in place."""
    before = {span.span_id: _decision(span) for span in spans}
    for span in decide_counted(spans):
        yield Difference(span.project_id, span.trace_id, f"span {span.span_id}", before[span.span_id], _decision(span))


def _decision(span: SpanRow) -> str:
    return "counted" if span.counted else span.excluded_reason or "not counted"


def _of_row(key: TraceKey, stored: TraceRow | None, recounted: TraceRow | None) -> Iterator[Difference]:
    if stored is None or recounted is None:
        if stored is not recounted:
            yield Difference(*key, "trace", *("none" if row is None else "a row" for row in (stored, recounted)))
        return
    for field in fields(TraceRow):
        if not field.compare:
            continue
        was, now = getattr(stored, field.name), getattr(recounted, field.name)
        if was != now and (field.name != "span_values" or tells_all(was)):  # an older version told less
            yield Difference(*key, field.name, _told(was), _told(now))


def _of_ledger(key: TraceKey, stored: Sequence[UsageRow], recounted: Sequence[UsageRow]) -> Iterator[Difference]:
    was = sorted(stored, key=lambda line: line.slot)
    if was != list(recounted):
        yield Difference(*key, "ledger", _sums(was), _sums(recounted))


def _sums(lines: Sequence[UsageRow]) -> str:
    known = [line.cost_nusd for line in lines if line.cost_nusd is not None]
    cost = f"${sum(known) / 1e9:.6f}" if known else "unknown cost"
    return f"{len(lines)} lines, {sum(line.calls for line in lines)} calls, {cost}"


def _told(value: object) -> str:
    text = "unknown" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
