"""A recount finds every sum that is off, and puts it right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from collector.store import models
from collector.store.commands.doctor import repair
from collector.store.commit import commit
from collector.store.reads import doctor
from collector.store.reads.doctor import examine
from collector.store.records import Difference, Lifetimes
from collector.store.retention import DAY_NS, prune
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, batch, llm, log, span
from tests.store.test_commit import rows_of

FAULTS = {
    "UPDATE trace SET cost_nusd = 99": {"cost_nusd"},
    "UPDATE trace SET outcome = 'failed', llm_calls = 7": {"outcome", "llm_calls"},
    "UPDATE usage SET calls = calls + 1": {"ledger"},
    "DELETE FROM usage": {"ledger"},
    "DELETE FROM trace": {"trace"},
    "DELETE FROM span": {"trace", "ledger"},
    "UPDATE span SET counted = NOT counted WHERE kind = 'llm'": {"span 0000000000000002", "span 0000000000000003"},
}


@pytest.fixture
def stored(writing: Engine) -> Engine:
    calls = (llm(n, request_model="gpt-5", cost_nusd=7, cost_source="computed") for n in (2, 3))
    commit(writing, [batch(span(1, tags='["a"]'), *calls)])
    said = batch()
    said.logs = [log(2)]
    commit(writing, [said])
    return writing


def found(engine: Engine) -> list[Difference]:
    return [difference for group in examine(engine, SCOPE) for difference in group.differences]


def test_what_the_writer_wrote_is_right(stored: Engine, reading: Engine) -> None:
    assert found(reading) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_named_and_repaired(stored: Engine, reading: Engine, fault: str) -> None:
    tables = (models.Trace, models.Usage, models.Span)
    before = {table: rows_of(stored, table) for table in tables}
    with stored.begin() as connection:
        connection.execute(text(fault))
    groups = list(examine(reading, SCOPE))
    assert {difference.what for group in groups for difference in group.differences} == FAULTS[fault]
    repair(stored, [key for group in groups for key in group.wrong])
    assert found(reading) == []
    if fault != "DELETE FROM span":
        assert before == {table: rows_of(stored, table) for table in tables}


def test_a_difference_tells_both_sides(stored: Engine, reading: Engine) -> None:
    with stored.begin() as connection:
        connection.execute(text("UPDATE usage SET cost_nusd = NULL"))
    told = Difference("default", TRACE_ID, "ledger", "1 lines, 2 calls, unknown cost", "1 lines, 2 calls, $0.000000")
    assert found(reading) == [told]


def test_sealed_lines_are_left_alone(stored: Engine, reading: Engine) -> None:
    lifetimes = Lifetimes(content_days=30, traces_days=90, ledger_months=0)
    prune(stored, SCOPE, lifetimes, START_NS + 91 * DAY_NS, lambda _: False)
    commit(stored, [batch(llm(2, 1, 1, cost_nusd=100))])
    ledger = rows_of(stored, models.Usage)
    group = next(examine(reading, SCOPE))
    assert (group.sealed, group.differences) == (1, ())
    repair(stored, [("default", TRACE_ID)])
    assert rows_of(stored, models.Usage) == ledger


def test_content_that_went_makes_no_difference(stored: Engine, reading: Engine) -> None:
    lifetimes = Lifetimes(content_days=30, traces_days=90, ledger_months=0)
    prune(stored, SCOPE, lifetimes, START_NS + 31 * DAY_NS, lambda _: False)
    assert found(reading) == []


def test_every_trace_of_the_projects_is_recounted_once(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "TRACES_A_GROUP", 3)
    spans = [span(1, trace_id=f"{n:032x}") for n in range(1, 9)]
    commit(writing, [batch(*spans, replace(spans[0], project_id="other"))])
    assert [group.traces for group in examine(reading, SCOPE)] == [3, 3, 2]
