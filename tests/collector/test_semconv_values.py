from __future__ import annotations

import pytest

from collector.semconv import values
from collector.semconv.providers import provider


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (0, 0),
        (12, 12),
        (12.0, 12),
        ("12", 12),
        ("12.0", 12),
        ('"12"', 12),
        (" 12 ", 12),
        (2**53, 2**53),
        (2**53 + 1, None),
        (str(2**53 + 1), None),
        (-1, None),
        ("-1", None),
        (12.5, None),
        ("12.5", None),
        (True, None),
        (False, None),
        (float("nan"), None),
        (float("inf"), None),
        ("nan", None),
        ("1e3", None),
        ("", None),
        (None, None),
        ([1], None),
        ({"a": 1}, None),
        (b"12", None),
        ("9" * 5_000, None),
    ],
)
def test_a_count_is_a_whole_number_from_0_to_2_to_the_53(sent: object, read: int | None) -> None:
    assert values.count(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [(0.0015, 1_500_000), ("0.5", 500_000_000), (1, 10**9), (8.7e-06, 8_700), (0, None), (0.0, None), (-1, None),
     (True, None), (float("nan"), None), (1e300, None), ("free", None), (None, None)],
)  # fmt: skip
def test_money_is_positive_and_zero_says_nothing(sent: object, read: int | None) -> None:
    assert values.nano_dollars(sent) == read


def test_one_name_for_the_time_to_first_token_has_two_units() -> None:
    assert values.seconds_or_whole_milliseconds(0.25) == 250_000_000
    assert values.seconds_or_whole_milliseconds(250) == 250_000_000


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (["stop"], "stop"),
        ('["tool_calls"]', "tool_call"),
        ("tool-calls", "tool_call"),
        ("FinishReason.TOOL_CALLS", "tool_call"),
        ("end_turn", "stop"),
        ("tool_use", "tool_call"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("content-filter", "content_filter"),
        (["", "length"], "length"),
        ("something_new", "something_new"),
        ([], None),
        ("", None),
        ("[", None),
    ],
)
def test_finish_reasons_become_one_vocabulary(sent: object, read: str | None) -> None:
    assert values.finish_reason(sent) == read


@pytest.mark.parametrize("nothing", ["null", "None", "undefined", "", "  ", None, True, []])
def test_an_id_that_says_nothing_is_no_id(nothing: object) -> None:
    assert values.identifier(nothing) is None


def test_a_numeric_id_is_an_id() -> None:
    assert values.identifier(42) == "42"


def test_tags_come_as_a_list_as_json_or_joined_by_commas() -> None:
    assert values.tags(["a", "b", "a", "", 3]) == ("a", "b", "3")
    assert values.tags('["a", "b"]') == ("a", "b")
    assert values.tags("graph:step:1, prod") == ("graph:step:1", "prod")
    assert values.tags([]) is None


def test_text_for_a_column_has_no_nul_and_an_end() -> None:
    assert values.text("a\0b") == "a\ufffdb"
    assert values.text("x" * 5_000) == "x" * 1_024
    assert values.text(" padded ") == "padded"


@pytest.mark.parametrize("nothing", ["", "null", '{"output":null}', '{"output": null}', None, [], {}])
def test_content_that_says_nothing_is_none(nothing: object) -> None:
    assert values.content(nothing) is None
    assert values.run_content(nothing) is None


def test_what_came_out_of_a_run_loses_the_quotes_of_json() -> None:
    assert values.run_content('"It is sunny."') == "It is sunny."
    assert values.run_content('"It" is sunny.') == '"It" is sunny.'
    assert values.content('"as it is"') == '"as it is"'


def test_text_in_json_quotes_loses_them() -> None:
    assert values.unquoted('"gpt-4o"') == "gpt-4o"
    assert values.unquoted('""') is None


def test_json_that_was_cut_off_is_no_json() -> None:
    assert values.json_value('[{"role": "user", "con') is None
    assert values.json_value('{"a": 1}') == {"a": 1}


def test_values_no_json_writer_takes_still_become_text() -> None:
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    assert values.as_text(nested)
    assert values.as_text({"a": b"\x01", "b": 2**70})
    assert values.as_text({"a": [1, None, True]}) == '{"a":[1,null,true]}'


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("OpenAI", "openai"),
        ("Anthropic", "anthropic"),
        ("openai.chat", "openai"),
        ("az.ai.openai", "azure.ai.openai"),
        ("aws.bedrock", "aws.bedrock"),
        ("bedrock", "aws.bedrock"),
        ("gcp.vertex_ai", "gcp.vertex_ai"),
        ("google_genai", "gcp.gemini"),
        ("xai", "x_ai"),
        ("mistralai", "mistral_ai"),
        ('"openai"', "openai"),
        ("my-gateway", "my-gateway"),
        ("langchain", None),
        ("strands-agents", None),
        ("_OTHER", None),
        ("", None),
        (".", None),
    ],
)
def test_providers_have_one_name_and_frameworks_are_none(sent: str, read: str | None) -> None:
    assert provider(sent) == read
