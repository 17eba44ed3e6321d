from __future__ import annotations

import pytest

from collector.demo.generate import generate
from tests.collector.demo.month import NOW_NS, DemoTrace, read_traces


@pytest.fixture(scope="session")
def month() -> list[DemoTrace]:
    return sorted(read_traces(generate(NOW_NS)), key=lambda trace: trace.start_ns)


@pytest.fixture(scope="session")
def by_id(month: list[DemoTrace]) -> dict[str, DemoTrace]:
    return {trace.trace_id: trace for trace in month}
