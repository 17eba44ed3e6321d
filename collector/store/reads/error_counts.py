"""How many runs and spans have an error: from what is rolled, and from spans where nothing is rolled.

A run has an error once, however many of its spans, hours or steps do: see `collector.store.rolled_errors`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from collector.store.arms import in_arms
from collector.store.dialect import placeholder
from collector.store.reads.covering import RAW, Piece, cover, read_rolled
from collector.store.records import Scope
from collector.store.rolled_errors import ERROR, ERROR_RUN, SEEN, seen_values
from collector.store.selecting import rows_of_traces

Key = tuple[str, str]
"""(project_id, fingerprint)."""


@dataclass(slots=True)
class ErrorCounts:
    spans: int = 0
    workflows: Counter[str | None] = field(default_factory=Counter)
    """Runs."""
    steps: Counter[int] = field(default_factory=Counter)
    """Runs."""


def count_errors(
    connection: Connection,
    scope: Scope,
    cuts: Sequence[int],
    environment: str | None = None,
    fingerprint: str | None = None,
) -> dict[Key, ErrorCounts]:
    """Of spans that began between the first and the last of `cuts`, which part the steps."""
    pieces = cover(connection, scope, cuts)
    numbered = [replace(piece, part=number) for number, piece in enumerate(pieces)]
    found: defaultdict[Key, ErrorCounts] = defaultdict(ErrorCounts)
    columns, by = ("name", "detail", "sum(calls)", "sum(failed)"), " GROUP BY name, detail"
    for number, name, workflow, runs, spans in read_rolled(connection, ERROR, numbered, columns, environment, by):
        if fingerprint in (None, name):
            counts = found[pieces[number].project_id, name]
            counts.spans += int(spans)
            counts.workflows[workflow] += int(runs)
            counts.steps[pieces[number].part] += int(runs)
    runs_of: defaultdict[tuple[Key, str | None], set[str]] = defaultdict(set)
    runs_in: defaultdict[tuple[Key, int], set[str]] = defaultdict(set)
    for number, name, trace_id, workflow, spans in (
        *_listed(connection, numbered, environment, fingerprint),
        *_not_rolled(connection, numbered, environment, fingerprint),
    ):
        key = pieces[number].project_id, name
        found[key].spans += spans
        runs_of[key, workflow].add(trace_id)
        runs_in[key, pieces[number].part].add(trace_id)
    for (key, workflow), some in runs_of.items():
        found[key].workflows[workflow] += len(some)
    for (key, step), some in runs_in.items():
        found[key].steps[step] += len(some)
    return found


def _listed(
    connection: Connection, pieces: Sequence[Piece], environment: str | None, fingerprint: str | None
) -> Iterator[tuple[int, str, str, str | None, int]]:
    """Piece, fingerprint, trace, workflow and spans of rolled runs that several stretches have."""
    rows = [
        (number, name, trace_id, int(spans))
        for number, name, trace_id, spans in read_rolled(connection, ERROR_RUN, pieces, ("name", "detail", "failed"))
        if fingerprint in (None, name)
    ]
    columns = ("project_id", "trace_id", "environment", "workflow")
    keys = {(pieces[number].project_id, trace_id) for number, _, trace_id, _ in rows}
    told = {(row[0], row[1]): (row[2], row[3]) for row in rows_of_traces(connection, "trace", columns, keys)}
    for number, name, trace_id, spans in rows:
        of, workflow = told.get((pieces[number].project_id, trace_id), (None, None))
        if not environment or of == environment:
            yield number, name, trace_id, workflow, spans


def _not_rolled(
    connection: Connection, pieces: Sequence[Piece], environment: str | None, fingerprint: str | None
) -> Iterator[tuple[int, str, str, str | None, int]]:
    """The same of spans."""
    mark = placeholder(connection.dialect)
    where = SEEN.format(mark=mark)
    where += f" AND t.environment = {mark}" if environment else ""
    where += f" AND s.exception_fingerprint = {mark}" if fingerprint else ""
    wanted = tuple(value for value in (environment, fingerprint) if value)
    arm = (
        "s.exception_fingerprint, s.trace_id, t.workflow, count(*)"
        " FROM span s JOIN trace t ON t.project_id = s.project_id AND t.trace_id = s.trace_id"
        f" WHERE {where} GROUP BY s.exception_fingerprint, s.trace_id, t.workflow"
    )
    raw = [piece for piece in pieces if piece.step_ns == RAW]
    values = [(p.part, *seen_values(p.project_id, p.start_ns, p.end_ns), *wanted) for p in raw]
    yield from in_arms(connection, arm, values)
