from __future__ import annotations

import pytest

from collector.demo.generate import generate
from tests.collector.demo.month import NOW_NS, DemoTrace, read_traces


@pytest.fixture(scope="session")
def month() -> list[DemoTrace]:
    return read_traces(generate(NOW_NS))


@pytest.fixture(scope="session")
def by_id(month: list[DemoTrace]) -> dict[str, DemoTrace]:
    return {trace.trace_id: trace for trace in month}
