from __future__ import annotations

from tests.collector.integration.conftest import Run
from tests.collector.integration.sink import Sink, tree


def test_a_second_call_changes_nothing(sink: Sink, run: Run) -> None:
    ended = run("called_twice", sink.url)
    assert ended.answer is True
    assert tree(sink.spans) == [("once", None)]
    assert "already sends to" in ended.warnings


def test_a_server_that_is_not_msgtrace_gets_nothing(stranger: Sink, run: Run) -> None:
    ended = run("span_without_msgtrace", stranger.url)
    assert ended.answer == [None, None, None, False]
    assert stranger.bodies == []
    assert "is not msgtrace" in ended.warnings


def test_an_absent_msgtrace_is_a_warning_and_nothing_else(run: Run) -> None:
    ended = run("span_without_msgtrace", "http://127.0.0.1:1")
    assert ended.answer == [None, None, None, False]
    assert "Connection refused" in ended.warnings


def test_the_exit_of_the_program_sends_what_is_left(sink: Sink, run: Run) -> None:
    run("span_left_for_the_exit", sink.url)
    assert tree(sink.spans) == [("flow", None)]


def test_secrets_and_proxies_meant_for_others_are_not_used(sink: Sink, run: Run) -> None:
    run(
        "span_left_for_the_exit",
        sink.url,
        OTEL_EXPORTER_OTLP_HEADERS="x-api-key=of-another,authorization=of-another",
        HTTP_PROXY="http://127.0.0.1:1",
        http_proxy="http://127.0.0.1:1",
    )
    assert sink.headers[0]["authorization"] == "Bearer secret"
    assert "of-another" not in str(sink.headers)


def test_a_provider_can_be_joined(sink: Sink, run: Run) -> None:
    assert run("joined_provider", sink.url).answer == ["request"]
    assert tree(sink.spans) == [("request", None), ("work", "request")]
