"""How much has come since a list was drawn."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.reads.arrivals import MOST, count_arrivals
from collector.store.records import Scope, TraceFilter
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, span

ALL = TraceFilter()


def arrive(engine: Engine, *numbers: int, after_ns: int, **fields: object) -> None:
    spans = [span(1, trace_id=f"{n:032x}", received_ns=START_NS + after_ns, **fields) for n in numbers]
    commit(engine, [batch(*spans)])


@pytest.fixture
def stored(writing: Engine) -> Engine:
    arrive(writing, 1, 2, after_ns=0)
    return writing


def test_only_what_came_later_counts(stored: Engine, reading: Engine) -> None:
    assert count_arrivals(reading, SCOPE, ALL, START_NS) == 0
    arrive(stored, 3, 4, 5, after_ns=7)
    assert count_arrivals(reading, SCOPE, ALL, START_NS) == 3
    assert count_arrivals(reading, SCOPE, ALL, START_NS + 7) == 0


def test_a_trace_that_grew_counts_once(stored: Engine, reading: Engine) -> None:
    later = [span(n, trace_id=f"{1:032x}", received_ns=START_NS + 5) for n in (2, 3)]
    commit(stored, [batch(*later)])
    assert count_arrivals(reading, SCOPE, ALL, START_NS) == 1


def test_only_what_the_list_would_show_counts(stored: Engine, reading: Engine) -> None:
    arrive(stored, 3, after_ns=1, environment="prod")
    arrive(stored, 4, after_ns=1, environment="test")
    assert count_arrivals(reading, SCOPE, TraceFilter(environments=("prod",)), START_NS) == 1
    assert count_arrivals(reading, Scope(("another",)), ALL, START_NS) == 0


def test_nobody_counts_beyond_a_hundred(stored: Engine, reading: Engine) -> None:
    arrive(stored, *range(10, 10 + MOST + 20), after_ns=1)
    assert count_arrivals(reading, SCOPE, ALL, START_NS) == MOST
