"""Scores as short text."""

from __future__ import annotations

from collections.abc import Iterable

from app.format import cut
from collector.store.records import Score

THUMBS = "thumbs"


def thumb_of(scores: Iterable[Score]) -> bool | None:
    """The verdict that a person gave here: up, down or none."""
    given = next((s.value for s in scores if s.name == THUMBS and s.source == "person" and s.value is not None), None)
    return None if given is None else given > 0


def score_text(score: Score, length: int) -> str:
    """ "helpful 0.8", "tone polite", "safe 1 pass". Plain text."""
    told = [
        score.name,
        *([] if score.value is None else [f"{score.value:.4g}"]),
        *([score.label] if score.label else []),
    ]
    return cut(" ".join(told), length)
