"""The blocks of Prices: what models cost, prices of one's own and the form for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import streamlit as st

from app import state
from app.format import UNKNOWN, escape_markdown, local, plural
from app.frames.prices import in_force_rows, terms, unpriced_rows
from collector.store.records import PriceInForce, PriceOverride, SeenModel

ROW_PX = 32
MAX_HEIGHT_PX = 420
_PER_MTOK = "US dollars for a million tokens."
_COLUMNS = {
    "model": ("Model", None),
    "provider": ("Provider", None),
    "input": ("Input", _PER_MTOK),
    "output": ("Output", _PER_MTOK),
    "cache_read": ("Cache read", _PER_MTOK + " Empty: as input."),
    "cache_write": ("Cache write", _PER_MTOK + " Empty: as input."),
    "source": ("Source", "Yours, or the list that comes with genai-prices and its version."),
    "since": ("Since", "First day of this price, where it is known."),
    "calls": ("Calls", "In the last 30 days."),
    "now": ("Price now", "Of new calls. Stored ones get it when you price them again, below."),
    "input_tokens": ("Input tokens", "Of the calls without a known cost."),
    "output_tokens": ("Output tokens", "Of the calls without a known cost."),
}
_WIDTHS_PX = {"model": 220, "source": 290}
_RIGHT = frozenset({"input", "output", "cache_read", "cache_write", "calls", "input_tokens", "output_tokens"})
_MAIN_RATES = {"input": "Input", "output": "Output", "cache_read": "Cache read", "cache_write": "Cache write"}
_OTHER_RATES = {
    "cache_write_1h": "Cache write, 1 h",
    "reasoning": "Reasoning",
    "input_audio": "Audio in",
    "output_audio": "Audio out",
    "per_request": "A call",
}


def draw_in_force(found: Sequence[tuple[SeenModel, PriceInForce | None]]) -> None:
    if not found:
        st.text("No model was called in the last 30 days.")
        return
    _table(in_force_rows(found), key="in_force", alt=f"What {plural(len(found), 'model')} cost now.")


def draw_unpriced(found: Sequence[tuple[SeenModel, PriceInForce | None]]) -> None:
    """The models with calls of unknown cost, and their price now if they have got one; one line when there is none."""
    if not found:
        st.markdown(":material/check_circle: Every call of the last 30 days has a known cost.")
        return
    calls = sum(seen.unpriced_calls for seen, _ in found)
    st.markdown(
        f":material/help: **{plural(calls, 'call')} of {plural(len(found), 'model')}** without a known cost. They "
        "count as unknown, never as nothing. Give them a price below; 0 for a model you run yourself."
    )
    _table(unpriced_rows(found), key="unpriced", alt=f"{plural(len(found), 'model')} with calls of unknown cost.")


def draw_overrides(overrides: Sequence[PriceOverride]) -> str | None:
    """Prices of one's own, a row each; returns the id of the one whose removal was asked for."""
    if not overrides:
        st.text("None yet. What you set here comes before the listed prices.")
        return None
    removed = None
    for override in overrides:
        with st.container(horizontal=True, vertical_alignment="center", key=f"override_{override.id}"):
            with st.container(gap=None):
                st.text(f"{override.model}  ({override.provider or 'any provider'})")
                st.caption(escape_markdown(_described(override)))
            if override.is_from_file:
                st.caption("from the file", width="content")
            elif st.button(
                "Remove", icon=":material/delete:", key=f"remove_{override.id}", disabled=state.reads_only()
            ):
                removed = override.id
    return removed


def draw_form(models: Sequence[str], generation: int) -> dict[str, Any] | None:
    """The form for a new price; what was entered once it is sent, by the names of an override's fields.

    models: those to choose from, the likeliest first. generation: another number empties the form.
    """
    with st.form(f"price_{generation}", border=True):
        said: dict[str, Any] = {}
        with st.container(horizontal=True):
            said["model"] = st.selectbox(
                "Model",
                models,
                index=0 if models else None,
                accept_new_options=True,
                placeholder="a name, or a pattern such as gpt-4o*",
                help="As a call names it. An exact name comes before a pattern.",
                key=f"price_model_{generation}",
            )
            said["provider"] = st.text_input("Provider", placeholder="any", key=f"price_provider_{generation}")
            for name, label in (("from", "From"), ("to", "To (not included)")):
                said[name] = st.date_input(
                    label, value=None, help="UTC.", format="YYYY-MM-DD", key=f"price_{name}_{generation}"
                )
        with st.container(horizontal=True):
            for name, label in _MAIN_RATES.items():
                said[name] = _amount(name, f"{label} ($/M)", generation)
            said["discount"] = _amount("discount", "Or discount (%)", generation)
        with st.expander("More rates"), st.container(horizontal=True):
            for name, label in _OTHER_RATES.items():
                said[name] = _amount(name, f"{label} ($)" if name == "per_request" else f"{label} ($/M)", generation)
        said["note"] = st.text_input("Note", max_chars=500, key=f"price_note_{generation}")
        sent = st.form_submit_button("Set price", type="primary", icon=":material/sell:", disabled=state.reads_only())
    return said if sent else None


def draw_refusal(reason: str) -> None:
    st.error("**That can't be done.** " + escape_markdown(reason), icon=":material/error:")


def _amount(name: str, label: str, generation: int) -> float | None:
    return st.number_input(
        label, value=None, min_value=0.0, step=None, format="%0.6g", placeholder="", key=f"price_{name}_{generation}"
    )


def _described(override: PriceOverride) -> str:
    zone = UTC
    days = [
        f"{word} {local(at, zone):%Y-%m-%d}"
        for word, at in (("from", override.valid_from_ns), ("until", override.valid_to_ns))
        if at is not None
    ]
    return " · ".join([terms(override), *days, *([override.note] if override.note else [])])


def _table(frame: Any, *, key: str, alt: str) -> None:
    st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW_PX,
        height=min(MAX_HEIGHT_PX, (len(frame) + 1) * ROW_PX + 3),
        key=key,
        placeholder=UNKNOWN,
        column_config={
            name: st.column_config.Column(
                label, help=help_text, width=_WIDTHS_PX.get(name), alignment="right" if name in _RIGHT else "left"
            )
            for name, (label, help_text) in _COLUMNS.items()
            if name in frame
        },
        alt=alt,
    )
