from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from collector.charges import Cost, Usage
from collector.errors import BadQuery
from collector.price_overrides import by_precedence, day_of, new_override, parse_override, parse_time
from collector.pricing import PriceBook
from collector.store.records import PriceOverride
from tests.collector.factories import START_NS, row
from tests.collector.overrides import nanoseconds, override

CALL = Usage(1_000_000, 1_000_000)
DOLLAR = 10**9


def cost_of(*overrides: PriceOverride, model: str = "gpt-4o", time_ns: int = START_NS, **changes: Any) -> Cost | None:
    provider = changes.pop("provider", "openai")
    return PriceBook(overrides).price(provider, (model,), CALL._replace(**changes), time_ns)


def usd(cost: Cost | None) -> float | None:
    return None if cost is None else cost.total_nusd / DOLLAR


# (overrides in any order, the id that decides)
PRECEDENCE = [
    ([override("gpt-4o", "exact"), override("gpt-4o*", "glob")], "exact"),
    ([override("gpt-4o*", "long"), override("gpt*", "short"), override("*", "any")], "long"),
    ([override("gpt-4o", "old", since="2025-01-01"), override("gpt-4o", "new", since="2025-06-01")], "new"),
    ([override("gpt-4o", "always"), override("gpt-4o", "dated", since="2025-01-01")], "dated"),
    ([override("gpt-4o*", "dated", since="2025-06-01"), override("gpt-4o", "exact")], "exact"),
    ([override("gpt-4o", "any"), override("gpt-4o", "named", provider="openai")], "named"),
    ([override("gpt-4o", "exact"), override("gpt-4*", "named", provider="openai")], "exact"),
    ([override("gpt-4o", "first", created_ns=1), override("gpt-4o", "second", created_ns=2)], "second"),
    ([override("gpt-4o", "ended", until="2025-06-01"), override("*", "any")], "any"),
    ([override("gpt-4o", "later", since="2030-01-01"), override("gpt-*", "now")], "now"),
    ([override("gpt-4o", "elsewhere", provider="azure"), override("*", "any")], "any"),
    ([override("GPT-4O", "case"), override("*", "any")], "case"),
    ([override("gpt-4[ao]", "set"), override("*", "any")], "set"),
    ([override("gpt-4", "part"), override("*", "any")], "any"),
]


@pytest.mark.parametrize(("overrides", "winner"), PRECEDENCE, ids=[winner for _, winner in PRECEDENCE])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_closest_price_decides(overrides: list[PriceOverride], winner: str, reverse: bool) -> None:
    cost = cost_of(*(reversed(overrides) if reverse else overrides))
    assert cost
    assert json.loads(cost.price)["override"] == winner


def test_the_model_that_answered_comes_before_the_one_asked_for_among_equals() -> None:
    overrides = [override("asked", "a"), override("gave", "b")]
    assert [o.id for o in by_precedence(overrides, None, ["gave", "asked"])] == ["b", "a"]
    deployment = override("my-deployment", "a")
    cost = PriceBook([deployment]).price("openai", ("gpt-4o-2024-08-06", "my-deployment"), CALL, START_NS)
    assert usd(cost) == 3


def test_a_price_of_ones_own_comes_before_the_list_and_after_what_was_reported() -> None:
    book = PriceBook([override("gpt-4o-mini")])
    call = {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 1}
    span, reported, other = (
        row(call),
        row(call | {"operation.cost": 0.5}),
        row(call | {"gen_ai.request.model": "gpt-4o"}),
    )
    for each in (span, reported, other):
        book.price_span(each)
    assert (span.cost_source, span.cost_nusd) == ("override", 12_000)
    assert (reported.cost_source, reported.cost_nusd) == ("reported", 500_000_000)
    assert other.cost_source == "computed"


