"""Settings: storage, health and what is configured, in words."""

from __future__ import annotations

import time

from app import live, page, state
from app.components import frame, states
from app.components.health import draw_sections, draw_verdict, draw_way_to_connect
from app.frames.health import sections
from app.frames.retention import retention_section
from app.queries import health


def draw() -> None:
    with states.outage_shown():
        about = health.installation()
        found = (*sections(about, state.viewer_zone(), time.time_ns()), retention_section(about))
        draw_verdict(found)
        draw_sections(found)
        draw_way_to_connect()


with frame.head("Settings"):
    live.pulse()
live.content(page.telling(draw))
