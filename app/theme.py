"""Colours and icons, one palette for each theme. Red means failed and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import streamlit as st


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # there are two, known by identity
class Palette:
    """Colours as #RRGGBB. Text colours have a contrast of at least 4.5 : 1 on the page."""

    is_dark: bool
    text: str
    muted: str
    background: str
    grid: str
    axis: str
    accent: str
    sparkline: str
    quiet: str
    """The dot of an ok outcome: present, not loud."""
    failed_text: str
    failed_row: str
    recovered_text: str
    running_text: str
    better_text: str
    worse_text: str
    """Slower or dearer."""
    worse: str
    """Bars, as `better`."""
    better: str
    added_row: str
    removed_row: str
    inserted: tuple[str, str]
    """Ground and ink of words that were added, in a diff."""
    deleted: tuple[str, str]
    hero: tuple[str, str]
    """Ground and edge of what stands out on a page."""
    on_bar: str
    """Text on a bar, except on those of `light_bar_kinds`."""
    on_light_bar: str
    dearer: str
    """Bars of what adds to a cost or a time, and of what takes from it."""
    cheaper: str
    total: str
    groups: tuple[str, ...]
    """Up to six parts of a whole, told apart by people who don't see all colours too."""
    outcomes: Mapping[str, str]
    """Marks in charts, by outcome."""
    kinds: Mapping[str, str]
    """Bars, by kind of span."""
    light_bar_kinds: frozenset[str] = field(default=frozenset())

    def side(self, side: str) -> str:
        """The colour of run "a" or "b" in a comparison."""
        return self.kinds["workflow" if side == "a" else "llm"]

    def kind(self, kind: str) -> str:
        return self.kinds.get(kind, self.kinds["other"])

    def on_kind(self, kind: str) -> str:
        """The colour of text on a bar of this kind."""
        return self.on_light_bar if kind in self.light_bar_kinds else self.on_bar

    def outcome(self, outcome: str) -> str:
        return self.outcomes.get(outcome, self.outcomes["incomplete"])


LIGHT = Palette(
    is_dark=False,
    text="#1B1B2B",
    muted="#5B6072",
    background="#FFFFFF",
    grid="#ECECF2",
    axis="#D9D9E3",
    accent="#5B4BDB",
    sparkline="#7A7A90",
    quiet="#A9ADBE",
    failed_text="#AD1F2C",
    failed_row="#FCEBEC",
    recovered_text="#8A5300",
    running_text="#2468B2",
    better_text="#0B7A5B",
    worse_text="#A8430F",
    worse="#D9733A",
    better="#2F9E7E",
    added_row="#EAF7F1",
    removed_row="#F3F3F7",
    inserted=("#CDEFDF", "#0A5C45"),
    deleted=("#FAD7DC", "#8E1B2B"),
    hero=("#FFF6F2", "#D9682E"),
    on_bar="#FFFFFF",
    on_light_bar="#1B1B2B",
    light_bar_kinds=frozenset({"tool"}),
    dearer="#B4552D",
    cheaper="#0B7A6D",
    total="#6B6B82",
    groups=("#5B4BDB", "#0E9F8E", "#D98A0B", "#2F8FD8", "#8391A7", "#8C2F63"),
    outcomes=MappingProxyType(
        {"ok": "#A0A4B8", "recovered": "#C27803", "failed": "#C62F3B", "running": "#2F8FD8", "incomplete": "#C9CCD8"}
    ),
    kinds=MappingProxyType(
        {
            "workflow": "#566379",
            "agent": "#2468B2",
            "llm": "#6D5AE6",
            "tool": "#C08200",
            "retriever": "#0F7F74",
            "embedder": "#0F7F74",
            "reranker": "#0F7F74",
            "guardrail": "#8C2F63",
            "evaluator": "#8C2F63",
            "transcriber": "#5E6B12",
            "speaker": "#5E6B12",
            "prompt": "#6B6B82",
            "other": "#6B6B82",
            "failed": "#C62F45",
        }
    ),
)

