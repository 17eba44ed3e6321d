"""The timeline panel: heading, switches, legend, and the chart in which a click selects a span."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.charts.gantt import SELECTION, ZOOM, datasets, gantt, height_px
from app.components.trace_views import Viewed
from app.frames.timeline import FIRST_BARS, MOST_BARS, MOST_ROWS, Timeline, timeline
from app.theme import KIND_PATHS, Palette

_KEY = "gantt"
_LANES, _ROWS = "Lanes", "A row a span"
_MOST_PX = 420
"""Higher charts scroll inside the panel."""
_STYLE = """<style>
.st-key-timeline{padding:10px 14px 8px;gap:4px}
.msg-legend{display:flex;min-height:26px;flex-wrap:wrap;gap:3px 14px;font-size:.8rem;align-items:center}
@media(max-width:640px){.st-key-timeline_top [data-testid=stCaptionContainer]{display:none}}
.msg-legend img{display:inline-block;vertical-align:-1px;margin-right:5px}
</style>"""


def timeline_place() -> DeltaGenerator:
    """Where the timeline comes to stand, as high as it is at least, so that nothing below it moves much."""
    return st.container(border=True, key="timeline")


def timeline_panel(viewed: Viewed) -> None:
    """A click on a bar selects its span, before the page is drawn again."""
    tree, span_id, palette = viewed.study.tree, viewed.span_id, viewed.palette
    choice = timeline_controls(len(tree.nodes))
    bars = timeline(tree, viewed.study.path, span_id, limit=choice.limit, row_a_span=choice.row_a_span)
    timeline_chart(bars, gantt(bars, palette), datasets(bars, span_id, palette), palette, viewed.choose)


@dataclass(frozen=True, slots=True)
class TimelineChoice:
    row_a_span: bool
    limit: int
    """How many bars to draw."""


def timeline_controls(span_count: int) -> TimelineChoice:
    """The panel's heading with its switches."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="timeline_top"
    ):
        st.markdown("**Timeline**", width="content")
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.caption("Ctrl or ⌘ + scroll zooms, drag pans, double click resets, click selects", width="content")
            arrangement = st.segmented_control(
                "Arrangement",
                [_LANES, _ROWS],
                default=_LANES,
                required=True,
                key="timeline_arrangement",
                label_visibility="collapsed",
                help="Lanes by depth, or each span on a row of its own.",
            )
            most = MOST_ROWS if arrangement == _ROWS else MOST_BARS
            wants_all = span_count > FIRST_BARS and st.toggle(
                f"Show all {span_count:,}" if span_count <= most else f"Show {most:,} of {span_count:,}",
                key="timeline_all",
                help=f"{FIRST_BARS} bars are drawn at first: failures, the upper levels, the critical path.",
            )
    return TimelineChoice(arrangement == _ROWS, most if wants_all else FIRST_BARS)


def timeline_chart(
    timeline: Timeline,
    chart: alt.LayerChart,
    data: Mapping[str, pd.DataFrame],
    palette: Palette,
    on_choose: Callable[[str], None],
) -> None:
    """`on_choose` is called with the span_id of a clicked bar, before the page is drawn again."""

    def note_click() -> None:
        if span_id := state.clicked_mark(_KEY, SELECTION, "span_id"):
            on_choose(span_id)

    st.html(_STYLE + _legend(timeline, palette))
    scrolls = height_px(timeline) > _MOST_PX
    with st.container(height=_MOST_PX if scrolls else "content", border=False, key="timeline_chart"):
        st.vega_lite_chart(
            chart.to_dict() | {"datasets": dict(data)},
            width="stretch",
            theme=None,
            key=_KEY,
            on_select=note_click,
            selection_mode=[SELECTION, ZOOM],
            alt=f"Timeline of {timeline.span_count} spans over {timeline.length:.3g} {timeline.unit}. "
            "The tree below holds the same spans as text.",
        )


def _legend(timeline: Timeline, palette: Palette) -> str:
    """What the colours and signs mean, and how much is not drawn."""
    present = set(timeline.bars["kind"])
    items = [f"{_icon(kind, palette.kind(kind))}{kind}" for kind in KIND_PATHS if kind in present]
    if timeline.bars["is_failed"].any():
        items.append(f"{_swatch(palette.kind('failed'), 11, 11)}✕ failed")
    items.append(
        f"{_swatch(palette.text, 16, 2.5)}critical path, {timeline.path_count:,} of {timeline.span_count:,} spans"
    )
    if timeline.hidden:
        items.append(f"<b>{timeline.hidden:,} spans are not drawn</b>")
    spans = "".join(f"<span>{item}</span>" for item in items)
    return f'<div class="msg-legend" style="color:{palette.muted}">{spans}</div>'


def _icon(kind: str, colour: str) -> str:
    return _image(11, 11, f'<path transform="translate(5.5 5.5) scale(5.5)" d="{KIND_PATHS[kind]}" fill="{colour}"/>')


def _swatch(colour: str, width: int, height: float) -> str:
    top = (11 - height) / 2
    return _image(width, 11, f'<rect y="{top}" width="{width}" height="{height}" rx="1.5" fill="{colour}"/>')


def _image(width: int, height: int, shape: str) -> str:
    """An SVG as an image, since st.html drops svg elements."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{shape}</svg>'
    source = base64.b64encode(svg.encode()).decode()
    return f'<img alt="" width="{width}" height="{height}" src="data:image/svg+xml;base64,{source}">'
