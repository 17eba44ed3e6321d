from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.charges import Cost, Usage
from collector.pricing import load, price, price_span
from collector.store.rows import SpanRow
from tests.collector.factories import START_NS, row

MODELS = [
    ("openai", "gpt-4o-mini-2024-07-18"),
    ("openai", "gpt-4o"),
    ("openai", "gpt-4.1"),
    ("openai", "gpt-5-mini"),
    ("openai", "o3"),
    ("openai", "o1"),
    ("openai", "ft:gpt-4o-mini-2024-07-18:acme::x"),
    ("openai", "text-embedding-3-small"),
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("anthropic", "claude-3-5-haiku-latest"),
    ("anthropic", "claude-opus-4-1"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.5-flash"),
    ("google", "claude-sonnet-4-5"),
    ("azure", "gpt-4o"),
    ("aws", "anthropic.claude-sonnet-4-20250514-v1:0"),
    ("deepseek", "deepseek-chat"),
    ("deepseek", "deepseek-reasoner"),
    ("mistral", "mistral-large-latest"),
    ("groq", "llama-3.3-70b-versatile"),
    ("x-ai", "grok-3"),
    ("cohere", "command-r"),
    ("perplexity", "sonar-pro"),
    ("openrouter", "openai/gpt-4o"),
]
USAGES = [
    Usage(1_000, 100),
    Usage(1_225, 10, cache_read_tokens=1_000, cache_write_tokens=200),
    Usage(250_000, 5_000, cache_read_tokens=200_001),
    Usage(0, 7),
]
DATES = [datetime(2024, 6, 1, 2, 0, tzinfo=UTC), datetime(2026, 3, 1, 18, 30, tzinfo=UTC)]
"""Night and day, before and after prices changed."""


def nanoseconds(at: datetime) -> int:
    return int(at.timestamp()) * 10**9


def reference(provider: str, model: str, usage: Usage, at: datetime) -> Decimal:
    given = {name: value for name, value in usage._asdict().items() if value is not None and name != "reasoning_tokens"}
    if usage.reasoning_tokens:
        given["output_reasoning_tokens"] = usage.reasoning_tokens
    found = genai_prices.calc_price(
        genai_prices.Usage(**given), model, provider_id=provider, genai_request_timestamp=at
    )
    return found.total_price


@pytest.mark.parametrize("at", DATES, ids=str)
@pytest.mark.parametrize("usage", USAGES, ids=str)
@pytest.mark.parametrize(("provider", "model"), MODELS)
def test_costs_agree_with_the_libraries_own_calculation(provider: str, model: str, usage: Usage, at: datetime) -> None:
    cost = price(provider, (model,), usage, nanoseconds(at))
    assert cost is not None
    assert abs(Decimal(cost.total_nusd) - reference(provider, model, usage, at) * 10**9) <= Decimal("0.5")


def test_prices_follow_the_time_of_the_call() -> None:
    usage = Usage(1_000_000, 0)
    old, new = (price("openai", ("o3",), usage, nanoseconds(at)) for at in (datetime(2025, 5, 1), datetime(2026, 1, 1)))
    assert old and new
    assert old.total_nusd > new.total_nusd
    assert json.loads(new.price)["since"] is not None


def test_a_large_request_pays_the_higher_tier_for_all_of_it() -> None:
    small, large = (price("google", ("gemini-2.5-pro",), Usage(n, 0), START_NS) for n in (200_000, 200_001))
    assert small and large
    assert large.total_nusd > small.total_nusd * 1.5
    assert json.loads(large.price)["above_input_tokens"] == 200_000


def test_audio_has_its_own_rate() -> None:
    usage = Usage(1_000, 0, input_audio_tokens=600)
    cost = price("google", ("gemini-2.5-flash",), usage, START_NS)
    at = datetime.fromtimestamp(START_NS / 10**9, UTC)
    assert cost
    assert cost.total_nusd == reference("google", "gemini-2.5-flash", usage, at) * 10**9


def test_the_parts_are_named_and_told_with_their_rates() -> None:
    usage = Usage(1_225, 10, cache_read_tokens=1_000, cache_write_tokens=200)
    cost = price("anthropic", ("claude-sonnet-4-5-20250929",), usage, START_NS)
    assert cost
    assert cost[:5] == (75_000 + 300_000 + 750_000 + 150_000, 75_000, 300_000, 750_000, 150_000)
    told = json.loads(cost.price)
    assert (told["source"], told["provider"], told["model"]) == ("genai-prices", "anthropic", "claude-sonnet-4-5")
    assert (told["input_per_mtok"], told["output_per_mtok"]) == (3.0, 15.0)
    assert told["version"] == genai_prices.__version__


@pytest.mark.parametrize("written_1h", [0, 50, 200])
@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("anthropic", "claude-opus-4-1"),
        ("anthropic", "claude-3-5-haiku-latest"),
        ("aws", "anthropic.claude-sonnet-4-20250514-v1:0"),
        ("openai", "gpt-4o"),
    ],
)
def test_cache_writes_for_an_hour_cost_what_the_library_says(provider: str, model: str, written_1h: int) -> None:
    usage = Usage(1_225, 10, cache_read_tokens=1_000, cache_write_tokens=200, cache_write_1h_tokens=written_1h)
    cost = price(provider, (model,), usage, nanoseconds(DATES[1]))
    assert cost
    assert abs(Decimal(cost.total_nusd) - reference(provider, model, usage, DATES[1]) * 10**9) <= Decimal("0.5")


