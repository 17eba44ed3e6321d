"""The answer first: how much slower and dearer, why, where it began, and whether that is normal."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.charts.drawing import drawing
from app.charts.strip import HEIGHT_PX, strip_chart
from app.components.panel import draw_chart
from app.format import duration, escape_markdown, money
from app.frames.verdict import Amount, Verdict
from app.theme import Palette
from collector.analysis.spread import NormalSpread, Spread
from collector.store.records import TraceSummary

_HERO_PX = 190
_MANY_SPANS = 1_000
"""Fewer are compared before a skeleton could be seen."""
_TONES = {1: "orange", -1: "green", 0: "gray"}


def hero_place(spans: int) -> DeltaGenerator:
    """Where the answer comes to stand; as long as so many spans are being compared, as high as it will be."""
    place = st.empty()
    if spans >= _MANY_SPANS:
        place.skeleton(height=_HERO_PX)
    return place


def draw_hero(
    verdict: Verdict, changed: str, normal: NormalSpread, a: TraceSummary, b: TraceSummary, palette: Palette
) -> None:
    """`changed`: what people changed between the two, empty for nothing."""
    ground, edge = palette.hero
    is_worse = verdict.time.tone > 0 or verdict.cost.tone > 0
    colours = f"--hero:{ground};--hero-edge:{edge}" if is_worse else f"--hero:transparent;--hero-edge:{palette.axis}"
    st.html(f"<style>.st-key-verdict{{{colours}}}</style>")
    with st.container(key="verdict"):
        words, strips = st.columns([3, 2], gap="medium", vertical_alignment="center")
        with words, st.container(key="verdict_words", gap="small"):
            st.markdown(headline(verdict))
            st.markdown(details(verdict, changed))
        with strips:
            _strips(normal, a, b, palette)


def headline(verdict: Verdict) -> str:
    """Markdown."""
    if verdict.time.tone == verdict.cost.tone == 0:
        text = f"B took {_amount(verdict.time)} and cost {_amount(verdict.cost)}."
    else:
        text = f"B took {_amount(verdict.time)} and cost {_amount(verdict.cost)}"
        text += f", because {escape_markdown(verdict.cause)}." if verdict.cause else "."
    return text


def details(verdict: Verdict, changed: str) -> str:
    """Markdown, a line each."""
    stressed, rest = verdict.spread
    spread = f"**{escape_markdown(stressed)}** {escape_markdown(rest)}"
    if verdict.first_at is None:
        return f"**They never part:** both did the same, step by step.  \n{spread}"
    lines = [f"**First difference at {escape_markdown(verdict.first_at)}:** {escape_markdown(verdict.first)}."]
    if changed:
        lines.append(f"**Changed between them:** {escape_markdown(changed)}.")
    return "  \n".join([*lines, spread])


def _amount(amount: Amount) -> str:
    text = escape_markdown(amount.text)
    return f":{_TONES[amount.tone]}[{text}]" if amount.tone else text


def _strips(normal: NormalSpread, a: TraceSummary, b: TraceSummary, palette: Palette) -> None:
    if not normal.runs:
        st.caption("No earlier good run of this workflow to compare with.")
        return
    st.caption(f"Last {normal.runs} good runs, band p5 to p95")
    figures = (
        ("duration", normal.duration_ms, a.duration_ms, b.duration_ms, duration),
        ("cost", normal.cost_usd, a.cost_usd, b.cost_usd, money),
    )
    for name, spread, left, right, text in figures:
        if spread.values and (left is not None or right is not None):
            chart = drawing(strip_chart(spread, left, right, text, palette))
            draw_chart(chart, HEIGHT_PX, f"strip_{name}", _alt(name, spread, text(left), text(right)))


def _alt(name: str, spread: Spread, left: str, right: str) -> str:
    return f"{name.capitalize()} of the last {len(spread.values)} good runs; A {left}, B {right}."
