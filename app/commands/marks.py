"""What a person says of a trace or a span."""

from __future__ import annotations

import time
import uuid

from app import queries
from app.commands.engine import engine
from collector.store.commands import marks as commands
from collector.store.rows import ScoreRow

THUMBS = "thumbs"
SOURCE = "person"
TraceKey = tuple[str, str]
"""(project_id, trace_id)."""


def star(key: TraceKey, is_starred: bool) -> None:
    """Raises StoreUnavailable."""
    commands.star(engine(), key, is_starred)
    queries.look_again()


def write_note(key: TraceKey, note: str) -> None:
    """An empty note is none. Raises StoreUnavailable."""
    commands.write_note(engine(), key, note.strip() or None)
    queries.look_again()


def thumb(key: TraceKey, span_id: str | None, is_up: bool | None) -> None:
    """One verdict on the trace, or on one span of it; None takes it back. Raises NotFound, StoreUnavailable."""
    score_id = f"{THUMBS}-{span_id}" if span_id else THUMBS
    if is_up is None:
        commands.remove_score(engine(), key, score_id)
    else:
        commands.put_score(engine(), _score(key, span_id, score_id, THUMBS, 1.0 if is_up else -1.0, None))
    queries.look_again()


def add_score(key: TraceKey, span_id: str | None, name: str, value: float, comment: str) -> None:
    """Raises StoreUnavailable."""
    commands.put_score(engine(), _score(key, span_id, uuid.uuid4().hex, name.strip(), value, comment.strip() or None))
    queries.look_again()


def remove_score(key: TraceKey, score_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_score(engine(), key, score_id)
    queries.look_again()


def _score(key: TraceKey, span_id: str | None, score_id: str, name: str, value: float, comment: str | None) -> ScoreRow:
    return ScoreRow(
        project_id=key[0],
        trace_id=key[1],
        score_id=score_id,
        span_id=span_id or "",
        name=name,
        value=value,
        comment=comment,
        source=SOURCE,
        time_ns=time.time_ns(),
    )
