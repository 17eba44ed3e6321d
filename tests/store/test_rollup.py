"""The ledger by the hour: a report says the same with it and without it, whatever comes in which order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, func, select

from collector.store.commit import commit, recount
from collector.store.engine import open_reader, open_writer
from collector.store.filters import USAGE
from collector.store.reads import cost_cells, ledger
from collector.store.reads.costs import get_costs, list_values, sum_spend
from collector.store.reads.days import DAY_NS, HOUR_NS
from collector.store.reads.dear_runs import list_dear_runs
from collector.store.records import Period, Scope
from collector.store.records.costs import LEDGER_DIMENSIONS, CostFilter, CostQuestion, Costs
from collector.store.rollup import HOUR, ROLLED, SETTLED_NS, roll_hours
from collector.store.schema import migrate
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, llm, span

DAY = START_NS // DAY_NS * DAY_NS
NOW = Period(DAY, DAY + 2 * DAY_NS)
BEFORE = NOW.before(2 * DAY_NS)
LATER_NS = NOW.end_ns + SETTLED_NS + HOUR_NS
BY = [*LEDGER_DIMENSIONS, "tag", "team"]


def question(*by: str, **changes: Any) -> CostQuestion:
    return CostQuestion(**({"now": NOW, "before": BEFORE, "by": by or ("workflow",)} | changes))


def call(number: int, hour: float, cost_nusd: int | None = 100, **changes: Any) -> Any:
    start_s = (DAY + hour * HOUR_NS - START_NS) / 10**9
    values: dict[str, Any] = {
        "trace_id": f"{number:032x}",
        "parent": None,
        "start_s": start_s,
        "cost_nusd": cost_nusd,
        "cost_source": None if cost_nusd is None else "computed",
        "request_model": "gpt-5",
    }
    return llm(1, **(values | changes))


@contextmanager
def ledger_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "_gaps", lambda *_: None)
        yield


def told(costs: Costs) -> Any:
    """Without the order that nobody promised."""
    return replace(costs, now=tuple(sorted(costs.now, key=repr)), before=tuple(sorted(costs.before, key=repr)))


def rolled_hours(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(ROLLED)).scalar_one())


@contextmanager
def heard(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "after_cursor_execute", hear)
    yield statements
    event.remove(engine, "after_cursor_execute", hear)


def test_hours_that_are_over_are_read_from_the_roll_up(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 1), call(2, 5), call(3, 40))])
    assert roll_hours(writing, SCOPE, LATER_NS) >= 40
    assert roll_hours(writing, SCOPE, LATER_NS) == 0
    whole = question(now=Period(DAY + HOUR_NS, DAY + 41 * HOUR_NS))
    with heard(reading) as statements:
        assert get_costs(reading, SCOPE, whole).total_now.cost_nusd == 300
    assert not any("FROM usage " in said for said in statements if "usage_hour" in said)


def test_a_late_span_takes_its_hour_out_of_the_roll_up(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 1), call(2, 1), call(3, 5))])
    roll_hours(writing, SCOPE, LATER_NS)
    before = rolled_hours(writing)
    commit(writing, [batch(call(4, 1.5, 7))])
    assert rolled_hours(writing) == before - 1
    assert get_costs(reading, SCOPE, question()).total_now.cost_nusd == 307
    assert roll_hours(writing, SCOPE, LATER_NS) == 1
    assert get_costs(reading, SCOPE, question()).total_now.cost_nusd == 307


def test_a_call_that_moves_to_another_hour_leaves_nothing_behind(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 1, end_s=None), span(2, trace_id=f"{1:032x}"))])
    roll_hours(writing, SCOPE, LATER_NS)
    with writing.begin() as connection:
        table = USAGE.metadata.tables["span"]
        connection.execute(delete(table).where(table.c.kind == "llm"))
    recount(writing, [("default", f"{1:032x}")])
    assert get_costs(reading, SCOPE, question()).total_now.calls == 0


def test_two_that_roll_at_once_agree(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(*(call(n, n / 2) for n in range(1, 60)))])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: roll_hours(writing, SCOPE, LATER_NS), range(2)))
    assert get_costs(reading, SCOPE, question()).total_now.cost_nusd == 5_900


def test_rolling_beside_a_writer_loses_no_span(writing: Engine, reading: Engine) -> None:
    def write() -> None:
        for number in range(1, 40):
            commit(writing, [batch(call(number, number % 5))])

    def roll() -> None:
        for _ in range(15):
            roll_hours(writing, SCOPE, LATER_NS)
            time.sleep(0.005)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(write), pool.submit(roll)]:
            done.result()
    assert get_costs(reading, SCOPE, question()).total_now.calls == 39


def test_days_that_begin_within_an_hour_are_read_from_the_ledger(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 18.25), call(2, 18.75))])
    roll_hours(writing, SCOPE, LATER_NS)
    steps = get_costs(reading, SCOPE, question(zone="Asia/Kolkata")).steps
    assert [step.cost_nusd for step in steps] == [100, 100]


def test_users_beyond_the_dearest_are_one_step(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(*(call(n, 1, n, user_id=f"u{n}") for n in range(1, 9)), call(9, 1, 50))])
    steps = get_costs(reading, SCOPE, question("user")).steps
    assert {step.group: step.cost_nusd for step in steps} == {
        **{f"u{n}": n for n in range(4, 9)},
        "others": 50 + 1 + 2 + 3,
    }


@pytest.mark.parametrize("name", BY)
def test_no_report_reads_a_table_from_end_to_end(sqlite_url: str, name: str) -> None:
    writer, reader = open_writer(sqlite_url), open_reader(sqlite_url)
    migrate(writer)
    commit(writer, [batch(call(1, 1), call(2, 30))])
    roll_hours(writer, SCOPE, DAY + 20 * HOUR_NS)
    plans: list[str] = []

    def explain(connection: Any, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            found = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in found)

    event.listen(reader, "after_cursor_execute", explain)
    for asked in (question(name), question("model", where=(CostFilter(name, ("a",)),))):
        get_costs(reader, SCOPE, asked)
        list_dear_runs(reader, SCOPE, asked)
    tables = ("usage", "usage_hour", "usage_rolled", "trace", "span", "span_payload")
    assert [plan for plan in plans if plan.removeprefix("SCAN ").split()[0] in tables and "SCAN" in plan] == []
    assert not any("span" in plan for plan in plans)
    for engine in (writer, reader):
        engine.dispose()


def test_sessions_beyond_the_dearest_are_one_group(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost_cells, "MOST_GROUPS", 2)
    calls = [call(n, n % 40, n, session_id=f"s{n % 6}") for n in range(1, 19)]
    commit(writing, [batch(*calls, call(50, -30, 9, session_id="s5"), call(51, -30, 7, session_id="gone"))])
    found = get_costs(reading, SCOPE, question("session"))
    assert {cell.groups: cell.spend.cost_nusd for cell in found.now}.keys() == {("s5",), ("s0",), ("others",)}
    for cells, total in ((found.now, found.total_now), (found.before, found.total_before)):
        assert sum(cell.spend.cost_nusd or 0 for cell in cells) == total.cost_nusd
        assert sum(cell.spend.calls for cell in cells) == total.calls
    whole = get_costs(reading, SCOPE, question("session", all_groups=True))
    assert len(whole.now) == 6


NAMES = st.sampled_from([None, "a", "b"])
CALLS = st.builds(
    call,
    st.integers(1, 12),
    st.floats(0, 47.9),
    st.sampled_from([None, 0, 3, 1_000]),
    workflow=NAMES,
    user_id=NAMES,
    request_model=NAMES,
    agent_name=NAMES,
    tags=st.sampled_from([None, '["x"]', '["x","y"]']),
    dimensions=st.sampled_from([None, '{"team":"Search"}']),
    project_id=st.sampled_from(["default", "other"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_report_is_the_same_with_and_without_the_roll_up(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    with writing.begin() as connection:
        for table in ("usage", "trace", "span", "span_payload", HOUR.name, ROLLED.name):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    scope = Scope(("default", "other"))
    for step in data.draw(st.lists(st.one_of(st.lists(CALLS, min_size=1, max_size=4), st.integers(0, 50)), max_size=6)):
        if isinstance(step, int):
            roll_hours(writing, scope, DAY + step * HOUR_NS)
        else:
            commit(writing, [batch(*step)])
    by = data.draw(st.lists(st.sampled_from(BY), min_size=1, max_size=2, unique=True))
    where = data.draw(st.lists(st.builds(CostFilter, st.sampled_from(BY), st.tuples(NAMES)), max_size=1))
    start, end = sorted(data.draw(st.tuples(st.integers(0, 190), st.integers(0, 190))))
    now = Period(DAY + start * HOUR_NS // 4, DAY + (end + 1) * HOUR_NS // 4)
    asked = question(*by, now=now, where=tuple(where), zone=data.draw(st.sampled_from(["UTC", "Europe/Berlin"])))
    found = get_costs(reading, scope, asked)
    with ledger_alone(monkeypatch):
        assert told(found) == told(get_costs(reading, scope, asked))
        values, spent = list_values(reading, scope, now, by[0]), sum_spend(reading, scope, now, by[0], None)
    assert (list_values(reading, scope, now, by[0]), sum_spend(reading, scope, now, by[0], None)) == (values, spent)
    if by != ["tag"] and "tag" not in by:
        assert sum(cell.spend.cost_nusd or 0 for cell in found.now) == (found.total_now.cost_nusd or 0)
    if by[0] != "tag":
        assert sum(step.cost_nusd or 0 for step in found.steps) == (found.total_now.cost_nusd or 0)
