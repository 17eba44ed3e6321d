from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.alert_life import QUIET_NS, Change, changes, event_id
from collector.analysis.alerts import Finding, budget_findings, run_findings
from collector.store.records import AlertEvent, AlertRule
from tests.alert_rules import NOW_NS, budget, rule, run

NANO = 10**9
HOUR_NS = 3_600 * NANO


class Kept:
    """Events as a database would keep them from one look to the next."""

    def __init__(self, watched: AlertRule) -> None:
        self.rule = watched
        self.events: dict[str, AlertEvent] = {}
        self.told: list[str] = []

    def look(self, *findings: Finding, at_ns: int = NOW_NS) -> list[Change]:
        made = changes(self.rule, self.events, findings, at_ns)
        for change in made:
            self.events[change.event.event_id] = change.event
            if change.occasion:
                self.told.append(f"{change.event.subject} {change.occasion}")
        return made

    def only(self) -> AlertEvent:
        (event,) = self.events.values()
        return event

    def change(self, **changed: object) -> None:
        event = self.only()
        self.events[event.event_id] = replace(event, **changed)  # type: ignore[arg-type]


def failing(count: int = 1) -> list[Finding]:
    return run_findings(rule(), [run(f"{number:032x}") for number in range(count)])


@given(
    st.lists(st.integers(0, 150), min_size=1, max_size=12),
    st.sets(st.sampled_from([20, 50, 80, 100, 120]), min_size=1),
    st.lists(st.integers(0, 11), max_size=4),
)
def test_a_budget_speaks_once_a_threshold_and_period_whatever_the_order(
    spent_usd: list[int], thresholds: set[int], resolved_after: list[int]
) -> None:
    """Spending may fall (prices change), looks may repeat, and people may resolve the event in between."""
    kept = Kept(budget(thresholds=tuple(thresholds)))
    for period in ("2026-10", "2026-11"):
        for number, usd in enumerate(spent_usd):
            for _ in range(2):
                kept.look(*budget_findings(kept.rule, {None: usd * NANO}, None, period))
            if number in resolved_after and (event := kept.events.get(event_id(kept.rule.rule_id, period))):
                kept.events[event.event_id] = replace(event, resolved_ns=NOW_NS)
    passed = [level for level in thresholds if max(spent_usd) >= level]
    assert len(kept.told) == len(set(kept.told))
    levels = [int(said.split(".")[1]) for said in kept.told]
    half = len(levels) // 2
    assert levels[:half] == levels[half:] == sorted(set(levels[:half]))
    assert max(levels, default=0) == max(passed, default=0)


def test_a_run_that_fails_opens_one_event_which_counts_the_next_ones() -> None:
    kept = Kept(rule())
    kept.look(*failing(2))
    kept.look(*failing(3))
    assert (kept.only().count, kept.told) == (5, ["support 1.0"])


def test_a_resolved_event_comes_back_and_speaks_again() -> None:
    kept = Kept(rule())
    kept.look(*failing())
    kept.change(resolved_ns=NOW_NS)
    assert kept.look() == []
    kept.look(*failing())
    assert kept.only().state(NOW_NS) == "open"
    assert kept.told == ["support 1.0", "support 2.0"]


def test_an_event_about_runs_is_over_after_an_hour_without_another() -> None:
    kept = Kept(rule())
    kept.look(*failing())
    assert kept.look(at_ns=NOW_NS + QUIET_NS["failed"] - 1) == []
    kept.look(at_ns=NOW_NS + QUIET_NS["failed"])
    assert kept.only().state(NOW_NS) == "resolved"


def test_a_state_is_over_once_it_is_not_found_any_more() -> None:
    kept = Kept(rule("silence"))
    kept.look(Finding(subject="api", title="No spans"))
    kept.look()
    assert kept.only().resolved_ns == NOW_NS


def test_a_snoozed_event_is_silent_until_its_time_and_then_speaks_once() -> None:
    kept = Kept(rule())
    kept.look(*failing())
    kept.change(snoozed_until_ns=NOW_NS + HOUR_NS)
    kept.look(*failing(), at_ns=NOW_NS + HOUR_NS - 1)
    assert (kept.only().count, len(kept.told)) == (2, 1)
    assert kept.only().state(NOW_NS) == "snoozed"
    kept.look(*failing(), at_ns=NOW_NS + HOUR_NS)
    kept.look(*failing(), at_ns=NOW_NS + HOUR_NS)
    assert len(kept.told) == 2
    assert kept.only().snoozed_until_ns is None


def test_a_muted_rule_notes_and_says_nothing() -> None:
    kept = Kept(rule(is_muted=True))
    kept.look(*failing())
    assert kept.told == []
    assert kept.only().told_ns is None


def test_a_new_error_is_new_once() -> None:
    kept = Kept(rule("new_error"))
    kept.look(Finding(subject="f1", title="New error: Boom"))
    kept.change(resolved_ns=NOW_NS)
    assert kept.look(Finding(subject="f1", title="New error: Boom")) == []


def test_who_was_told_of_an_event_is_told_once_that_it_is_over() -> None:
    kept = Kept(rule("silence"))
    for _ in range(2):
        kept.look(Finding(subject="api", title="No spans"))
        kept.look()
        kept.look()
    assert kept.told == ["api 1.0", "api 1.over", "api 2.0", "api 2.over"]


def test_the_end_of_what_is_snoozed_muted_or_was_resolved_by_hand_is_not_told() -> None:
    for changed in ({"snoozed_until_ns": NOW_NS + HOUR_NS}, {"resolved_ns": NOW_NS}, {"told_ns": None}):
        kept = Kept(rule("silence"))
        kept.look(Finding(subject="api", title="No spans"))
        kept.change(**changed)
        kept.look()
        assert kept.told == ["api 1.0"]


def test_a_budget_does_not_tell_that_its_month_is_over() -> None:
    kept = Kept(budget(limit_usd=1.0, thresholds=(50,)))
    kept.look(*budget_findings(kept.rule, {None: NANO}, None, "2026-10"))
    kept.look(*budget_findings(kept.rule, {None: 0}, None, "2026-11"))
    assert kept.told == ["2026-10 1.50"]
