"""Where the sums of a stretch of time are read: rolled days and hours where they hold, the rows themselves elsewhere.

See `collector.store.rolling`. A period is cut at the moments that a page tells apart; each part between two cuts is
covered by pieces, the longest that fit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, func, literal, select

from collector.store.dialect import placeholder
from collector.store.histograms import add_counts, unpack
from collector.store.records import Period, Scope
from collector.store.rolling import STRETCH, in_arms, raw_rows
from collector.store.sums import AMOUNTS, COUNTS, DAY_NS, HOUR_NS, MINUTE_NS, Sums, Topic

MOST_EXACT = 5_000
"""Of so few runs, or calls, each is looked at, and percentiles are exact."""
RAW = 0
Name = tuple[str | None, str | None]
"""Name and detail of a topic's sums."""


@dataclass(frozen=True, slots=True)
class Piece:
    part: int
    """Lies between the cuts of this number and the next."""
    project_id: str
    step_ns: int
    """DAY_NS, HOUR_NS, FINE_NS: rolled stretches of that length. MINUTE_NS: minutes of one rolled hour. RAW: rows."""
    start_ns: int
    end_ns: int


def cover(
    connection: Connection, scope: Scope, cuts: Sequence[int], *, finest_ns: int = HOUR_NS, is_exact: bool = False
) -> list[Piece]:
    """cuts: ascending. finest_ns: the shortest stretches that serve. is_exact: nothing rolled does."""
    found: list[Piece] = []
    for project_id in scope:
        rolled = {} if is_exact else _rolled(connection, project_id, Period(cuts[0], cuts[-1]))
        for part, (start_ns, end_ns) in enumerate(pairwise(cuts)):
            found += _pieces(part, project_id, start_ns, end_ns, rolled, finest_ns)
    return found


def holds_few(connection: Connection, table: Table, scope: Scope, period: Period, *conditions: Any) -> bool:
    """Whether at most MOST_EXACT of its rows began in the period."""
    inside = (table.c.project_id.in_(scope), table.c.start_ns >= period.start_ns, table.c.start_ns < period.end_ns)
    some = select(literal(1)).where(*inside, *conditions).limit(MOST_EXACT + 1).subquery()
    return bool(connection.execute(select(func.count()).select_from(some)).scalar_one() <= MOST_EXACT)


def read_sums(
    connection: Connection, topic: Topic, pieces: Iterable[Piece], environment: str | None = None
) -> dict[int, dict[Name, Sums]]:
    """By part and name."""
    found: defaultdict[int, defaultdict[Name, Sums]] = defaultdict(lambda: defaultdict(Sums))
    pieces = list(pieces)
    raw = [(p.part, p.project_id, p.start_ns, p.end_ns) for p in pieces if p.step_ns == RAW]
    for part, start_ns, _, name, detail, *figures, duration_ns in raw_rows(connection, topic, raw, environment):
        found[part][name, detail].take(start_ns, figures, duration_ns)
    columns, suffix = ["name", "detail", *COUNTS, *AMOUNTS, "durations"], ""
    if not topic.has_durations:
        added = [f"CAST(sum({name}) AS BIGINT)" for name in (*COUNTS, *AMOUNTS)]
        columns, suffix = ["name", "detail", *added, "NULL"], " GROUP BY name, detail"
    rolled = read_rolled(connection, topic.name, pieces, columns, environment, suffix)
    for part, name, detail, *figures, durations in rolled:
        sums = found[part][name, detail]
        sums.take(0, figures, None)
        add_counts(sums.histogram, unpack(durations))
    return {part: dict(by_name) for part, by_name in found.items()}


