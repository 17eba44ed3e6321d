from __future__ import annotations

import pytest

from tests.collector.factories import row


def returned(result: object, **attributes: object) -> str | None:
    return row({"gen_ai.tool.name": "search", "gen_ai.tool.call.result": result, **attributes}).returned_error


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ('{"isError": true, "content": [{"type": "text", "text": "no such city"}]}', "no such city"),
        ({"isError": True, "content": [{"type": "text", "text": "no such city"}]}, "no such city"),
        ('{"error": "rate limited"}', "rate limited"),
        ('{"error": {"code": 7, "message": "rate limited"}}', "rate limited"),
        ('{"status": "error", "message": "rate limited"}', "rate limited"),
        ('{"output": {"lc": 1, "kwargs": {"content": "boom", "status": "error"}}}', "boom"),
        ('{"type": "tool", "data": {"content": "boom", "status": "error"}}', "boom"),
        ('{"error": true}', "error"),
    ],
)
def test_the_envelopes_of_an_error(result: object, said: str) -> None:
    assert returned(result) == said


@pytest.mark.parametrize(
    "result",
    [
        '{"error": null, "result": 1}',
        '{"error": ""}',
        '{"isError": false, "content": []}',
        '{"status": "success"}',
        "the word error in a text",
        '{"errors_seen": 0}',
        '{"error": "cut o',
        None,
        [1, 2],
    ],
)
def test_a_result_that_only_looks_like_an_error(result: object) -> None:
    assert returned(result) is None


def test_a_tools_own_status_counts() -> None:
    assert returned("it broke", **{"gen_ai.tool.status": "error"}) == "it broke"
    assert returned("fine", **{"gen_ai.tool.status": "success"}) is None


def test_only_tools_that_went_well_are_asked() -> None:
    failed = {"gen_ai.tool.name": "search", "gen_ai.tool.call.result": '{"error": "x"}'}
    assert row(failed, is_error=True).returned_error is None
    assert row({"gen_ai.operation.name": "chat", "output.value": '{"error": "x"}'}).returned_error is None


def test_a_long_error_is_cut() -> None:
    assert len(returned('{"error": "' + "x" * 5_000 + '"}') or "") == 1_024
