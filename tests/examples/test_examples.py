"""The examples as people run them, with a stand-in for msgtrace on its port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.integration.sink import Sink, tree

EXAMPLES = Path(__file__).parents[2] / "examples"
RUN_ON_PORT = """
import runpy, sys
from collector.integration import discovery
discovery.OTLP_PORT = discovery.DASHBOARD_PORT = int(sys.argv[2])
sys.path[0] = sys.argv[1].rpartition("/")[0]
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


def run_example(name: str, port: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = ("MSGTRACE_", "OTEL_", "OPENAI_")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-c", RUN_ON_PORT, str(EXAMPLES / name), port],
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=40,
    )


def port_of(sink: Sink) -> str:
    return sink.url.rpartition(":")[2]


def test_the_msgflux_agent_is_one_trace_and_prints_its_link(sink: Sink) -> None:
    ended = run_example("msgflux_agent.py", port_of(sink))
    assert ended.returncode == 0, ended.stderr
    assert len(sink.spans) == 8
    trace_ids = {span.trace_id for span in sink.spans}
    assert len(trace_ids) == 1
    assert ended.stdout.splitlines() == [
        "It is sunny in Paris.",
        "The API charged 163 input and 60 output tokens.",
        f"The trace: http://127.0.0.1:4321/trace?trace={trace_ids.pop()}",
    ]


def test_the_msgflux_agent_fails_if_another_program_has_the_port(sink: Sink) -> None:
    sink.health = {"status": "ok"}
    ended = run_example("msgflux_agent.py", port_of(sink))
    assert ended.returncode == 1
    assert "did not reach msgtrace" in ended.stderr
    assert sink.bodies == []


def test_the_plain_program_sends_a_genai_trace(sink: Sink) -> None:
    ended = run_example("plain_opentelemetry.py", "0", OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
    assert ended.returncode == 0, ended.stderr
    assert tree(sink.spans) == [
        ("chat gpt-4o-mini", "invoke_agent weather_agent"),
        ("chat gpt-4o-mini", "invoke_agent weather_agent"),
        ("execute_tool get_weather", "invoke_agent weather_agent"),
        ("invoke_agent weather_agent", "invoke_workflow weather_report"),
        ("invoke_workflow weather_report", None),
    ]
    assert sink.spans[0].trace_id in ended.stdout


def test_the_plain_program_fails_if_nobody_takes_its_spans() -> None:
    ended = run_example("plain_opentelemetry.py", "0", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert ended.returncode == 1
    assert "Nothing took the spans" in ended.stderr