DARK = Palette(
    is_dark=True,
    text="#E8E8F2",
    muted="#A3A8BA",
    background="#101018",
    grid="#22222F",
    axis="#343446",
    accent="#9A8CFF",
    sparkline="#9A9AB0",
    quiet="#6E7188",
    failed_text="#FF8A91",
    failed_row="#3A1A22",
    recovered_text="#F0B24A",
    running_text="#62A8EA",
    better_text="#4FD1A5",
    worse_text="#F7A072",
    worse="#E88B55",
    better="#4FB994",
    added_row="#10251F",
    removed_row="#1D1D29",
    inserted=("#134A39", "#B5F3DA"),
    deleted=("#5A1F2A", "#FFC9CF"),
    hero=("#1C1615", "#F0935E"),
    on_bar="#101018",
    on_light_bar="#101018",
    dearer="#D4764B",
    cheaper="#2A9D8F",
    total="#77778E",
    groups=("#7B6CE6", "#26A091", "#CF9233", "#4C97D2", "#66718A", "#E59AC2"),
    outcomes=MappingProxyType(
        {"ok": "#5F6380", "recovered": "#F0B24A", "failed": "#FF6B74", "running": "#62A8EA", "incomplete": "#45485E"}
    ),
    kinds=MappingProxyType(
        {
            "workflow": "#8D99AE",
            "agent": "#62A8EA",
            "llm": "#A397FF",
            "tool": "#DDB04A",
            "retriever": "#45BFAE",
            "embedder": "#45BFAE",
            "reranker": "#45BFAE",
            "guardrail": "#E59AC2",
            "evaluator": "#E59AC2",
            "transcriber": "#B4C25A",
            "speaker": "#B4C25A",
            "prompt": "#9A9AB0",
            "other": "#9A9AB0",
            "failed": "#FF7A85",
        }
    ),
)

KIND_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "workflow": "M-1-1H-.1V-.1H-1ZM.1 .1H1V1H.1ZM-.7 .1H-.4V.4H-.05V.7H-.7Z",
        "agent": "M-.9-.45H-.12V-1H.12V-.45H.9V.9H-.9ZM-.55-.02V.42H-.2V-.02ZM.2-.02V.42H.55V-.02Z",
        "llm": "M0-1C.12-.3 .3-.12 1 0C.3 .12 .12 .3 0 1C-.12 .3-.3 .12-1 0C-.3-.12-.12-.3 0-1Z",
        "tool": "M.25-1L-.7 .15H-.05L-.25 1L.7-.15H.05Z",
        "retriever": "M-.85-.9H.85V-.4H-.85ZM-.85-.25H.85V.25H-.85ZM-.85 .4H.85V.9H-.85Z",
        "embedder": "M-.9-.2H-.45V.9H-.9ZM-.22-.9H.22V.9H-.22ZM.45 .2H.9V.9H.45Z",
        "reranker": "M-.9-.85H.9V-.4H-.9ZM-.9-.22H.45V.22H-.9ZM-.9 .4H0V.85H-.9Z",
        "guardrail": "M0-1L.85-.65V0C.85 .5 .5 .82 0 1C-.5 .82-.85 .5-.85 0V-.65Z",
        "evaluator": "M-.95 .05L-.6-.3L-.25 .05L.6-.8L.95-.45L-.25 .75Z",
        "transcriber": "M-.3-1H.3V.2H-.3ZM-.75-.1H-.5V.45H.5V-.1H.75V.7H.13V1H-.13V.7H-.75Z",
        "speaker": "M-.9-.35H-.4L.1-.85V.85L-.4 .35H-.9ZM.35-.5L.55-.65C1-.3 1 .3 .55 .65L.35 .5C.6 .2 .6-.2 .35-.5Z",
        "prompt": "M-.9-.8L-.6-1L.2 0L-.6 1L-.9 .8L-.25 0ZM.2 .7H1V1H.2Z",
        "other": "M0-.7A.7 .7 0 1 1 0 .7A.7 .7 0 1 1 0-.7Z",
    }
)
"""One SVG path a kind, in a box from -1 to 1: a point shape for Altair, and a path for an <svg>."""

KIND_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "workflow": ":material/account_tree:",
        "agent": ":material/smart_toy:",
        "llm": ":material/auto_awesome:",
        "tool": ":material/bolt:",
        "retriever": ":material/database_search:",
        "embedder": ":material/scatter_plot:",
        "reranker": ":material/sort:",
        "guardrail": ":material/shield:",
        "evaluator": ":material/check:",
        "transcriber": ":material/mic:",
        "speaker": ":material/volume_up:",
        "prompt": ":material/terminal:",
        "other": ":material/circle:",
    }
)
"""The same kinds as icons of Streamlit's own font, for labels."""

OUTCOME_MARKS: Mapping[str, str] = MappingProxyType(
    {"ok": "●", "recovered": "↻", "failed": "▲", "running": "◌", "incomplete": "◔"}
)
"""A sign beside the colour, since colour alone says nothing to many."""


def palette() -> Palette:
    """The colours of the theme the viewer sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT
