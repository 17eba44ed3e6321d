"""Rules and events in words, events as rows, budgets as shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from types import MappingProxyType

import pandas as pd

from app.format import moment, money, plural
from app.frames.listing import HERE, Cell, Column, Row, To, counted, link_row, number, told, when, words
from collector.store.records import AlertDelivery, AlertEvent, AlertRule, BudgetState, RuleTerms

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "budget": ("Budget", "Spending reaches a share of an amount, or a period is heading beyond it."),
        "failed": ("A run fails", "Each workflow speaks once, until it is resolved or quiet for an hour."),
        "error_rate": ("Error rate", "Too large a share of the runs in a window of time fails."),
        "slow": ("A slow run", "A run takes longer than it may."),
        "dear": ("A dear run", "A run costs more than it may."),
        "new_error": ("A new error", "An error that was never seen before."),
        "silence": ("Silence", "A service sends no spans any more."),
        "disk": ("Disk", "The disk of the database will be full within days."),
    }
)
"""Title and meaning of each kind of rule."""
STATE_MARKS = MappingProxyType({"open": "▲", "snoozed": "◐", "resolved": "✓"})
"""A sign beside the colour."""
NANO = 10**9


@dataclass(frozen=True, slots=True)
class BudgetBar:
    """In shares of the limit; the bar ends at `scale`."""

    spent: float
    expected: float | None
    scale: float
    words: str


def rule_words(rule: AlertRule) -> str:
    """What a rule watches, as plain text."""
    said = _WORDS[rule.kind](rule.terms)
    return said[0].upper() + said[1:]


def inbox_sentence(events: Sequence[AlertEvent], rules: Sequence[AlertRule], channels: int, now_ns: int) -> str:
    """Markdown of our own words."""
    states = [event.state(now_ns) for event in events]
    loud, snoozed = states.count("open"), states.count("snoozed")
    first = f"**{plural(loud, 'alert')}** open" if loud else "**Nothing is open**"
    parts = [first, *([f"{snoozed} snoozed"] if snoozed else []), f"{plural(len(rules), 'rule')} watching"]
    told = f"told through {plural(channels, 'channel')}." if channels else "told here only: no channel is set up."
    return f"{', '.join(parts)}; {told}"


EVENT_COLUMNS = (
    Column(id="state", label="State", help="Open, silent for a while, or over.", width=100, sort=HERE, first="up"),
    replace(words("what", "What", "A click on a row opens its evidence.", 330), opens=True),
    words("detail", "Detail", "As it was found last.", 300),
    words("rule", "Rule", "That has found it.", 140, named=True),
    number("runs", "Runs", "How many runs are behind it.", 60),
    when("since", "Since", "When it opened, in your zone."),
    when("last", "Last", "When it was found last, in your zone."),
)
_TONES = MappingProxyType({"open": "failed", "snoozed": "muted", "resolved": "better"})


def event_rows(
    events: Sequence[AlertEvent], rules: Sequence[AlertRule], zone: tzinfo, now_ns: int, to: To
) -> list[Row]:
    """One row an event, in the given order. `to` is asked for their ids."""
    names = {rule.rule_id: rule.name for rule in rules}
    return [
        link_row(
            event.event_id,
            to,
            f"{event.title}, {event.state(now_ns)}, {plural(event.count, 'run')}",
            {
                "state": told(f"{STATE_MARKS[event.state(now_ns)]} {event.state(now_ns)}", _TONES[event.state(now_ns)]),
                "what": told(event.title),
                "detail": told(event.detail),
                "rule": told(names.get(event.rule_id, "deleted")),
                "runs": counted(event.count),
                "since": Cell(moment(event.opened_ns, zone, now_ns), order=event.opened_ns),
                "last": Cell(moment(event.last_ns, zone, now_ns), order=event.last_ns),
            },
        )
        for event in events
    ]


def delivery_rows(
    deliveries: Sequence[AlertDelivery], names: Mapping[str, str], zone: tzinfo, now_ns: int
) -> pd.DataFrame:
    """Columns: when, channel, state, answer, attempts. names: of the channels, by id."""
    return pd.DataFrame(
        {
            "when": [moment(one.created_ns, zone, now_ns) for one in deliveries],
            "channel": [names.get(one.channel_id, "deleted") for one in deliveries],
            "state": [_delivery_state(one, zone, now_ns) for one in deliveries],
            "answer": [one.answer or "" for one in deliveries],
            "attempts": pd.array([one.attempts for one in deliveries], dtype="Int64"),
        }
    )


def budget_bar(rule: AlertRule, found: BudgetState) -> BudgetBar:
    limit_nusd = (rule.terms.limit_usd or 0) * NANO or 1
    spent, expected = found.spent_nusd / limit_nusd, found.expected_nusd
    heading = None if expected is None else expected / limit_nusd
    whose = f", {found.value or 'unattributed'} has spent most" if _is_about_each(rule.terms) else ""
    ahead = "" if expected is None else f", heading for {money(expected / NANO)}"
    words = f"{money(found.spent_nusd / NANO)} of {_limit(rule.terms)}{whose}{ahead}"
    return BudgetBar(spent, heading, max(1.0, spent, heading or 0.0), words)


def _delivery_state(one: AlertDelivery, zone: tzinfo, now_ns: int) -> str:
    if one.sent_ns is not None:
        return "✓ sent"
    if one.next_ns is None:
        return "✕ given up"
    return "… waiting" if not one.attempts else f"↻ again at {moment(one.next_ns, zone, now_ns)}"


def _is_about_each(terms: RuleTerms) -> bool:
    return terms.dimension is not None and terms.value is None


def _limit(terms: RuleTerms) -> str:
    """As it was typed, and at least to the cent."""
    limit = terms.limit_usd or 0
    return f"${limit:,.2f}" if round(limit, 2) == limit else f"${limit:,g}"


def _minutes(terms: RuleTerms) -> str:
    hours, rest = divmod(terms.minutes, 60)
    return f"{hours} h" if hours and not rest else f"{terms.minutes} min"


def _budget(terms: RuleTerms) -> str:
    whose = f" for {terms.dimension} {terms.value or '(each)'}" if terms.dimension else ""
    levels = ", ".join(str(level) for level in terms.thresholds)
    ahead = " and by forecast" if terms.forecasts and not _is_about_each(terms) else ""
    return f"{_limit(terms)} a {terms.period}{whose}: at {levels} %{ahead}"


def _runs_of(terms: RuleTerms) -> str:
    return f"a run of {terms.workflow}" if terms.workflow else "a run of any workflow"


def _error_rate(terms: RuleTerms) -> str:
    whose = f"runs of {terms.workflow}" if terms.workflow else "all runs"
    return f"{terms.percent:g} % of {whose} fail within {_minutes(terms)}, of at least {terms.least_runs}"


_WORDS: Mapping[str, Callable[[RuleTerms], str]] = MappingProxyType(
    {
        "budget": _budget,
        "failed": lambda terms: f"{_runs_of(terms)} fails",
        "error_rate": _error_rate,
        "slow": lambda terms: f"{_runs_of(terms)} takes more than {terms.seconds:g} s",
        "dear": lambda terms: f"{_runs_of(terms)} costs more than {_limit(terms)}",
        "new_error": lambda _terms: "an error that was never seen before",
        "silence": lambda terms: f"no spans from {terms.service or 'any service'} for {_minutes(terms)}",
        "disk": lambda terms: f"the disk is full in less than {terms.days:g} days",
    }
)
