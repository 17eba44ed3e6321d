from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frames.span_facts import cost_parts, cost_source, counting, facts, pages, pretty
from collector.analysis.tree import build_tree
from tests.analysis.spans import make_span

MS = 1_000_000


def facts_of(**known: object) -> str:
    tree = build_tree([make_span("root", None, 0, 900 * MS), make_span("a", "root", 100 * MS, 385 * MS, **known)])
    return " | ".join(facts(tree.nodes[1], tree.start_ns)).replace("\u00a0", " ")


def test_facts_begin_with_how_long_and_when() -> None:
    assert facts_of() == "285 ms at 100 ms"


def test_facts_of_a_model_call_name_the_parts_that_are_known() -> None:
    said = facts_of(
        kind="llm",
        request_model="sonnet",
        response_model="sonnet-4-5",
        input_tokens=3480,
        cache_read_tokens=1024,
        cache_write_tokens=0,
        output_tokens=68,
        reasoning_tokens=12,
        cost_usd=0.0115,
        cost_source="reported",
        finish_reason="stop",
    )
    assert "sonnet-4-5" in said
    assert "3,480 in (1,024 from cache), 68 out (12 reasoning)" in said
    assert "$0.0115 reported by the client" in said


def test_what_a_model_call_does_not_say_is_unknown_and_not_zero() -> None:
    assert "5 in, unknown out | cost unknown" in facts_of(kind="llm", input_tokens=5)


def test_a_span_without_an_end_has_no_duration() -> None:
    tree = build_tree([make_span("a", None, 0, None)])
    assert facts(tree.nodes[0], 0)[0].startswith("no end yet")


def test_cost_parts_show_tokens_rate_and_cost_and_leave_out_what_does_not_apply() -> None:
    span = make_span(
        "a",
        input_tokens=1500,
        cache_read_tokens=500,
        output_tokens=100,
        input_cost_usd=0.003,
        cache_read_cost_usd=0.00015,
        output_cost_usd=0.0015,
        cost_usd=0.00465,
        price={"input_per_mtok": 3.0, "cache_read_per_mtok": 0.3, "output_per_mtok": 15},
    )
    assert cost_parts(span).to_dict("index") == {
        "Input": {"Tokens": "1,000", "Rate": "$3 / M", "Cost": "$0.003000"},
        "Input from cache": {"Tokens": "500", "Rate": "$0.3 / M", "Cost": "$0.000150"},
        "Output": {"Tokens": "100", "Rate": "$15 / M", "Cost": "$0.001500"},
        "Together": {"Tokens": "1,600", "Rate": "", "Cost": "$0.004650"},
    }


def test_an_unpriced_call_shows_its_tokens_and_an_unknown_cost() -> None:
    parts = cost_parts(make_span("a", input_tokens=10, output_tokens=2))
    assert parts.loc["Together"].tolist() == ["12", "", "unknown"]
    assert cost_parts(make_span("a")).empty


def test_the_source_of_a_cost_is_told() -> None:
    price = {"source": "genai-prices", "version": "0.2", "provider": "openai", "model": "gpt-5", "since": None}
    assert cost_source(make_span("a", cost_source="computed", price=price)) == (
        "The cost is computed from list prices: genai-prices 0.2, openai / gpt-5."
    )
    assert cost_source(make_span("a", cost_source="reported")) == "The cost is reported by the client."
    assert "unknown" in cost_source(make_span("a"))


def test_a_span_that_is_not_counted_says_which_one_is() -> None:
    agent = make_span("a", None, 0, 9, excluded_reason="counted_in_descendant", excluded_by="b")
    tree = build_tree([agent, make_span("b", "a", 1, 2, name="chat gpt-5", counted=True)])
    verdict = counting(agent, tree) or ""
    assert verdict.startswith("Not counted.")
    assert verdict.endswith("Counted: chat gpt-5.")
    assert counting(tree.nodes[1].span, tree) == "Counted in the totals of its trace."
    assert counting(make_span("c"), tree) is None


@pytest.mark.parametrize("text", ["plain", "{not json", "12", '"a"', "[" * 100_000])
def test_text_that_is_no_json_object_stays_as_it_is(text: str) -> None:
    assert pretty(text) == (text, False)


def test_json_is_laid_out_and_keeps_its_letters() -> None:
    shown, is_json = pretty('{"q":"Grüße","n":[1,2]}')
    assert is_json
    assert "Grüße" in shown
    assert json.loads(shown) == {"q": "Grüße", "n": [1, 2]}


def test_half_a_surrogate_pair_in_json_can_still_be_sent_to_a_browser() -> None:
    assert pretty('{"q":"\\ud800"}')[0].encode()


@given(st.text(alphabet="ab\n", max_size=300), st.integers(1, 40))
def test_pages_lose_nothing_and_are_not_too_long(text: str, length: int) -> None:
    pieces = pages(text, length)
    assert "".join(pieces) == text
    assert all(len(piece) <= length for piece in pieces)
    assert len(pieces) >= 1
