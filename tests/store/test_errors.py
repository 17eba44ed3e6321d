from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from collector.errors import BadQuery, NotFound
from collector.store import models
from collector.store.commands.errors import set_error_state
from collector.store.commit import commit
from collector.store.models import ErrorGroup
from collector.store.reads.errors import get_error_group, list_error_groups, list_error_runs, list_new_errors
from collector.store.records import Period
from collector.store.rows import SpanRow
from tests.conftest import SCOPE
from tests.store.rows import SECOND_NS, START_NS, batch, span
from tests.store.test_commit import rows_of

DAY_NS = 86_400 * SECOND_NS
NOW_NS = START_NS + 2 * DAY_NS
LAST_DAYS = Period(START_NS - 7 * DAY_NS, NOW_NS)


def failing(number: int, fingerprint: str = "f1", **changes: Any) -> SpanRow:
    exception = {"exceptions": '[{"type": "Timeout", "message": "no answer"}]', "exception_type": "Timeout"}
    return span(number, status="error", exception_fingerprint=fingerprint, **(exception | changes))


def state_of(engine: Engine) -> str:
    return str(rows_of(engine, ErrorGroup)[0]["state"])


@pytest.fixture
def resolved(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database in which error f1 was resolved at second 100."""
    commit(writing, [batch(failing(1))])
    monkeypatch.setattr("time.time_ns", lambda: START_NS + 100 * SECOND_NS)
    set_error_state(writing, "default", "f1", "resolved")
    return writing


def test_equal_errors_are_one_group_with_its_runs_spans_and_workflows(writing: Engine, reading: Engine) -> None:
    other = {"trace_id": "f" * 32, "workflow": "other"}
    commit(writing, [batch(failing(1, workflow="bot"), failing(2), span(3), failing(1, start_s=9, **other))])
    found = list_error_groups(reading, SCOPE, LAST_DAYS)
    (group,) = found.groups
    assert (group.kind, group.type, group.message) == ("exception", "Timeout", "no answer")
    assert (group.runs, group.spans, group.workflows) == (2, 3, (("bot", 1), ("other", 1)))
    assert (group.first_seen_ns, group.last_seen_ns) == (START_NS + SECOND_NS, START_NS + 9 * SECOND_NS)
    assert (group.trace_id, sum(group.trend), found.is_cut) == ("f" * 32, 2, False)


def test_a_status_and_a_returned_error_say_what_they_are(writing: Engine, reading: Engine) -> None:
    commit(
        writing,
        [
            batch(
                span(1, status="error", status_message="500", exception_type="http", exception_fingerprint="f1"),
                span(2, kind="tool", tool_name="stock", returned_error="none left", exception_fingerprint="f2"),
            )
        ],
    )
    groups = {group.fingerprint: group for group in list_error_groups(reading, SCOPE, LAST_DAYS).groups}
    assert (groups["f1"].kind, groups["f1"].type, groups["f1"].message) == ("status", "http", "500")
    assert (groups["f2"].kind, groups["f2"].type, groups["f2"].message) == ("returned", "stock", "none left")


def test_a_resolved_error_that_returns_reopens(resolved: Engine) -> None:
    commit(resolved, [batch(failing(2, start_s=101))])
    assert state_of(resolved) == "reopened"


@pytest.mark.parametrize("late", [failing(2, start_s=99), failing(2, "f2", start_s=101), failing(1)])
def test_a_late_span_another_error_and_the_same_span_again_leave_it_resolved(resolved: Engine, late: SpanRow) -> None:
    commit(resolved, [batch(late)])
    assert state_of(resolved) == "resolved"


def test_what_reopened_an_error_does_not_reopen_it_again(resolved: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    back = failing(2, start_s=101)
    commit(resolved, [batch(back)])
    monkeypatch.setattr("time.time_ns", lambda: START_NS + 200 * SECOND_NS)
    set_error_state(resolved, "default", "f1", "resolved")
    commit(resolved, [batch(copy.deepcopy(back))])
    commit(resolved, [batch(failing(3, start_s=150))])
    assert state_of(resolved) == "resolved"


def test_a_known_error_that_occurs_again_stays_known(writing: Engine) -> None:
    commit(writing, [batch(failing(1))])
    set_error_state(writing, "default", "f1", "known")
    commit(writing, [batch(failing(2, start_s=10_000_000))])
    assert state_of(writing) == "known"


def test_an_error_is_new_for_a_day_unless_somebody_marked_it(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(failing(1, "old"), failing(2, "new", start_s=2 * 86_400 - 60))])

    def states() -> dict[str, str]:
        return {group.fingerprint: group.state for group in list_error_groups(reading, SCOPE, LAST_DAYS).groups}

    assert states() == {"old": "known", "new": "new"}
    set_error_state(writing, "default", "new", "known")
    assert states() == {"old": "known", "new": "known"}


def test_every_change_of_state_is_seen_by_pages(writing: Engine) -> None:
    commit(writing, [batch(failing(1))])
    before = sum(row["version"] for row in rows_of(writing, models.ChangeCounter))
    set_error_state(writing, "default", "f1", "resolved")
    assert sum(row["version"] for row in rows_of(writing, models.ChangeCounter)) == before + 1


def test_a_state_or_an_error_that_does_not_exist_is_refused(writing: Engine, reading: Engine) -> None:
    with pytest.raises(BadQuery):
        set_error_state(writing, "default", "f1", "forgotten")
    with pytest.raises(NotFound):
        set_error_state(writing, "default", "f1", "known")
    with pytest.raises(NotFound):
        get_error_group(reading, SCOPE, "f1", LAST_DAYS)


def test_another_period_or_environment_has_none_of_it_but_it_can_be_opened(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(failing(1, environment="prod"))])
    later = Period(NOW_NS, NOW_NS + DAY_NS)
    assert list_error_groups(reading, SCOPE, LAST_DAYS, "staging").groups == ()
    assert list_error_groups(reading, SCOPE, later).groups == ()
    assert get_error_group(reading, SCOPE, "f1", later).runs == 0
    assert get_error_group(reading, SCOPE, "f1", LAST_DAYS, "prod").runs == 1
    assert list_error_runs(reading, SCOPE, "f1", LAST_DAYS, "staging").newest_span is None


def test_the_newest_runs_of_an_error_come_once_each(writing: Engine, reading: Engine) -> None:
    newer = failing(1, trace_id="f" * 32, start_s=20)
    commit(writing, [batch(failing(1), failing(2), newer, failing(2, trace_id="f" * 32, start_s=21))])
    found = list_error_runs(reading, SCOPE, "f1", LAST_DAYS)
    assert [trace.trace_id for trace in found.traces] == ["f" * 32, failing(1).trace_id]
    assert found.newest_span == ("f" * 32, f"{2:016x}")


def test_new_errors_are_those_first_met_since(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(failing(1, received_ns=100), failing(2, "f2", received_ns=200))])
    commit(writing, [batch(failing(3, received_ns=300))])
    assert [error.fingerprint for error in list_new_errors(reading, SCOPE, 100)] == ["f2"]


def test_a_cut_list_says_so(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(failing(1), failing(2, "f2"))])
    found = list_error_groups(reading, SCOPE, LAST_DAYS, limit=1)
    assert ([group.fingerprint for group in found.groups], found.is_cut) == (["f2"], True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from("ab"), st.sampled_from([None, "f1", "f2"]), st.integers(0, 50)),
        min_size=1,
        max_size=12,
        unique_by=lambda drawn: drawn[:2],
    ),
    chance=st.randoms(use_true_random=False),
    data=st.data(),
)
def test_however_spans_arrive_groups_equal_a_recount(
    writing: Engine,
    reading: Engine,
    spans: list[tuple[int, str, str | None, int]],
    chance: random.Random,
    data: st.DataObject,
) -> None:
    sent = [_drawn(*drawn) for drawn in spans]
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    arriving = sent + data.draw(st.lists(st.sampled_from(sent), max_size=5))
    chance.shuffle(arriving)
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        commit(writing, [batch(*copy.deepcopy(arriving[:size]))])
        arriving = arriving[size:]
    told = {group.fingerprint: group for group in list_error_groups(reading, SCOPE, LAST_DAYS).groups}
    assert told.keys() == {span.exception_fingerprint for span in sent} - {None}
    for fingerprint, group in told.items():
        having = [span for span in sent if span.exception_fingerprint == fingerprint]
        newest = max(having, key=lambda span: (span.start_ns, span.trace_id, span.span_id))
        assert (group.spans, group.runs) == (len(having), len({span.trace_id for span in having}))
        assert (group.first_seen_ns, group.last_seen_ns) == (min(s.start_ns for s in having), newest.start_ns)
        assert (group.trace_id, group.span_id) == (newest.trace_id, newest.span_id)


def _drawn(number: int, trace: str, fingerprint: str | None, start_s: int) -> SpanRow:
    found = {"trace_id": trace * 32, "start_s": start_s}
    return failing(number, fingerprint, **found) if fingerprint else span(number, **found)
