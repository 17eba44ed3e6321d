"""Where the sums of a stretch of time are read: rolled days, hours and five minutes where they hold, else the rows.

See `collector.store.rolling`. A period is cut at the moments that a page tells apart; each part between two cuts is
covered by pieces, the longest that fit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, func, literal, select

from collector.store.arms import in_arms, raw_rows
from collector.store.dialect import placeholder
from collector.store.histograms import add_counts, unpack
from collector.store.records import Period, Scope
from collector.store.rolling import STRETCH
from collector.store.sums import AMOUNTS, COUNTS, DAY_NS, FINE_NS, HOUR_NS, MINUTE_NS, Sums, Topic

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
    """DAY_NS, HOUR_NS, FINE_NS: rolled stretches of that length. MINUTE_NS: minutes of one of them. RAW: rows."""
    start_ns: int
    end_ns: int
    of_ns: int = RAW
    """How long the stretch is whose minutes these are."""


def cover(
    connection: Connection, scope: Scope, cuts: Sequence[int], *, finest_ns: int = HOUR_NS, is_exact: bool = False
) -> list[Piece]:
    """cuts: ascending. finest_ns: the shortest parts of rolled stretches that serve. is_exact: nothing rolled does."""
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
    for part, _, _, name, detail, *figures, duration_ns in raw_rows(connection, topic, raw, environment):
        found[part][name, detail].take(figures, duration_ns)
    columns, suffix = ["name", "detail", *COUNTS, *AMOUNTS, "durations"], ""
    if not topic.has_durations:
        added = [f"CAST(sum({name}) AS BIGINT)" for name in (*COUNTS, *AMOUNTS)]
        columns, suffix = ["name", "detail", *added, "NULL"], " GROUP BY name, detail"
    rolled = read_rolled(connection, topic.name, pieces, columns, environment, suffix)
    for part, name, detail, *figures, durations in rolled:
        sums = found[part][name, detail]
        sums.take(figures)
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
    shares: defaultdict[tuple[str, int, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.step_ns == MINUTE_NS:
            shares[piece.project_id, piece.of_ns, piece.start_ns // piece.of_ns * piece.of_ns].append(piece)
    shared = [Piece(n, project, of_ns, ns, ns + of_ns) for n, (project, of_ns, ns) in enumerate(shares)]
    sharing = list(shares.values())
    for number, name, minutes in read_rolled(connection, topic.name, shared, ("name", "minutes"), environment):
        counts = list(unpack(minutes))
        for piece in sharing[number]:
            first, end = ((ns - shared[number].start_ns) // MINUTE_NS for ns in (piece.start_ns, piece.end_ns))
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
    """When the rolled stretches begin that lie in the period, or on its edge; ascending, by length."""
    query = select(STRETCH.c.start_ns).where(
        STRETCH.c.project_id == project_id, STRETCH.c.start_ns < period.end_ns, STRETCH.c.counting.is_(None)
    )
    return {
        step_ns: connection.execute(
            query.where(STRETCH.c.step_ns == step_ns, STRETCH.c.start_ns > period.start_ns - step_ns).order_by(
                STRETCH.c.start_ns
            )
        )
        .scalars()
        .all()
        for step_ns in (FINE_NS, HOUR_NS, DAY_NS)
    }


def _pieces(
    part: int, project_id: str, start_ns: int, end_ns: int, rolled: Mapping[int, Sequence[int]], finest_ns: int
) -> Iterator[Piece]:
    """Of one part, in order; neighbours of one kind as one."""
    last: Piece | None = None
    for step_ns, of_ns, at, until in _steps(start_ns, end_ns, rolled, finest_ns):
        same = last and (last.step_ns, last.of_ns) == (step_ns, of_ns)
        if last and same and (step_ns != MINUTE_NS or at % of_ns):
            last = replace(last, end_ns=until)
            continue
        if last:
            yield last
        last = Piece(part, project_id, step_ns, at, until, of_ns)
    if last:
        yield last


def _steps(
    start_ns: int, end_ns: int, rolled: Mapping[int, Sequence[int]], finest_ns: int
) -> Iterator[tuple[int, int, int, int]]:
    """Length, that of the stretch whose minutes it is, start and end of each."""
    starts = {step_ns: rolled.get(step_ns, ()) for step_ns in (FINE_NS, HOUR_NS, DAY_NS)}
    at = start_ns
    while at < end_ns:
        within = [step_ns for step_ns in (HOUR_NS, FINE_NS) if _has(starts[step_ns], at // step_ns * step_ns)]
        if not within:
            until = min(_next(starts[HOUR_NS], at, end_ns), _next(starts[FINE_NS], at, end_ns))
            yield RAW, RAW, at, until
        else:
            step_ns, of_ns, until = _longest(at, end_ns, within, starts[DAY_NS], finest_ns)
            yield step_ns, of_ns, at, until
        at = until


def _longest(at: int, end_ns: int, within: Sequence[int], days: Sequence[int], finest_ns: int) -> tuple[int, int, int]:
    """Length of the longest that begins here and fits, that of the stretch whose minutes it is, and where it ends."""
    if at % DAY_NS == 0 and at + DAY_NS <= end_ns and _has(days, at):
        return DAY_NS, DAY_NS, at + DAY_NS
    steps = [(step_ns, step_ns) for step_ns in within]
    if finest_ns < within[0]:
        steps.append((finest_ns, within[0]))
    for step_ns, of_ns in steps:
        if at % step_ns == 0 and at + step_ns <= end_ns:
            return step_ns, of_ns, at + step_ns
    edge_ns = min(step_ns for step_ns, _ in steps)
    return RAW, RAW, min(end_ns, (at // edge_ns + 1) * edge_ns)


def _has(starts: Sequence[int], wanted_ns: int) -> bool:
    number = bisect_left(starts, wanted_ns)
    return number < len(starts) and starts[number] == wanted_ns


def _next(starts: Sequence[int], at: int, end_ns: int) -> int:
    number = bisect_left(starts, at)
    return min(end_ns, starts[number]) if number < len(starts) else end_ns
