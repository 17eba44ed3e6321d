"""One session: its conversation, turn by turn."""

from __future__ import annotations

import time

from app import state
from app.components.detail_head import draw_figures, draw_missing, draw_name, draw_way_back
from app.components.session_tables import draw_user_link
from app.components.session_turns import draw_conversation, draw_earlier
from app.frames.sessions import session_cards
from app.queries import sessions
from collector.errors import NotFound

TURNS = 20


def draw_session(session_id: str) -> None:
    """The whole of it, whatever period and environment are chosen."""
    try:
        found = sessions.session(session_id)
    except NotFound:
        draw_missing("session", session_id, "All sessions", session=None)
        return
    now_ns, zone = time.time_ns(), state.viewer_zone()
    turns = sessions.turns(session_id, min(found.turns, state.kept(f"turns_{session_id}") or TURNS))
    draw_way_back("All sessions", session=None)
    draw_name(session_id, ":gray-badge[:material/forum: session]")
    draw_figures(session_cards(found, zone, now_ns), "session")
    draw_user_link(found.user_id)
    draw_earlier(len(turns), found.turns, TURNS, session_id)
    draw_conversation(turns, found.turns - len(turns) + 1, zone, now_ns)
