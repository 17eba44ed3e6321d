"""What a cost report is asked: its time, what it is held against, its dimensions, filters and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

import streamlit as st

from app import state
from app.cost_report import AGAINST, NOTHING, STEPS, TIMES, CostReport, zones
from app.format import one_line

Values = Callable[[str], Sequence[str]]
"""The values of a dimension in the report's time."""


def draw_time(report: CostReport, dimensions: Sequence[str], today: date) -> None:
    st.segmented_control(
        "Time",
        list(TIMES),
        default=report.time,
        format_func=TIMES.__getitem__,
        key=state.follow_report("time"),
        on_change=state.take_report,
        args=("time",),
        required=True,
        label_visibility="collapsed",
    )
    if report.time == "own":
        _draw_days(report, today)
    _choice("against", "against", list(AGAINST), AGAINST.__getitem__, report.compared, 180)
    _choice("by", "by", list(dimensions), lambda name: f"by {name}", report.by, 130)
    others = [NOTHING, *(name for name in dimensions if name != report.by)]
    _choice("then", "then", others, lambda name: f"then {name}", report.then, 135)


def draw_filters(report: CostReport, dimensions: Sequence[str], values: Values, zone: str, step: str) -> None:
    """A popover with a list for each dimension, and one for how days are told."""
    label = f"Filters ({len(report.where)})" if report.where else "Filters"
    with st.popover(label, icon=":material/filter_list:", key="cost_filters", width="content"):
        for dimension in dimensions:
            chosen = [value for name, value in report.where if name == dimension]
            st.multiselect(
                dimension.capitalize(),
                list(dict.fromkeys([*chosen, *values(dimension), ""])),
                format_func=lambda value: one_line(value) or "unattributed",
                key=state.follow_filter(dimension),
                on_change=state.take_filter,
                args=(dimension,),
                placeholder="any",
            )
    with st.popover(zone, icon=":material/schedule:", key="cost_zone", width="content", help="Where days begin."):
        _choice("step", "A bar is", list(STEPS), STEPS.__getitem__, step, "stretch")
        _choice("zone", "Reporting zone", list(zones()), str, zone, "stretch")


def draw_files(name: str, csv: Callable[[], bytes], xlsx: Callable[[], bytes]) -> None:
    """Made when they are asked for: the whole result, not only the rows that are shown."""
    xlsx_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for label, suffix, make, mime in (("CSV", "csv", csv, "text/csv"), ("XLSX", "xlsx", xlsx, xlsx_type)):
        st.download_button(
            label,
            make,
            f"{name}.{suffix}",
            mime,
            key=f"download_{suffix}",
            icon=":material/download:",
            on_click="ignore",
            help=f"The whole report as {label}.",
        )


def draw_monthly(month: str, make: Callable[[], bytes]) -> None:
    """Of all calls, whatever the report's filters are."""
    st.download_button(
        "HTML",
        make,
        f"costs-{month}.html",
        "text/html",
        key="download_html",
        icon=":material/download:",
        on_click="ignore",
        help=f"All costs of {month} as one file: to send, to print, to keep. Without this report's filters.",
    )


def _draw_days(report: CostReport, today: date) -> None:
    first = date.fromisoformat(report.first_day) if report.first_day else today.replace(day=1)
    last = date.fromisoformat(report.last_day) if report.last_day else today
    chosen = st.date_input("Days", (first, last), key="report_days", label_visibility="collapsed", format="YYYY-MM-DD")
    if isinstance(chosen, tuple) and len(chosen) == 2:
        days = {"first_day": chosen[0].isoformat(), "last_day": chosen[1].isoformat()}
        if (days["first_day"], days["last_day"]) != (report.first_day, report.last_day):
            state.change_report(**days)
            st.rerun()


def _choice(
    field: str,
    label: str,
    options: Sequence[str],
    words: Callable[[str], str],
    now: str,
    width: int | Literal["stretch"],
) -> None:
    st.selectbox(
        label,
        options,
        index=options.index(now) if now in options else 0,
        format_func=words,
        key=state.follow_report(field, now),
        on_change=state.take_report,
        args=(field,),
        width=width,
        label_visibility="visible" if width == "stretch" else "collapsed",
    )
