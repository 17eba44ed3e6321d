from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.collector.integration.sink import Sink

Run = Callable[..., "Ended"]


class Ended:
    """A program that has ended: what it printed, as JSON, and what it warned of."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        assert process.returncode == 0, process.stderr
        self.answer: Any = json.loads(process.stdout.splitlines()[-1])
        self.warnings = process.stderr


def run_program(program: str, endpoint: str, **environment: str) -> Ended:
    """Runs a function of programs.py in a process of its own, since OpenTelemetry is set up once a process."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MSGTRACE_", "OTEL_"))}
    process = subprocess.run(
        [sys.executable, "-m", "tests.collector.integration.programs", program, endpoint],
        env={**inherited, "OPENAI_API_KEY": "none", **environment},
        capture_output=True,
        text=True,
        timeout=40,
    )
    return Ended(process)


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def stranger() -> Iterator[Sink]:
    """A collector that isn't msgtrace."""
    sink = Sink()
    sink.health = {"service": "another collector"}
    yield sink
    sink.close()


@pytest.fixture
def run() -> Run:
    return run_program
