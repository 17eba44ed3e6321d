from __future__ import annotations

import logging

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

from collector.integration import exporter as module
from collector.integration.discovery import Server
from collector.integration.exporter import Exporter
from collector.integration.observer import Observer
from tests.collector.integration.sink import Sink


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: None)


def ended_span(name: str = "work") -> ReadableSpan:
    span = TracerProvider(shutdown_on_exit=False).get_tracer(__name__).start_span(name)
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


def test_a_busy_msgtrace_is_asked_again(sink: Sink) -> None:
    sink.busy = 2
    assert Exporter(sink.url, None).export([ended_span()]) is SpanExportResult.SUCCESS
    assert [span.name for span in sink.spans] == ["work"]


def test_another_program_that_takes_over_the_port_gets_nothing(sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    exporter = Exporter(sink.url, None)
    exporter.export([ended_span("first")])
    sink.health = {"status": "ok"}
    assert exporter.export([ended_span("second")]) is SpanExportResult.FAILURE
    assert [span.name for span in sink.spans] == ["first"]
    assert "is not msgtrace" in caplog.text


def test_the_end_of_the_program_does_not_wait_for_an_absent_msgtrace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: pytest.fail("waits"))
    exporter = Exporter("http://127.0.0.1:1", None)
    exporter.hurry(60.0)
    assert exporter.export([ended_span()]) is SpanExportResult.FAILURE


def test_the_end_of_the_program_waits_for_a_busy_msgtrace(sink: Sink) -> None:
    sink.busy = 2
    exporter = Exporter(sink.url, None)
    exporter.hurry(60.0)
    assert exporter.export([ended_span()]) is SpanExportResult.SUCCESS


def test_nothing_is_sent_once_the_time_is_over(sink: Sink) -> None:
    exporter = Exporter(sink.url, None)
    exporter.hurry(0.0)
    assert exporter.export([ended_span()]) is SpanExportResult.FAILURE
    assert sink.bodies == []


def test_an_outage_is_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    exporter = Exporter("http://127.0.0.1:1", None)
    for _ in range(3):
        exporter.export([ended_span()])
    assert [record.levelno for record in caplog.records if record.levelno >= logging.WARNING] == [logging.WARNING]
    assert exporter.take_lost_spans() == 3
    assert exporter.take_lost_spans() == 0


def test_flush_says_whether_everything_arrived(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    observer = Observer(Server(sink.url, "http://127.0.0.1:4321"))
    assert observer.span_processor
    observer.span_processor.on_end(span := ended_span())
    assert observer.flush()
    assert span.context
    assert observer.last_trace_url == f"http://127.0.0.1:4321/trace?trace={span.context.trace_id:032x}"
    sink.health = None
    observer.span_processor.on_end(ended_span())
    assert not observer.flush()
    assert observer.flush()
    observer.close()
