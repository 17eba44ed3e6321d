"""Scores of traces and spans, within another read's connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, Table, select

from collector.store.models import Score as ScoreTable
from collector.store.records import Scope, Score

SCORE: Table = ScoreTable.__table__  # type: ignore[attr-defined]


def scores_of(connection: Connection, scope: Scope, trace_ids: Sequence[str]) -> dict[tuple[str, str], list[Score]]:
    """(project_id, trace_id) -> the scores of the trace and of its spans, by time."""
    found: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
    query = select(SCORE).where(SCORE.c.project_id.in_(scope), SCORE.c.trace_id.in_(trace_ids))
    for row in connection.execute(query.order_by(SCORE.c.time_ns, SCORE.c.score_id)).mappings():
        score = Score(
            id=row["score_id"],
            name=row["name"],
            value=row["value"],
            label=row["label"],
            comment=row["comment"],
            span_id=row["span_id"] or None,
            source=row["source"],
        )
        found[row["project_id"], row["trace_id"]].append(score)
    return found