def test_every_rate_is_charged_and_told() -> None:
    rates = {"input": "1", "output": "2", "cache_read": "0.1", "cache_write": "1.25", "cache_write_1h": "2.5"}
    rates |= {"reasoning": "3", "input_audio": "10", "output_audio": "20", "per_request": "0.5"}
    usage = Usage(1_000_000, 1_000_000, 100_000, 300_000, 200_000, 100_000, 100_000, 100_000)
    cost = PriceBook([override("m", **rates)]).price(None, ("m",), usage, START_NS)
    assert cost
    assert cost.input_nusd == (0.5 + 0.1 * 10 + 0.5) * DOLLAR
    assert cost.cache_read_nusd == 0.01 * DOLLAR
    assert cost.cache_write_nusd == (0.2 * 1.25 + 0.1 * 2.5) * DOLLAR
    assert cost.output_nusd == (0.7 * 2 + 0.1 * 20 + 0.2 * 3) * DOLLAR
    told = json.loads(cost.price)
    assert told["cache_write_1h_per_mtok"] == 2.5
    assert (told["source"], told["override"], told["per_request"], told["since"]) == ("override", "a", 0.5, None)


def test_a_rate_that_is_left_out_follows_input_or_output() -> None:
    usage = Usage(1_000_000, 1_000_000, 200_000, 200_000, 500_000, 100_000, 100_000, 100_000)
    assert usd(PriceBook([override("m")]).price(None, ("m",), usage, START_NS)) == 3


def test_dates_of_validity_include_the_first_moment_and_not_the_last() -> None:
    own = override("no-such-model", since="2026-01-01", until="2026-02-01")
    found = [
        usd(cost_of(own, model="no-such-model", time_ns=nanoseconds(day) + add))
        for day, add in (("2026-01-01", -1), ("2026-01-01", 0), ("2026-02-01", -1), ("2026-02-01", 0))
    ]
    assert found == [None, 3, 3, None]


def test_a_discount_is_taken_off_the_price_that_was_listed_at_the_time() -> None:
    own = override("*", discount="20")
    for model, time_ns in (("gpt-4o", START_NS), ("o3", nanoseconds("2025-05-01")), ("o3", nanoseconds("2026-01-01"))):
        listed, less = cost_of(model=model, time_ns=time_ns), cost_of(own, model=model, time_ns=time_ns)
        assert listed and less
        assert less.total_nusd * 10 == listed.total_nusd * 8
    told = json.loads(less.price)
    assert (told["source"], told["discount_percent"], told["model"]) == ("override", 20.0, "o3")
    assert told["version"]


def test_a_discount_is_for_every_size_of_request() -> None:
    own = override("gemini-2.5-pro", discount=50)
    for sent in (200_000, 200_001):
        usage = Usage(sent, 0)
        prices = [PriceBook(o).price("google", ("gemini-2.5-pro",), usage, START_NS) for o in ([], [own])]
        assert prices[0] and prices[1]
        assert prices[1].total_nusd * 2 == prices[0].total_nusd


def test_a_discount_ends_and_the_listed_price_is_back() -> None:
    own = override("gpt-4o", discount=10, until="2020-01-01")
    assert cost_of(own) == cost_of()


def test_a_discount_on_what_is_not_listed_leaves_the_word_to_the_next() -> None:
    assert cost_of(override("no-such-model", discount=10), model="no-such-model") is None
    assert usd(cost_of(override("no-such*", discount=10), override("*", "b"), model="no-such-model")) == 3


def test_a_full_discount_costs_nothing_and_that_is_known() -> None:
    assert usd(cost_of(override("gpt-4o", discount=100))) == 0


def test_a_price_of_zero_is_known_and_an_unknown_one_is_not() -> None:
    own = override("llama*", input=0, output=0)
    assert usd(cost_of(own, model="llama-3.3", provider="vllm")) == 0
    assert cost_of(own, model="qwen", provider="vllm") is None


def llm(**attributes: Any) -> Any:
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    return row(call | {key.replace("__", "."): value for key, value in attributes.items()})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"input": 0, "output": 0}, 0),
        ({"per_request": "0.01"}, 10_000_000),
        ({"per_request": "0.01", "input": 0, "output": 1}, None),
        ({"input": 1, "output": 2}, None),
        ({"input": 0, "output": 0, "reasoning": 2}, None),
    ],
)
def test_a_call_that_says_nothing_of_its_tokens_has_a_price_only_where_they_don_t_matter(
    said: dict[str, Any], expected: int | None
) -> None:
    span = llm()
    PriceBook([override("m", **said)]).price_span(span)
    assert span.cost_nusd == expected