def read_counts(
    connection: Connection, topic: Topic, pieces: Iterable[Piece], environment: str | None = None
) -> dict[str | None, dict[int, int]]:
    """How many calls of each name, by part. The pieces may be as fine as minutes."""
    found: defaultdict[str | None, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    pieces = list(pieces)
    raw = [(p.part, p.project_id, p.start_ns, p.end_ns) for p in pieces if p.step_ns == RAW]
    for part, _, _, name, *_ in raw_rows(connection, topic, raw, environment):
        found[name][part] += 1
    whole = [piece for piece in pieces if piece.step_ns != MINUTE_NS]
    for part, name, calls in read_rolled(
        connection, topic.name, whole, ("name", "sum(calls)"), environment, " GROUP BY name"
    ):
        found[name][part] += int(calls)
    of_hours: defaultdict[tuple[str, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.step_ns == MINUTE_NS:
            of_hours[piece.project_id, piece.start_ns // HOUR_NS * HOUR_NS].append(piece)
    hours = [Piece(n, project, HOUR_NS, hour, hour + HOUR_NS) for n, (project, hour) in enumerate(of_hours)]
    shares = list(of_hours.values())
    for number, name, minutes in read_rolled(connection, topic.name, hours, ("name", "minutes"), environment):
        counts = list(unpack(minutes))
        for piece in shares[number]:
            first, end = ((ns - hours[number].start_ns) // MINUTE_NS for ns in (piece.start_ns, piece.end_ns))
            found[name][piece.part] += sum(count for minute, count in counts if first <= minute < end)
    return {name: dict(by_part) for name, by_part in found.items()}


def read_rolled(
    connection: Connection,
    topic: str,
    pieces: Iterable[Piece],
    columns: Sequence[str],
    environment: str | None = None,
    suffix: str = "",
) -> Iterator[Any]:
    """Columns of `rolled_sum`, behind the number of the part."""
    mark = placeholder(connection.dialect)
    where = f" AND environment = {mark}" if environment else ""
    arm = (
        f"{', '.join(columns)} FROM rolled_sum WHERE project_id = {mark} AND topic = {mark} AND step_ns = {mark}"
        f" AND start_ns >= {mark} AND start_ns < {mark}{where}{suffix}"
    )
    last = (environment,) if environment else ()
    rolled = [piece for piece in pieces if piece.step_ns != RAW]
    values = [(p.part, p.project_id, topic, p.step_ns, p.start_ns, p.end_ns, *last) for p in rolled]
    yield from in_arms(connection, arm, values)


def _rolled(connection: Connection, project_id: str, period: Period) -> dict[int, Sequence[int]]:
    """When the rolled days and hours begin that lie in the period, or on its edge; ascending, by length."""
    query = select(STRETCH.c.start_ns).where(STRETCH.c.project_id == project_id, STRETCH.c.start_ns < period.end_ns)
    return {
        step_ns: connection.execute(
            query.where(STRETCH.c.step_ns == step_ns, STRETCH.c.start_ns > period.start_ns - step_ns).order_by(
                STRETCH.c.start_ns
            )
        )
        .scalars()
        .all()
        for step_ns in (HOUR_NS, DAY_NS)
    }


def _pieces(
    part: int, project_id: str, start_ns: int, end_ns: int, rolled: Mapping[int, Sequence[int]], finest_ns: int
) -> Iterator[Piece]:
    """Of one part, in order; neighbours of one kind as one."""
    last: Piece | None = None
    for step_ns, at, until in _steps(start_ns, end_ns, rolled, finest_ns):
        if last and last.step_ns == step_ns and (step_ns != MINUTE_NS or at % HOUR_NS):
            last = Piece(part, project_id, step_ns, last.start_ns, until)
            continue
        if last:
            yield last
        last = Piece(part, project_id, step_ns, at, until)
    if last:
        yield last


def _steps(
    start_ns: int, end_ns: int, rolled: Mapping[int, Sequence[int]], finest_ns: int
) -> Iterator[tuple[int, int, int]]:
    hours, days = rolled.get(HOUR_NS, ()), frozenset(rolled.get(DAY_NS, ()))
    at = start_ns
    while at < end_ns:
        number = bisect_left(hours, at - HOUR_NS + 1)
        hour_ns = hours[number] if number < len(hours) else None
        if hour_ns is None or hour_ns >= end_ns:  # nothing more is rolled
            yield RAW, at, end_ns
            return
        if at < hour_ns:
            yield RAW, at, hour_ns
            at = hour_ns
            continue
        if at in days and at + DAY_NS <= end_ns:
            step_ns = DAY_NS
        else:
            fitting = (step_ns for step_ns in (HOUR_NS, finest_ns) if at % step_ns == 0 and at + step_ns <= end_ns)
            step_ns = next(fitting, RAW)
        if step_ns == RAW:
            edge_ns = min(finest_ns, HOUR_NS)
            until = min(end_ns, (at // edge_ns + 1) * edge_ns)
        else:
            until = at + step_ns
        yield step_ns, at, until
        at = until
