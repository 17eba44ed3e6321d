"""Sessions & users: conversations turn by turn, and what a user saw, when, at what cost."""

from __future__ import annotations

from app import live, page, queries, state
from app.components import states
from app.components.recipes import first_lines
from app.views.parts.session import draw_session
from app.views.parts.session_lists import draw_lists
from app.views.parts.user import draw_user


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection = state.current()
        if selection.session:
            draw_session(selection.session)
        elif selection.user:
            draw_user(selection, selection.user)
        else:
            draw_lists(selection)


page.head("Sessions & users")
live.content(page.telling(draw))
