"""The head of a page, put together: title, how fresh, pause, environment and period."""

from __future__ import annotations

import time
from contextlib import suppress

from app import live, queries, state
from app.components import frame
from app.components.filters import draw_environment, draw_period
from collector.errors import Retryable


def head(title: str) -> None:
    """For pages that show a period."""
    state.forget_trace()
    with frame.head(title):
        live.pulse()
        draw_environment(_environments())
        draw_period()


def _environments() -> list[str]:
    """Those of the period; none while the database is away, which the page itself says."""
    with suppress(Retryable):
        facets = queries.facets(state.current().window(time.time_ns()))
        return [name for name, _ in facets.environments]
    return []
