"""The timeline panel: heading, switches, legend, and the chart in which a click selects a span."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.charts.drawing import Drawing, table_of
from app.charts.gantt import SELECTION, ZOOM, gantt_drawing, height_px
from app.components.trace_views import Viewed
from app.frames.timeline import FIRST_BARS, MOST_BARS, MOST_ROWS, Timeline, timeline
from app.theme import KIND_PATHS, Palette
from collector.analysis.study import Study

_KEY = "gantt"
_LANES, _ROWS = "Lanes", "A row a span"
_MOST_PX = 266
"""Higher charts scroll inside the panel."""
_STYLE = """<style>
.st-key-timeline{padding:10px 14px 8px;gap:4px}
.msg-legend{display:flex;min-height:26px;flex-wrap:wrap;gap:3px 14px;font-size:.8rem;align-items:center}
@media(max-width:640px){.st-key-timeline_top [data-testid=stCaptionContainer]{display:none}}
.msg-legend img{display:inline-block;vertical-align:-1px;margin-right:5px}
</style>"""


class _Kept(NamedTuple):
    study: Study
    """Kept so that no other study can take its identity."""
    bars: Timeline


class _Drawn(NamedTuple):
    kept: _Kept
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class TimelinePlace:
    kept: _Kept
    chart: DeltaGenerator
    """Where the chart comes to stand, as high as it will be."""


def timeline_place(viewed: Viewed) -> TimelinePlace:
    """The panel without its chart, whose code takes the browser longer to load than all the rest of the page."""
    with st.container(border=True, key="timeline"):
        choice = timeline_controls(len(viewed.study.tree.nodes))
        kept = _kept(viewed.study, None, choice.limit, choice.row_a_span)
        if viewed.span_id and not len(kept.bars.selected(viewed.span_id)):
            kept = _kept(viewed.study, viewed.span_id, choice.limit, choice.row_a_span)
        bars = kept.bars
        scrolls = height_px(bars) > _MOST_PX
        least = f"<style>.st-key-timeline_chart{{min-height:{min(height_px(bars), _MOST_PX)}px}}</style>"
        st.html(_STYLE + least + _legend(bars, viewed.palette))
        chart = st.container(height=_MOST_PX if scrolls else "content", border=False, key="timeline_chart")
    return TimelinePlace(kept, chart)


def timeline_chart(place: TimelinePlace, viewed: Viewed) -> None:
    """Draws the chart in its place. A click on a bar selects its span, before the page is drawn again."""

    def note_click() -> None:
        if span_id := state.clicked_mark(_KEY, SELECTION, "span_id"):
            viewed.choose(span_id)

    bars, drawn = place.kept.bars, _drawn(place.kept, viewed.palette).drawing
    with place.chart:
        st.vega_lite_chart(
            drawn | {"datasets": drawn["datasets"] | {"selected": table_of(bars.selected(viewed.span_id))}},
            width="stretch",
            theme=None,
            key=_KEY,
            on_select=note_click,
            selection_mode=[SELECTION, ZOOM],
            alt=f"Timeline of {bars.span_count} spans over {bars.length:.3g} {bars.unit}. "
            "The views below hold the same spans as text.",
        )


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Study: id})
def _kept(study: Study, span_id: str | None, limit: int, row_a_span: bool) -> _Kept:
    return _Kept(study, timeline(study.tree, study.path, span_id, limit=limit, row_a_span=row_a_span))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={_Kept: id, Palette: id})
def _drawn(kept: _Kept, palette: Palette) -> _Drawn:
    """Kept with what it is found by, as `_kept`."""
    return _Drawn(kept, gantt_drawing(kept.bars, palette))


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