def test_a_failed_call_or_one_that_is_no_model_s_is_not_charged_a_fee() -> None:
    book = PriceBook([override("m", per_request=1)])
    failed, agent = llm(), row({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"})
    failed.status = "error"
    for span in (failed, agent):
        book.price_span(span)
        assert span.cost_nusd is None


def test_a_fee_alone_charges_tokens_nothing() -> None:
    assert usd(cost_of(override("gpt-4o", per_request="0.25"))) == 0.25


def test_hostile_models_are_no_trouble() -> None:
    book = PriceBook([override("*a*a*a*a*a*a*a*b"), override("[", "b"), override("*", "c", provider="x")])
    hostile = ("a" * 300, "a" * 100_000, "[", "", "\x00\ud800", "*")
    priced = [model for model in hostile if book.price("openai", (model, None), CALL, START_NS)]
    assert priced == ["["]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"input": 1, "output": 1}, "model: missing"),
        ({"model": "m"}, "input: missing; give rates"),
        ({"model": "m", "input": 1}, "output: missing"),
        ({"model": "m", "output": 1}, "input: missing"),
        ({"model": "m", "cache_read": 1}, "input: missing"),
        ({"model": "m", "input": "x", "output": 1}, "input: must be a number, not 'x'"),
        ({"model": "m", "input": True, "output": 1}, "input: must be a number"),
        ({"model": "m", "input": "nan", "output": 1}, "input: must be a number"),
        ({"model": "m", "input": "inf", "output": 1}, "input: must be a number"),
        ({"model": "m", "input": -1, "output": 1}, "input: must be between 0"),
        ({"model": "m", "input": 1, "output": "1e9"}, "output: must be between 0"),
        ({"model": "m", "input": 1, "output": "0.0000000001"}, "output: has more than nine digits"),
        ({"model": "m", "discount": 0}, "discount: must be a percentage"),
        ({"model": "m", "discount": 101}, "discount: must be a percentage"),
        ({"model": "m", "discount": 5, "input": 1}, "discount: is taken off"),
        ({"model": "m", "discount": 5, "from": "soon"}, "from: must be a date"),
        ({"model": "m", "discount": 5, "from": 3}, "from: must be a date"),
        ({"model": "m", "discount": 5, "from": "2026-02-01", "to": "2026-02-01"}, "to: must be later"),
        ({"model": "m", "discount": 5, "colour": "red"}, "colour: unknown; expected model"),
        ({"model": 3, "discount": 5}, "model: must be text"),
        ({"model": "m\x1b[2J", "discount": 5}, "model: must be one line"),
        ({"model": "m" * 201, "discount": 5}, "model: must be one line"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(said: dict[str, Any], message: str) -> None:
    with pytest.raises(BadQuery) as refused:
        parse_override(said, id="a", created_ns=1)
    assert str(refused.value).startswith(message)


def test_a_provider_is_known_by_any_of_its_names() -> None:
    assert override("m", provider="Azure").provider == "azure.ai.openai"


def test_amounts_are_exact() -> None:
    own = override("m", input="0.000000001", output=0.1)
    assert (own.input_nusd_per_mtok, own.output_nusd_per_mtok) == (1, 100_000_000)
    assert override("m", discount="12.5").discount_ppm == 125_000


def test_new_ones_have_ids_of_their_own() -> None:
    first, second = (new_override({"model": "m", "discount": 5}) for _ in range(2))
    assert first.id != second.id
    assert 0 < first.created_ns <= second.created_ns


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2026-01-31", "2026-01-31"),
        (date(2026, 1, 31), "2026-01-31"),
        ("2026-01-31T12:30:00", "2026-01-31T12:30:00Z"),
        ("2026-01-31T12:30:00+02:00", "2026-01-31T10:30:00Z"),
        (datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=-1))), "2026-01-31T01:00:00Z"),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31"),
    ],
)
def test_a_date_is_its_midnight_in_utc(value: object, iso: str) -> None:
    assert day_of(parse_time(value, "from")) == iso
