from __future__ import annotations

from typing import Any

import pytest

from app.frames.trace_facts import Card, cards, headline, outcome, standing
from collector.analysis.baseline import Baseline, baseline
from collector.analysis.critical_path import critical_path
from collector.analysis.failures import failed_steps
from collector.analysis.tree import build_tree
from collector.analysis.waiting import waiting_on
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span
from tests.app.samples import summary


def plain(text: str | None) -> str:
    return (text or "").replace("\u00a0", " ")


def headline_of(*spans: SpanRecord) -> str:
    tree = build_tree(spans)
    path = critical_path(tree)
    return plain(" ".join(headline(waiting_on(tree, path), path, tree.duration_ns)))


def card(label: str, **known: Any) -> Card:
    return next(card for card in cards(summary(**known), ()) if card.label == label)


def outcome_of(trace_outcome: str, *spans: SpanRecord) -> str:
    tree = build_tree(spans)
    return outcome(summary(outcome=trace_outcome), tree, failed_steps(tree))


def test_the_outcome_counts_the_failed_calls_by_name() -> None:
    searches = [
        make_span(str(n), None, n, n + 1, kind="tool", name="execute_tool search", tool_name="search", status="error")
        for n in range(3)
    ]
    assert outcome_of("recovered", *searches) == "recovered after 3 failed calls of search"
    assert outcome_of("failed", *searches) == "failed after 3 failed calls of search"
    assert outcome_of("failed", *searches[:1]) == "failed at search"
    assert outcome_of("ok", make_span("a", None, 0, 1)) == "ok"


def test_the_outcome_does_not_name_failures_that_differ() -> None:
    spans = [
        make_span("a", None, 0, 1, kind="tool", name="search", status="error"),
        make_span("b", None, 1, 2, kind="other", name="parse", status="error"),
    ]
    assert outcome_of("recovered", *spans) == "recovered after 2 failed steps"


def test_the_headline_names_what_was_waited_for() -> None:
    assert (
        headline_of(
            make_span("w", None, 0, 100, kind="workflow", name="support"),
            make_span("t", "w", 0, 42, kind="tool", name="search"),
            make_span("l", "w", 42, 70, kind="llm", name="chat"),
        )
        == "Mostly waiting on search (42 %)"
    )


def test_the_headline_says_when_it_was_the_programs_own_time() -> None:
    assert headline_of(make_span("w", None, 0, 10, kind="workflow", name="support")) == (
        "Mostly the own time of support (100 %)"
    )


def test_the_headline_says_when_nothing_stands_out() -> None:
    calls = [make_span(str(n), "w", n * 10, n * 10 + 10, kind="tool", name=f"call {n}") for n in range(10)]
    assert headline_of(make_span("w", None, 0, 100, kind="workflow"), *calls) == (
        "No single wait stands out, the longest is call 0 (10 %)"
    )


def test_the_headline_says_when_no_span_covers_the_time() -> None:
    assert headline_of(make_span("a", None, 0, 1), make_span("b", None, 9, 10)) == (
        "Mostly time that no span covers (80 %)"
    )


def test_a_trace_without_length_has_no_headline() -> None:
    assert headline_of(make_span("a", None, 5, 5)).strip() == ""


def test_waits_are_split_into_models_and_tools() -> None:
    tree = build_tree(
        [
            make_span("w", None, 0, 1_000_000_000, kind="workflow"),
            make_span("t", "w", 0, 400_000_000, kind="tool", name="search"),
            make_span("r", "w", 400_000_000, 500_000_000, kind="retriever", name="lookup"),
            make_span("l", "w", 500_000_000, 800_000_000, kind="llm", name="chat"),
        ]
    )
    shown = {card.label: card for card in cards(summary(), waiting_on(tree, critical_path(tree)))}
    assert plain(shown["Waiting on tools"].value) == "500 ms"
    assert plain(shown["Waiting on tools"].note) == "50 % in 2 calls"
    assert plain(shown["Waiting on models"].value) == "300 ms"
    assert plain(shown["Waiting on models"].note) == "30 % in 1 call"


@pytest.mark.parametrize(
    ("known", "value", "note"),
    [
        ({"cost_usd": 0.0861, "llm_calls": 3}, "$0.0861", "3 model calls"),
        ({"cost_usd": 0.0861, "llm_calls": 3, "unpriced_spans": 2}, "$0.0861", "+ 2 unpriced"),
        ({"cost_usd": None, "llm_calls": 3, "unpriced_spans": 3}, "unknown", "3 unpriced"),
        ({"cost_usd": None, "llm_calls": 0}, "none", "no model was called"),
    ],
)
def test_an_unknown_cost_is_neither_zero_nor_hidden(known: dict[str, Any], value: str, note: str | None) -> None:
    shown = card("Cost", **known)
    assert (shown.value, shown.note) == (value, note)


def test_unknown_tokens_are_unknown() -> None:
    assert card("Tokens", llm_calls=2, total_tokens=None).value == "unknown"
    assert card("Tokens", llm_calls=0, total_tokens=None).value == "none"
    known = card("Tokens", llm_calls=2, total_tokens=26_757, input_tokens=25_763, output_tokens=994)
    assert (known.value, known.note) == ("26,757", "25,763 in, 994 out")


def against(count: int = 10, **known: Any) -> Baseline:
    """A run of 300 ms and $0.03 against others that are alike."""
    return baseline(summary(duration_ms=300.0, cost_usd=0.03), [summary(**known) for _ in range(count)])


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"duration_ms": 200.0}, "Slower than all of the last 10 runs."),
        ({"duration_ms": 400.0}, "Faster than all of the last 10 runs."),
        ({"duration_ms": 300.0, "cost_usd": 0.01}, "Dearer than all of the last 10 runs."),
        ({"duration_ms": 300.0, "cost_usd": 0.03}, "About as long as the last 10 runs."),
        ({"duration_ms": None}, ""),
    ],
)
def test_a_run_is_said_to_be_slow_fast_or_dear_only_if_most_others_are_not(known: dict[str, Any], said: str) -> None:
    assert standing(against(**known)) == said


def test_most_of_the_runs_are_counted() -> None:
    earlier = [summary(duration_ms=float(ms)) for ms in (100, 100, 100, 100, 900)]
    assert standing(baseline(summary(duration_ms=300.0), earlier)) == "Slower than 4 of the last 5 runs."


def test_cards_name_what_they_are_compared_with() -> None:
    shown = cards(summary(duration_ms=300.0, cost_usd=0.03), (), against(duration_ms=200.0, cost_usd=0.02))
    assert plain(shown[0].note) == "+50 % vs median 200 ms"
    assert plain(shown[-1].note) == "+50 % vs median $0.0200"


def test_a_cost_with_unpriced_calls_says_so_before_it_compares() -> None:
    shown = cards(summary(unpriced_spans=2), (), against(duration_ms=200.0))
    assert "2 unpriced" in plain(shown[-1].note)
