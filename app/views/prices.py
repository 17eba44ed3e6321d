"""Prices: what models cost, prices of one's own, and pricing stored calls again."""

from __future__ import annotations

from app import live, page
from app.components import frame
from app.views.parts.prices import draw_own, draw_seen

with frame.head("Prices"):
    live.pulse()
live.content(page.telling(draw_seen), follows_clock=False)
draw_own()
