"""What is rolled up is held against its rows, and made anew where it is wrong."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from collector.store.commands.doctor import forget_wrong
from collector.store.commit import commit
from collector.store.reads.doctor_sums import examine_sums
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours
from tests.conftest import SCOPE
from tests.store.rows import batch
from tests.store.test_rolling import LATER_NS, at, stretches

FAULTS = {
    "UPDATE rolled_sum SET calls = calls + 1 WHERE topic = 'runs' AND step_ns = 3600000000000": {"hour", "day"},
    "UPDATE rolled_sum SET cost_nusd = 1 WHERE step_ns = 86400000000000": {"day"},
    "DELETE FROM rolled_sum WHERE topic = 'error'": {"hour"},
    "DELETE FROM rolled_loop": {"hour"},
    "UPDATE usage_hour SET calls = calls + 1": {"ledger"},
    "UPDATE usage_hour SET quarter_ns = quarter_ns + 3600000000000": {"ledger"},
}


@pytest.fixture
def stored(writing: Engine) -> Engine:
    calls = [at(1, number=n, kind="tool", tool_name="t", arguments_hash="h") for n in (2, 3, 4)]
    failed = at(5, 2, kind="llm", status="error", exception_fingerprint="f", input_tokens=1, cost_nusd=3)
    commit(writing, [batch(at(1), *calls, failed)])
    roll_hours(writing, SCOPE, LATER_NS)
    roll_sums(writing, SCOPE, LATER_NS)
    return writing


def test_what_was_rolled_is_right(stored: Engine, reading: Engine) -> None:
    assert list(examine_sums(reading, SCOPE)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_sum_is_found_and_made_anew(stored: Engine, reading: Engine, fault: str) -> None:
    before = stretches(stored)
    with stored.begin() as connection:
        connection.execute(text(fault))
    wrong = list(examine_sums(reading, SCOPE))
    assert {found.what for found in wrong} == FAULTS[fault]
    forget_wrong(stored, wrong)
    assert list(examine_sums(reading, SCOPE)) == []
    roll_hours(stored, SCOPE, LATER_NS)
    roll_sums(stored, SCOPE, LATER_NS)
    assert (list(examine_sums(reading, SCOPE)), stretches(stored)) == ([], before)
