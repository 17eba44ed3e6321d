"""Real programs, with the packages their authors published, and a real collector."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, Server, clean_environment, collector

UNREPAIRED = """
import os, sys
os.environ["MSGTRACE_TELEMETRY_ENABLED"] = "true"
os.environ["MSGTRACE_OTLP_ENDPOINT"] = sys.argv[1]
os.environ["OPENAI_API_KEY"] = "none"
sys.path.insert(0, "examples")
from fake_openai import FakeOpenAI
from msgflux_agent import ask
with FakeOpenAI() as api:
    ask(api.base_url)
    print(api.usage.input_tokens, api.usage.output_tokens)
"""
REPAIRED = """
import os, sys
sys.path.insert(0, "examples")
from collector.integration import discovery
discovery.OTLP_PORT = int(sys.argv[1].rpartition(":")[2])
import msgflux_agent
msgflux_agent.main()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with collector(tmp_path) as server:
        yield server


def run(program: str, url: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", program, url],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def traces(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/api/v1/traces")["traces"]
    return found


def test_a_msgflux_agent_is_one_trace_that_says_what_it_did(server: Server) -> None:
    printed = run(REPAIRED, server.url)
    assert len(traces(server)) == 1
    trace = traces(server)[0]
    assert (trace["outcome"], trace["span_count"], trace["llm_calls"], trace["tool_calls"]) == ("ok", 8, 2, 1)
    assert f"{trace['input_tokens']} input and {trace['output_tokens']} output tokens" in printed
    assert trace["cost_usd"] > 0
    assert trace["output_preview"] == "It is sunny in Paris."
    spans = server.get(f"/api/v1/traces/{trace['trace_id']}")["spans"]
    depths = [(span["depth"], span["kind"]) for span in spans]
    assert depths[0] == (0, "agent")
    assert max(depth for depth, _ in depths) == 3
    tool = next(span for span in spans if span["kind"] == "tool")
    detail = server.get(f"/api/v1/traces/{trace['trace_id']}/spans/{tool['span_id']}")
    assert detail["tool_name"] == "get_weather"
    assert "Paris" in detail["input_text"]
    assert detail["output_text"] == "sunny in Paris"


def test_the_same_agent_without_the_repair_still_shows_its_spans_as_sent(server: Server) -> None:
    charged = run(UNREPAIRED, server.url)  # msgflux's own default endpoint has no path either
    found = traces(server)
    assert len(found) == 8
    assert {trace["span_count"] for trace in found} == {1}
    known = [trace for trace in found if trace["input_tokens"] is not None]
    sums = [sum(trace[name] for trace in known) for name in ("input_tokens", "output_tokens")]
    assert [int(number) for number in charged.split()[-2:]] == sums
