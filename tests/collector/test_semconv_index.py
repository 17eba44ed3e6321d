from __future__ import annotations

import sys

import pytest

from collector.semconv import reading
from collector.semconv.index import CONVENTIONS, INDEX, KIND_ORDER, Fields
from collector.semconv.reading import read_fields

MODULES = {
    name: module.CONVENTION
    for name, module in sys.modules.items()
    if name.startswith("collector.semconv.") and hasattr(module, "CONVENTION")
}
KINDS = {
    "workflow",
    "agent",
    "llm",
    "tool",
    "retriever",
    "embedder",
    "reranker",
    "guardrail",
    "evaluator",
    "transcriber",
    "speaker",
    "prompt",
    "other",
}


def test_every_table_names_known_fields_and_kinds() -> None:
    for convention in CONVENTIONS:
        assert set(convention.fields) <= set(Fields.__annotations__), convention.name
        listed = (kinds for kinds in convention.kinds.values() if not callable(kinds))
        for kinds in (*listed, *convention.root_kinds.values()):
            assert set(kinds.values()) <= KINDS, convention.name
            assert all(value == value.lower() for value in kinds), convention.name
        assert set(convention.names.values()) <= KINDS, convention.name
        assert set(convention.parse) <= {name for names in convention.fields.values() for name in names}


def test_every_attribute_that_tells_a_kind_has_its_place() -> None:
    assert set(KIND_ORDER) == {name for convention in CONVENTIONS for name in convention.kinds}


def test_every_convention_names_its_source() -> None:
    for convention in CONVENTIONS:
        module = sys.modules[next(name for name, found in MODULES.items() if found is convention)]
        assert "Source: " in (module.__doc__ or ""), convention.name


def test_the_newest_name_wins_whatever_the_order_of_the_attributes() -> None:
    old_first = {"gen_ai.usage.prompt_tokens": 1, "gen_ai.usage.input_tokens": 2, "llm.token_count.prompt": 3}
    assert read_fields(old_first)["input_tokens"] == 2
    assert read_fields(dict(reversed(old_first.items())))["input_tokens"] == 2


@pytest.mark.parametrize("nonsense", [-5, True, float("nan"), "", "many", None, 2**60, [3]])
def test_a_value_that_does_not_parse_lets_the_next_name_speak(nonsense: object) -> None:
    assert read_fields({"gen_ai.usage.input_tokens": nonsense, "llm.token_count.prompt": 7})["input_tokens"] == 7


def test_a_framework_in_place_of_the_provider_lets_the_next_name_speak() -> None:
    attributes = {"gen_ai.provider.name": "langchain", "traceloop.association.properties.ls_provider": "openai"}
    assert read_fields(attributes)["provider"] == "openai"


def test_money_under_a_name_of_tokens_is_money() -> None:
    fields = read_fields({"gen_ai.usage.cost.input_tokens": 0.0015, "gen_ai.usage.cost.output_tokens": 0.0006})
    assert fields["input_cost_nusd"] == 1_500_000
    assert "input_tokens" not in fields


def test_an_agents_sum_of_its_children_is_not_its_own_usage() -> None:
    assert "input_tokens" not in read_fields({"gen_ai.aggregated_usage.input_tokens": 53})


def test_every_rule_leads_to_one_value() -> None:
    ranks = [(rule.field, rule.rank) for rules in INDEX.values() for rule in rules]
    assert len(ranks) == len(set(ranks))


def test_names_seen_before_are_read_as_before() -> None:
    attributes = {"gen_ai.usage.input_tokens": 2, "llm.token_count.prompt": 3}
    assert read_fields(attributes) == read_fields(dict(attributes)) == {"input_tokens": 2}
    assert read_fields({**attributes, "gen_ai.usage.input_tokens": "many"}) == {"input_tokens": 3}


def test_long_names_are_not_remembered() -> None:
    hostile = "x" * 1_000_000
    assert read_fields({"gen_ai.usage.input_tokens": 2, hostile: 1}) == {"input_tokens": 2}
    assert not any(hostile in names for names in reading._plans)


def test_ever_new_names_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MAX_PLANS", 10)
    for number in range(30):
        read_fields({f"attribute {number}": 1})
    assert len(reading._plans) <= 10
