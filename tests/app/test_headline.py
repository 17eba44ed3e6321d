from __future__ import annotations

from dataclasses import replace

from app.frames.headline import cards, compared_with, sentence, sentence_help, worth_a_look
from app.selection import Selection
from collector.analysis.forecast import forecast
from collector.store.records import MonthCost
from tests.app.samples import overview, totals
from tests.app.work import error_group


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\\", "")


def test_the_sentence_says_how_much_how_bad_and_how_dear() -> None:
    assert plain(sentence(overview(), "in the last 24 h", errors=[error_group()])) == (
        "**940 runs** in the last 24 h, **5.7 % failed** (+0.6 points against last week); "
        ":red[**1 new error**]; **$14.72** spent."
    )


def test_the_sentence_leaves_out_what_is_not_known() -> None:
    quiet = overview(now=totals(failed=0, cost_usd=None, unpriced_spans=3), before=totals(runs=0), failed_runs=())
    assert plain(sentence(quiet, "in the last 1 h")) == (
        "**940 runs** in the last 1 h, **0.0 % failed**; 3 calls unpriced."
    )


def test_the_sentence_says_what_the_month_is_heading_for_as_far_as_that_can_be_said() -> None:
    figures = overview(month=MonthCost(spent_usd=300.0, full_days_usd=(20.0,) * 14, days_left=7.1))
    assert "**$14.72** spent, heading for **$442** this month." in plain(
        sentence(figures, "in the last 24 h", forecast(figures.month))
    )
    assert "$300.00 so far" in plain(sentence_help(figures, forecast(figures.month)))
    assert "of the last 14 whole days" in plain(sentence_help(figures, forecast(figures.month)))
    young = overview(month=MonthCost(spent_usd=3.0, full_days_usd=(2.0,), days_left=7.1))
    assert "heading" not in sentence(young, "in the last 24 h", forecast(young.month))
    assert "too few whole days" in plain(sentence_help(young, forecast(young.month)))


def test_every_card_leads_to_the_traces_behind_it() -> None:
    for card in cards(overview()):
        assert card.behind is not None
        name, selects = card.behind
        assert name
        assert Selection(**selects).carried() == Selection()


def test_the_cards_say_the_same_figures_as_the_sentence() -> None:
    values = {card.key: plain(card.value) for card in cards(overview())}
    assert values == {
        "runs": "940",
        "failed": "5.7 %",
        "p50": "2.16 s",
        "p95": "9.90 s",
        "tokens": "7.78 M",
        "cost": "$14.72",
    }


def test_a_chip_compares_with_the_first_point_of_its_line() -> None:
    figures = overview()
    for card in cards(figures):
        first, last = card.trend[0], card.trend[-1]
        assert first is not None
        assert last is not None
        assert card.direction == (last > first) - (last < first)


def test_a_change_too_small_to_print_has_no_direction() -> None:
    figures = overview(now=totals(runs=1001), before=totals(runs=1000))
    runs = cards(figures)[0]
    assert plain(runs.change or "") == "0 %"
    assert runs.direction == 0


def test_an_unknown_cost_stays_unknown() -> None:
    cost = cards(overview(now=totals(cost_usd=None, unpriced_spans=7)))[-1]
    assert (cost.value, cost.change) == ("unknown", None)
    assert "7 calls without a known price" in cost.help


def test_nothing_to_compare_with_means_no_chip() -> None:
    empty = totals(runs=0, failed=0, p50_ms=None, p95_ms=None, total_tokens=None, cost_usd=None)
    assert [card.change for card in cards(overview(before=empty))] == [None] * 6


def test_where_the_data_only_begins_nothing_is_compared() -> None:
    just_begun = overview(now=totals(runs=3639), before=totals(runs=6))
    assert [card.change for card in cards(just_begun)] == [None] * 6
    assert "against" not in sentence(just_begun, "in the last 30 d")


def test_a_chip_names_what_it_compares_with_in_a_few_letters() -> None:
    assert compared_with(overview(), "in the last 24 h") == "vs last week"
    assert compared_with(replace(overview(), before_label="vs the time before"), "in the last 30 d") == "vs 30 d before"


def test_new_and_reopened_errors_are_what_the_sentence_tells() -> None:
    groups = [error_group(), error_group(state="known"), error_group(state="reopened"), error_group(state="resolved")]
    assert "; :red[**2 new errors**]" in sentence(overview(), "in the last 24 h", errors=groups)
    assert [group.state for group in worth_a_look(groups)] == ["new", "reopened"]


def test_an_error_that_came_back_is_not_called_new() -> None:
    assert ":red[**1 reopened error**]" in sentence(overview(), "now", errors=[error_group(state="reopened")])


def test_known_errors_are_told_quietly_and_resolved_ones_not_at_all() -> None:
    quiet = sentence(overview(), "now", errors=[error_group(state="known"), error_group(state="resolved")])
    assert "; 1 known error;" in plain(quiet)
    assert ":red[" not in quiet
    assert "error" not in sentence(overview(), "now", errors=[error_group(state="resolved")])
