"""Pricing stored calls again: the period, what would change, and the button that does it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from app import state
from app.format import escape_markdown, plural
from app.frames.prices import difference, nusd, repriced_rows
from collector.store.records import Period, Repricing

DEFAULT_DAYS = 30
ROW_PX = 32
MAX_HEIGHT_PX = 420
_COLUMNS = {
    "day": ("Day", "UTC."),
    "model": ("Model", None),
    "provider": ("Provider", None),
    "calls": ("Calls", None),
    "before": ("Before", "Sum of the known costs as they are stored."),
    "after": ("After", "Sum of the known costs by the prices of today."),
    "difference": ("Difference", None),
    "unpriced": ("Unpriced", "Calls without a known cost, before and after."),
}
_RIGHT = frozenset({"calls", "before", "after", "difference", "unpriced"})


def draw_period(today: date) -> Period | None:
    """The form for a period; the period once its preview is asked for, None until then or when it is empty."""
    with st.form("repricing", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        first = st.date_input(
            "From", today - timedelta(days=DEFAULT_DAYS), help="UTC.", format="YYYY-MM-DD", key="reprice_from"
        )
        end = st.date_input(
            "To (not included)", today + timedelta(days=1), help="UTC.", format="YYYY-MM-DD", key="reprice_to"
        )
        asked = st.form_submit_button("Preview", icon=":material/preview:")
    if not asked:
        return None
    if not isinstance(first, date) or not isinstance(end, date) or first >= end:
        st.error("The second day has to be later than the first.", icon=":material/error:")
        return None
    return Period(_midnight_ns(first), _midnight_ns(end))


def draw_preview(found: Repricing) -> bool:
    """What would change; True once it is to be applied."""
    changed = found.changed_lines
    if not found.changed_spans:
        st.markdown(":material/check_circle: Nothing would change: these calls have the prices of today.")
        return False
    total = difference(found.after_nusd - found.before_nusd)
    st.markdown(
        f"**{plural(found.changed_spans, 'span')}** would be priced anew: "
        + escape_markdown(f"{nusd(found.before_nusd)} before, {nusd(found.after_nusd)} after, {total} in all.")
    )
    if changed:
        st.dataframe(
            repriced_rows(changed),
            hide_index=True,
            row_height=ROW_PX,
            height=min(MAX_HEIGHT_PX, (len(changed) + 1) * ROW_PX + 3),
            key="repriced",
            column_config={
                name: st.column_config.Column(label, help=text, alignment="right" if name in _RIGHT else "left")
                for name, (label, text) in _COLUMNS.items()
            },
            alt=f"What changes on {plural(len(changed), 'day and model', 'days and models')}.",
        )
    return st.button(
        "Apply", type="primary", icon=":material/done_all:", key="reprice_apply", disabled=state.reads_only()
    )


def _midnight_ns(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9