def test_cache_writes_for_an_hour_stand_with_the_other_writes() -> None:
    usage = Usage(1_000, 0, cache_write_tokens=1_000, cache_write_1h_tokens=400)
    cost = price("anthropic", ("claude-sonnet-4-5-20250929",), usage, START_NS)
    assert cost
    assert (cost.input_nusd, cost.cache_write_nusd) == (0, 600 * 3_750 + 400 * 6_000)
    told = json.loads(cost.price)
    assert (told["cache_write_per_mtok"], told["cache_write_1h_per_mtok"]) == (3.75, 6.0)


def test_a_fee_a_call_is_in_the_cost_and_told() -> None:
    cost = price("perplexity", ("sonar-pro",), Usage(1_000, 100), START_NS)
    assert cost
    told = json.loads(cost.price)
    by_tokens = 1_000 * told["input_per_mtok"] * 1_000 + 100 * told["output_per_mtok"] * 1_000
    assert cost.total_nusd == by_tokens + told.get("per_request", 0) * 10**9


counts = st.integers(0, 10**7)


@settings(deadline=None)
@given(st.sampled_from(MODELS), counts, counts, counts, counts, counts)
def test_the_parts_add_up_to_the_total(
    model: tuple[str, str], uncached: int, read: int, written: int, output: int, reasoning: int
) -> None:
    usage = Usage(uncached + read + written, output, read, written, reasoning)
    cost = price(model[0], (model[1],), usage, START_NS)
    assert cost
    parts = (cost.input_nusd, cost.cache_read_nusd, cost.cache_write_nusd, cost.output_nusd)
    assert sum(parts) == cost.total_nusd
    assert min(parts) >= 0


def cost_of(provider: str | None, *models: str | None) -> Cost | None:
    return price(provider, models, Usage(1_000, 100), START_NS)


def test_the_responses_model_comes_first_then_the_requested_one() -> None:
    assert cost_of("openai", "gpt-4o-2024-08-06", "gpt-4o-mini") == cost_of("openai", "gpt-4o-2024-08-06")
    assert cost_of("openai", "my-deployment", "gpt-4o-mini") == cost_of("openai", "gpt-4o-mini")
    assert cost_of("openai", None, "gpt-4o-mini") == cost_of("openai", "gpt-4o-mini")


@pytest.mark.parametrize(
    ("provider", "model", "maker"),
    [
        (None, "openai/gpt-4o-mini", "openai"),
        (None, "gpt-4o-mini", "openai"),
        (None, "text-embedding-3-small", "openai"),
        ("openai", "openai/gpt-4o-mini", "openai"),
        ("my-gateway", "gpt-4o-mini", "openai"),
        ("azure.ai.openai", "gpt-4o", "azure"),
        ("aws.bedrock", "anthropic.claude-sonnet-4-20250514-v1:0", "aws"),
        ("gcp.vertex_ai", "gemini-2.5-pro", "google"),
        ("gcp.gemini", "gemini-2.5-pro", "google"),
        ("x_ai", "grok-3", "x-ai"),
        ("mistral_ai", "mistral-large-latest", "mistral"),
        ("openai", "deepseek-chat", "deepseek"),
        (None, "xai/grok-3", "x-ai"),
    ],
)
def test_a_model_is_found_under_the_names_clients_give_it(provider: str | None, model: str, maker: str) -> None:
    cost = cost_of(provider, model)
    assert cost
    assert json.loads(cost.price)["provider"] == maker


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "no-such-model"),
        ("ollama", "deepseek-r1"),
        ("groq", "deepseek-something-only-groq-had"),
        ("openai", "whisper-1"),
        ("openai", "tts-1"),
        (None, "x" * 100_000),
        (None, ""),
    ],
)
def test_what_is_not_on_the_list_is_unknown(provider: str | None, model: str) -> None:
    assert cost_of(provider, model) is None


def test_usage_that_is_half_unknown_has_no_cost() -> None:
    assert price("openai", ("gpt-4o",), Usage(None, 100), START_NS) is None
    assert price("openai", ("gpt-4o",), Usage(100, None), START_NS) is None
    assert price("openai", ("text-embedding-3-small",), Usage(100, None), START_NS) is not None


def test_a_free_model_costs_nothing_and_that_is_known() -> None:
    cost = cost_of("openrouter", "meta-llama/llama-3.1-405b:free")
    assert cost
    assert cost.total_nusd == 0


def test_the_list_is_read_once() -> None:
    assert load() is load()


CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1_000,
    "gen_ai.usage.output_tokens": 100,
}


def test_a_row_without_a_cost_gets_a_computed_one() -> None:
    span: SpanRow = row(CALL)
    price_span(span)
    assert (span.cost_nusd, span.cost_source) == (210_000, "computed")
    assert (span.input_cost_nusd, span.cache_read_cost_nusd, span.output_cost_nusd) == (150_000, 0, 60_000)
    assert json.loads(span.price or "")["model"] == "gpt-4o-mini"


def test_a_reported_cost_stays() -> None:
    span = row(CALL | {"operation.cost": 0.5})
    price_span(span)
    assert (span.cost_nusd, span.cost_source, span.price) == (500_000_000, "reported", None)


def test_an_unknown_cost_stays_unknown() -> None:
    for attributes in (CALL | {"gen_ai.request.model": "no-such-model"}, {"gen_ai.request.model": "gpt-4o-mini"}, {}):
        span = row(attributes)
        price_span(span)
        assert (span.cost_nusd, span.cost_source, span.price) == (None, None, None)


def test_a_cost_too_large_for_its_column_is_unknown() -> None:
    span = row(CALL | {"gen_ai.usage.input_tokens": 2**53, "gen_ai.request.model": "gpt-4o"})
    price_span(span)
    assert span.cost_nusd is None
