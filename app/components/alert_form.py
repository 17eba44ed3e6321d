"""The form of a rule: its kind first, then only the fields that this kind has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from app import state
from app.format import one_line
from app.frames.alerts import KINDS
from collector.store.records import BUDGET_PERIODS, AlertRule, ChannelSeen, RuleTerms

EACH = "each of them"
ALL = "all spending"
Values = Callable[[str], Sequence[str]]
"""The values of a dimension."""
_THRESHOLDS = (25, 50, 75, 80, 90, 100, 120, 150)


def draw_rule_form(
    rule: AlertRule, dimensions: Sequence[str], values: Values, channels: Sequence[ChannelSeen]
) -> AlertRule | None:
    """The rule as it is to be saved, once. A rule without an id is a new one, whose kind can be chosen."""
    key = f"rule_{rule.rule_id or 'new'}"
    kind = rule.kind
    if not rule.rule_id:
        kind = st.pills(
            "Tell me about",
            list(KINDS),
            format_func=lambda name: KINDS[name][0],
            default=rule.kind,
            required=True,
            key=f"{key}_kind",
        )
    st.caption(KINDS[kind][1])
    key = f"{key}_{kind}"
    terms = _draw_terms(kind, rule.terms, key, dimensions, values)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", value=rule.name or KINDS[kind][0], max_chars=80, key=f"{key}_name")
        names = {channel.channel_id: channel for channel in channels}
        chosen = st.multiselect(
            "Send to",
            list(names),
            default=[one for one in rule.channels if one in names] if rule.rule_id else list(names),
            format_func=lambda one: one_line(names[one].name),
            placeholder="this inbox only" if names else "no channel is set up yet",
            key=f"{key}_channels",
        )
    saves = st.button(
        "Save rule", type="primary", icon=":material/check:", key="rule_save", disabled=state.reads_only()
    )
    if not saves:
        return None
    return replace(rule, name=name, kind=kind, terms=terms, channels=tuple(chosen))


def _draw_terms(kind: str, terms: RuleTerms, key: str, dimensions: Sequence[str], values: Values) -> RuleTerms:
    with st.container(horizontal=True, vertical_alignment="bottom", key="rule_terms"):
        if kind == "budget":
            return _draw_budget(terms, key, dimensions, values)
        said: dict[str, Any] = {}
        if kind == "slow":
            said["seconds"] = _number("Longer than (s)", terms.seconds, f"{key}_seconds")
        if kind == "dear":
            said["limit_usd"] = _number("Dearer than ($)", terms.limit_usd, f"{key}_limit")
        if kind == "error_rate":
            said["percent"] = _number("At least (%) fail", terms.percent or 10.0, f"{key}_percent")
            said["minutes"] = _whole("Within (min)", terms.minutes, f"{key}_minutes")
            said["least_runs"] = _whole("Of at least (runs)", terms.least_runs, f"{key}_least")
        if kind == "silence":
            said["service"] = _one_of("Service", values("service"), terms.service, "any", f"{key}_service")
            said["minutes"] = _whole("Silent for (min)", terms.minutes, f"{key}_minutes")
        if kind == "disk":
            said["days"] = _number("Full in less than (days)", terms.days or 7.0, f"{key}_days")
        if kind in ("failed", "slow", "dear", "error_rate"):
            said["workflow"] = _one_of("Workflow", values("workflow"), terms.workflow, "any", f"{key}_workflow")
        return RuleTerms(**said)


def _draw_budget(terms: RuleTerms, key: str, dimensions: Sequence[str], values: Values) -> RuleTerms:
    limit_usd = _number("Amount ($)", terms.limit_usd, f"{key}_limit")
    at = BUDGET_PERIODS.index(terms.period)
    period = st.selectbox("A", BUDGET_PERIODS, index=at, key=f"{key}_period", help="In the reporting zone.")
    dimension = _one_of("Of", dimensions, terms.dimension, ALL, f"{key}_dimension", own=False)
    value = None
    if dimension:
        value = _one_of(f"Which {dimension}", values(dimension), terms.value, EACH, f"{key}_value_{dimension}")
    thresholds = st.multiselect(
        "Tell at (%)",
        sorted({*_THRESHOLDS, *terms.thresholds}),
        default=terms.thresholds,
        key=f"{key}_thresholds",
        help="Each speaks once in a period.",
    )
    forecasts = False
    if not dimension or value:
        forecasts = st.checkbox(
            "Also by forecast",
            value=terms.forecasts,
            key=f"{key}_forecast",
            help="Speaks once a period, when days like those of the last two weeks would lead beyond the amount.",
        )
    return RuleTerms(
        period=period,
        limit_usd=limit_usd,
        dimension=dimension,
        value=value,
        thresholds=tuple(sorted(thresholds)),
        forecasts=forecasts,
    )


def _number(label: str, value: float | None, key: str) -> float | None:
    return st.number_input(label, value=value, min_value=0.0, format="%0.6g", step=None, key=key, placeholder="0.00")


def _whole(label: str, value: int, key: str) -> int:
    return int(st.number_input(label, value=value, min_value=1, key=key))


def _one_of(
    label: str, options: Sequence[str], value: str | None, other: str, key: str, *, own: bool = True
) -> str | None:
    """One of the options, one of the viewer's own if `own`, or None, which is called `other`."""
    shown = list(dict.fromkeys([*options, *([value] if value else [])]))
    return st.selectbox(
        label,
        shown,
        index=shown.index(value) if value else None,
        format_func=one_line,
        placeholder=other,
        accept_new_options=own,
        key=key,
    )
