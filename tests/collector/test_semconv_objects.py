from __future__ import annotations

import json

import pytest

from collector.semconv import objects


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (
            {"prompt_tokens": 22, "completion_tokens": 14, "total_tokens": 36,
             "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 2},
             "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 1}},
            {"input_tokens": 22, "output_tokens": 14, "total_tokens": 36, "cache_read_tokens": 8,
             "reasoning_tokens": 4, "input_audio_tokens": 2, "output_audio_tokens": 1},
        ),
        (
            {"input_tokens": 22, "output_tokens": 10, "cache_read_input_tokens": 1_000,
             "cache_creation_input_tokens": 200, "cache_creation": {"ephemeral_1h_input_tokens": 50}},
            {"input_tokens": 1_222, "output_tokens": 10, "cache_read_tokens": 1_000, "cache_write_tokens": 200,
             "cache_write_1h_tokens": 50},
        ),
        (
            {"input_tokens": 23, "output_tokens": 8, "total_tokens": 31, "input_token_details": {"cache_read": 5},
             "output_token_details": {"reasoning": 2}},
            {"input_tokens": 23, "output_tokens": 8, "total_tokens": 31, "cache_read_tokens": 5, "reasoning_tokens": 2},
        ),
        (
            {"prompt_token_count": 22, "candidates_token_count": 10, "thoughts_token_count": 4},
            {"input_tokens": 22, "output_tokens": 14, "reasoning_tokens": 4},
        ),
        (
            {"inputTokens": 22, "outputTokens": 10, "totalTokens": 1_232, "cacheReadInputTokens": 1_200},
            {"input_tokens": 22, "output_tokens": 10, "total_tokens": 1_232, "cache_read_tokens": 1_200},
        ),
        ({"input_tokens": -1, "output_tokens": True, "requests": 2}, None),
        ({}, None),
        ([1], None),
        ("[1", None),
        (None, None),
    ],
    ids=["openai", "anthropic", "langchain", "google", "bedrock", "nonsense", "empty", "list", "cut off", "none"],
)  # fmt: skip
def test_usage_in_the_shapes_of_providers(sent: object, read: dict[str, int] | None) -> None:
    assert objects.usage(sent) == read
    if isinstance(sent, dict):
        assert objects.usage(json.dumps(sent)) == read


def test_langfuses_buckets_do_not_overlap() -> None:
    sent = {"input": 25, "input_cached_tokens": 8, "input_audio": 3, "output": 10, "output_reasoning": 4, "total": 50}
    assert objects.usage_buckets(sent) == {
        "input_tokens": 36,
        "output_tokens": 14,
        "cache_read_tokens": 8,
        "reasoning_tokens": 4,
        "input_audio_tokens": 3,
    }


def test_a_cost_without_a_total_is_the_sum_of_its_parts() -> None:
    assert objects.cost({"input": 0.1, "output": 0.2, "cache_read_input_tokens": 0.05}) == {
        "cost_nusd": 350_000_000,
        "input_cost_nusd": 150_000_000,
        "output_cost_nusd": 200_000_000,
    }


@pytest.mark.parametrize("nothing", [{"input": 0, "output": 0}, {"total": "free"}, {}, "{", None, [1]])
def test_a_cost_that_says_nothing_is_none(nothing: object) -> None:
    assert objects.cost(nothing) is None


def test_an_error_object_and_an_error_text() -> None:
    data = {"message": "Error running tool", "data": {"tool_name": "broken", "error": "db down"}}
    assert objects.error(json.dumps(data)) == {"error_message": "Error running tool: db down"}
    assert objects.error("it broke") == {"error_message": "it broke"}
    assert objects.error("null") is None


@pytest.mark.parametrize("reader", [objects.people, objects.replies, objects.generation, objects.gateway_cost])
@pytest.mark.parametrize("nonsense", [None, 3, "null", "[]", '{"replies": [[]], "meta": [3]}', {"a": {"usage": 3}}])
def test_nonsense_says_nothing(reader, nonsense: object) -> None:  # type: ignore[no-untyped-def]
    assert reader(nonsense) is None
