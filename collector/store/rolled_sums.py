"""The rows of `rolled_sum` of a stretch of time, worked out from what they stand for.

Five minutes are made of the rows themselves. An hour is made of those of its five minutes that are rolled and of the
rows of all others, a day of its hours; errors don't add up (see `rolled_errors`) and are looked up anew in an hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from collector.store.arms import in_arms, raw_rows
from collector.store.dialect import placeholder
from collector.store.histograms import Histogram, add_counts, bucket_of, pack, unpack
from collector.store.models import RolledSum
from collector.store.rolled_errors import ERROR_TOPICS, errors_of_stretch
from collector.store.sums import AMOUNTS, COUNTS, DAY_NS, FINE_NS, HOUR_NS, MINUTE_NS, TOPICS, Key, Sums, Topic

SUM: Table = RolledSum.__table__  # type: ignore[attr-defined]
ALL_TOPICS = tuple(topic.name for topic in TOPICS) + ERROR_TOPICS
FINE_TOPICS = tuple(topic.name for topic in TOPICS if topic.is_fine)
Row = dict[str, Any]


class _Rolled(Sums):
    """Sums without the durations one by one, of which there may be very many, but with the calls of each minute."""

    def __init__(self) -> None:
        super().__init__()
        self.minutes: Histogram = {}


def sums_of_stretch(
    connection: Connection, project_id: str, start_ns: int, step_ns: int, rolled: Collection[int] = ()
) -> list[Row]:
    """Of five minutes or an hour. rolled: which five minutes of the hour need not be looked at again."""
    rows: list[Row] = []
    for topic in TOPICS:
        found: defaultdict[tuple[int, int, Key], _Rolled] = defaultdict(_Rolled)
        for at_ns, key, figures, durations, minutes in _pieces(
            connection, topic, project_id, start_ns, step_ns, rolled
        ):
            within = [(step_ns, start_ns)]
            if topic.is_fine and step_ns == HOUR_NS:
                within.append((FINE_NS, at_ns // FINE_NS * FINE_NS))
            for step, first_ns in within:
                sums = found[step, first_ns, key]
                sums.take(figures)
                add_counts(sums.histogram, durations)
                if topic.has_minutes:
                    add_counts(sums.minutes, (((at_ns - first_ns) // MINUTE_NS + n, count) for n, count in minutes))
        rows += [_row(topic.name, *where, sums, sums.minutes) for where, sums in found.items()]
    return _numbered(project_id, rows + errors_of_stretch(connection, project_id, start_ns, step_ns))


def sums_of_day(connection: Connection, project_id: str, day_ns: int) -> list[Row]:
    found: defaultdict[tuple[str, Key], Sums] = defaultdict(Sums)
    columns = ("topic", "environment", "name", "detail", *COUNTS, *AMOUNTS, "durations")
    hours = select(*(SUM.c[name] for name in columns)).where(
        SUM.c.project_id == project_id,
        SUM.c.topic.in_(ALL_TOPICS),
        SUM.c.step_ns == HOUR_NS,
        SUM.c.start_ns >= day_ns,
        SUM.c.start_ns < day_ns + DAY_NS,
    )
    for topic, environment, name, detail, *figures, durations in connection.execute(hours):
        sums = found[topic, (environment, name, detail)]
        sums.take(figures)
        add_counts(sums.histogram, unpack(durations))
    return _numbered(project_id, [_row(topic, DAY_NS, day_ns, key, sums) for (topic, key), sums in found.items()])


_Counts = Sequence[tuple[int, int]]
_ONCE: _Counts = ((0, 1),)


def _pieces(
    connection: Connection, topic: Topic, project_id: str, start_ns: int, step_ns: int, rolled: Collection[int]
) -> Iterator[tuple[int, Key, Sequence[Any], _Counts, _Counts]]:
    """Start, names, figures, durations by bucket and calls by minute, of rows and of five minutes that are rolled."""
    raw = [(0, project_id, *gap) for gap in gaps(start_ns, start_ns + step_ns, rolled)]
    for _, at_ns, environment, name, detail, *figures, duration_ns in raw_rows(connection, topic, raw):
        durations = () if duration_ns is None else ((bucket_of(duration_ns), 1),)
        yield at_ns, (environment, name, detail), figures, durations, _ONCE
    mark = placeholder(connection.dialect)
    columns = ("start_ns", "environment", "name", "detail", *COUNTS, *AMOUNTS, "durations", "minutes")
    arm = (
        f"{', '.join(columns)} FROM rolled_sum"
        f" WHERE project_id = {mark} AND topic = {mark} AND step_ns = {mark} AND start_ns = {mark}"
    )
    values = [(0, project_id, topic.name, FINE_NS, at_ns) for at_ns in sorted(rolled)]
    for _, at_ns, environment, name, detail, *figures, durations, minutes in in_arms(connection, arm, values):
        yield at_ns, (environment, name, detail), figures, tuple(unpack(durations)), tuple(unpack(minutes))


def gaps(start_ns: int, end_ns: int, rolled: Collection[int]) -> Iterator[tuple[int, int]]:
    """What lies between the five minutes that are rolled."""
    for at_ns in (*sorted(rolled), end_ns):
        if start_ns < at_ns:
            yield start_ns, at_ns
        start_ns = at_ns + FINE_NS


def _row(topic: str, step_ns: int, start_ns: int, key: Key, sums: Sums, minutes: Histogram | None = None) -> Row:
    environment, name, detail = key
    return {
        "topic": topic,
        "step_ns": step_ns,
        "start_ns": start_ns,
        "environment": environment,
        "name": name,
        "detail": detail,
        **{column: int(getattr(sums, column)) for column in COUNTS},
        **{column: getattr(sums, column) for column in AMOUNTS},
        "durations": pack(sums.durations),
        "minutes": pack(minutes or {}),
    }


def _numbered(project_id: str, rows: list[Row]) -> list[Row]:
    return [{**row, "project_id": project_id, "slot": slot} for slot, row in enumerate(rows)]
