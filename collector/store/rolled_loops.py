"""Runs in which a tool was called again and again with the same arguments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from collector.store.dialect import placeholder
from collector.store.selecting import SpanKey, rows_of_spans

LOOP_CALLS = 3
"""Calls of one tool with the same arguments in one run make a loop."""


class Call(NamedTuple):
    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    start_ns: int
    environment: str | None
    agent_name: str | None
    tool_name: str | None
    arguments_hash: str

    @property
    def key(self) -> SpanKey:
        return self.project_id, self.trace_id, self.span_id


class Repeated(NamedTuple):
    """Calls of a run to one tool with the same arguments."""

    project_id: str
    trace_id: str
    span_id: str
    """The last of them."""
    tool_name: str | None
    agent_name: str | None
    """The nearest above the last."""
    environment: str | None
    """Of the last."""
    is_mixed: bool
    """Whether others have another environment."""
    calls: int
    """Without those inside another of them: a call that two instrumentations report is one call."""
    start_ns: int
    """Of the last of these."""
    first_ns: int
    """Of all."""
    last_ns: int


def repeated_of_stretch(connection: Connection, project_id: str, start_ns: int, end_ns: int) -> list[Repeated]:
    """Of the traces that begin in it, by their whole length."""
    mark = placeholder(connection.dialect)
    source = "trace t CROSS JOIN span s"  # in this order, whatever SQLite knows of the tables
    where = (
        "s.project_id = t.project_id AND s.trace_id = t.trace_id"
        f" AND t.project_id = {mark} AND t.start_ns >= {mark} AND t.start_ns < {mark} AND t.span_count >= {mark}"
    )
    return _repeated(connection, source, where, (project_id, start_ns, end_ns, LOOP_CALLS))


def repeated_between(
    connection: Connection,
    project_id: str,
    start_ns: int,
    end_ns: int,
    environment: str | None,
    trace_ids: Sequence[str] | None = None,
) -> list[Repeated]:
    """Of the calls that began between two times; of some traces only."""
    mark = placeholder(connection.dialect)
    # Without an index of times where traces are named, which are few.
    start = "s.start_ns" if trace_ids is None else "s.start_ns + 0"
    where = f"s.project_id = {mark} AND {start} >= {mark} AND {start} < {mark}"
    values: tuple[Any, ...] = (project_id, start_ns, end_ns)
    if environment:
        where, values = f"{where} AND s.environment = {mark}", (*values, environment)
    if trace_ids is not None:
        where, values = f"{where} AND s.trace_id IN ({', '.join([mark] * len(trace_ids))})", (*values, *trace_ids)
    return _repeated(connection, "span s", where, values)


def _repeated(connection: Connection, source: str, where: str, values: tuple[Any, ...]) -> list[Repeated]:
    names = ", ".join(Call._fields)
    alike = "s.project_id, s.trace_id, s.tool_name, s.arguments_hash"
    rows = connection.exec_driver_sql(
        f"SELECT {names} FROM (SELECT {', '.join(f's.{name}' for name in Call._fields)},"  # noqa: S608 (our own names)
        f" count(*) OVER (PARTITION BY {alike}) AS alike FROM {source}"
        f" WHERE {where} AND s.kind = 'tool' AND s.arguments_hash IS NOT NULL) AS calls"
        f" WHERE alike >= {LOOP_CALLS:d}",
        values,
    )
    groups = _groups(Call(*row) for row in rows)
    agents = _agents_above(connection, [calls[-1] for _, calls in groups if not calls[-1].agent_name])
    return [_told(group, calls, calls[-1].agent_name or agents.get(calls[-1].key)) for group, calls in groups]


def _groups(calls: Iterable[Call]) -> list[tuple[list[Call], list[Call]]]:
    """Calls that are alike, and those of them that are inside no other; each by their start."""
    groups: defaultdict[tuple[str, str, str | None, str], dict[str, Call]] = defaultdict(dict)
    for call in sorted(calls, key=lambda call: (call.start_ns, call.span_id)):
        groups[call.project_id, call.trace_id, call.tool_name, call.arguments_hash][call.span_id] = call
    outer = ([call for call in group.values() if call.parent_span_id not in group] for group in groups.values())
    return [(list(group.values()), calls) for group, calls in zip(groups.values(), outer, strict=True) if calls]


def _told(group: Sequence[Call], calls: Sequence[Call], agent_name: str | None) -> Repeated:
    last = calls[-1]
    return Repeated(
        project_id=last.project_id,
        trace_id=last.trace_id,
        span_id=last.span_id,
        tool_name=last.tool_name,
        agent_name=agent_name,
        environment=last.environment,
        is_mixed=any(call.environment != last.environment for call in group),
        calls=len(calls),
        start_ns=last.start_ns,
        first_ns=group[0].start_ns,
        last_ns=group[-1].start_ns,
    )


def _agents_above(connection: Connection, calls: Iterable[Call]) -> dict[SpanKey, str]:
    """The nearest agent above each call that has one: one look-up for each level of the trees."""
    found: dict[SpanKey, str] = {}
    above = {call.key: (call.project_id, call.trace_id, call.parent_span_id or "") for call in calls}
    seen: dict[SpanKey, set[SpanKey]] = {key: set() for key in above}
    while above:
        spans = _look_up(connection, sorted(set(above.values())))
        climbing = {}
        for call, at in above.items():
            parent, agent_name = spans.get(at, (None, None))
            seen[call].add(at)
            if agent_name:
                found[call] = agent_name
            elif parent and (further := (at[0], at[1], parent)) not in seen[call]:
                climbing[call] = further
        above = climbing
    return found


def _look_up(connection: Connection, keys: Sequence[SpanKey]) -> dict[SpanKey, tuple[str | None, str | None]]:
    """Parent, and the name of an agent, of each span."""
    columns = ("project_id", "trace_id", "span_id", "parent_span_id", "kind", "agent_name", "name")
    return dict(_parent_and_agent(rows_of_spans(connection, columns, keys)))


def _parent_and_agent(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[SpanKey, tuple[str | None, str | None]]]:
    for project_id, trace_id, span_id, parent, kind, agent_name, name in rows:
        yield (project_id, trace_id, span_id), (parent, agent_name or name if kind == "agent" else None)
