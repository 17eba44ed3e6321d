"""Marks on a trace, put together: what a person clicks, and the command that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from app import state
from app.commands import marks
from app.components.marks import Marking
from collector.errors import MsgtraceError

_REFUSAL = "marking_refused"


def marking(project_id: str, trace_id: str) -> Marking:
    """For the callbacks of buttons: what can't be kept is said on the page, with the reason."""
    key = (project_id, trace_id)

    def telling(command: Callable[..., None]) -> Callable[..., Any]:
        return partial(_attempt, partial(command, key))

    refused = state.kept(_REFUSAL)
    state.keep(_REFUSAL, None)
    return Marking(
        star=telling(marks.star),
        note=telling(marks.write_note),
        thumb=telling(marks.thumb),
        score=telling(marks.add_score),
        remove=telling(marks.remove_score),
        refusal=refused,
    )


def _attempt(command: Callable[..., None], *said: object) -> None:
    try:
        command(*said)
    except MsgtraceError as refusal:
        state.keep(_REFUSAL, str(refusal))
