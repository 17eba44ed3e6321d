from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from collector.errors import BadQuery
from collector.store.commit import commit
from collector.store.filters import USAGE
from collector.store.models import Span
from collector.store.reads.costs import get_costs, list_values
from collector.store.reads.days import DAY_NS, HOUR_NS
from collector.store.reads.dear_runs import list_dear_runs
from collector.store.records import Period
from collector.store.records.costs import CostFilter, CostQuestion, Costs
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, llm, span

NOW = Period(START_NS // DAY_NS * DAY_NS, START_NS // DAY_NS * DAY_NS + 2 * DAY_NS)
BEFORE = NOW.before(2 * DAY_NS)


def question(*by: str, **changes: Any) -> CostQuestion:
    return CostQuestion(**({"now": NOW, "before": BEFORE, "by": by or ("workflow",)} | changes))


def call(number: int, cost_nusd: int | None = 100, days_ago: int = 0, **changes: Any) -> Any:
    """A model call in a trace of its own."""
    trace_id = f"{number:032x}"
    start_s = changes.pop("start_s", number) - days_ago * 86_400
    source = None if cost_nusd is None else "computed"
    changes = {"request_model": "gpt-5", "provider": "openai", "cost_source": source} | changes
    return llm(number, trace_id=trace_id, parent=None, start_s=start_s, cost_nusd=cost_nusd, **changes)


def by_group(costs: Costs) -> dict[tuple[str | None, ...], int]:
    found: dict[tuple[str | None, ...], int] = {}
    for cell in costs.now:
        found[cell.groups] = found.get(cell.groups, 0) + (cell.spend.cost_nusd or 0)
    return found


def test_costs_stand_by_their_groups_beside_the_time_before(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, workflow="a"), call(2, 50, workflow="b"), call(3, 7, days_ago=2, workflow="a"))])
    found = get_costs(reading, SCOPE, question())
    assert by_group(found) == {("a",): 100, ("b",): 50}
    assert [(c.groups, c.spend.cost_nusd) for c in found.before] == [(("a",), 7)]
    assert (found.total_now.cost_nusd, found.total_before.cost_nusd) == (150, 7)
    assert (found.runs_now, found.runs_before) == (2, 1)


def test_unattributed_calls_are_a_group(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, user_id="u"), call(2, 50))])
    assert by_group(get_costs(reading, SCOPE, question("user"))) == {("u",): 100, (None,): 50}


def test_an_unpriced_call_counts_and_costs_nothing_known(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, None))])
    found = get_costs(reading, SCOPE, question("model"))
    assert (found.total_now.calls, found.total_now.unpriced_calls, found.total_now.cost_nusd) == (1, 1, None)


def test_two_dimensions_cross(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, workflow="a", user_id="u"), call(2, 5, workflow="a", user_id="v"))])
    assert by_group(get_costs(reading, SCOPE, question("workflow", "user"))) == {("a", "u"): 100, ("a", "v"): 5}


def test_tags_overlap_and_the_total_does_not(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, tags='["x","y"]'), call(2, 5))])
    found = get_costs(reading, SCOPE, question("tag"))
    assert by_group(found) == {("x",): 100, ("y",): 100, (None,): 5}
    assert found.total_now.cost_nusd == 105


def test_promoted_dimensions_group_and_filter(writing: Engine, reading: Engine) -> None:
    commit(
        writing, [batch(call(1, dimensions='{"team":"Search"}'), call(2, 5), call(3, 9, dimensions='{"tenant":"t"}'))]
    )
    assert by_group(get_costs(reading, SCOPE, question("team"))) == {("Search",): 100, (None,): 14}
    only = question("model", where=(CostFilter("team", ("Search",)),))
    assert get_costs(reading, SCOPE, only).total_now.cost_nusd == 100
    without = question("model", where=(CostFilter("team", (None,)),))
    assert get_costs(reading, SCOPE, without).total_now.cost_nusd == 14


@pytest.mark.parametrize(
    ("dimension", "values", "expected"),
    [
        ("workflow", ("a",), 100),
        ("workflow", ("a", None), 150),
        ("user", (None,), 150),
        ("tag", ("prod",), 100),
        ("tag", (None,), 50),
        ("source", ("computed",), 150),
        ("model", ("nothing",), None),
    ],
)
def test_filters(
    writing: Engine, reading: Engine, dimension: str, values: tuple[str | None, ...], expected: int | None
) -> None:
    commit(writing, [batch(call(1, workflow="a", tags='["prod"]'), call(2, 50))])
    asked = question(where=(CostFilter(dimension, values),))
    # a trace without a workflow is called by its root
    expected = 100 if (dimension, values) == ("workflow", ("a", None)) else expected
    assert get_costs(reading, SCOPE, asked).total_now.cost_nusd == expected


def test_days_begin_where_the_zone_says(writing: Engine, reading: Engine) -> None:
    late = NOW.start_ns + 23 * HOUR_NS + HOUR_NS // 2  # half past eleven in London is tomorrow in Berlin
    commit(writing, [batch(call(1, start_s=(late - START_NS) // 10**9))])
    [utc] = get_costs(reading, SCOPE, question()).steps
    [berlin] = get_costs(reading, SCOPE, question(zone="Europe/Berlin")).steps
    assert utc.start_ns == NOW.start_ns
    assert berlin.start_ns == NOW.start_ns + 23 * HOUR_NS


def test_a_day_of_25_hours_is_one_day(writing: Engine, reading: Engine) -> None:
    zone = ZoneInfo("Europe/Berlin")
    midnight = int(datetime(2026, 10, 25, tzinfo=zone).timestamp()) * 10**9
    calls = [
        call(n, workflow="a", start_s=(midnight + h * HOUR_NS - START_NS) / 10**9)
        for n, h in ((1, 0.5), (2, 24.5), (3, 25.5))
    ]
    commit(writing, [batch(*calls)])
    whole = question(zone="Europe/Berlin", now=Period(midnight - DAY_NS, midnight + 3 * DAY_NS))
    found = get_costs(reading, SCOPE, whole).steps
    assert [(step.start_ns, step.cost_nusd) for step in found] == [(midnight, 200), (midnight + 25 * HOUR_NS, 100)]


def test_the_month_is_that_of_the_zone_and_of_the_filters(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 70, days_ago=5, workflow="a"), call(2, 30, days_ago=3, workflow="b"))])
    asked = question(now=Period(NOW.start_ns, NOW.start_ns + DAY_NS), zone="Asia/Tokyo")
    assert get_costs(reading, SCOPE, asked).month.spent_usd == 100 / 10**9
    only = question(now=asked.now, where=(CostFilter("workflow", ("b",)),))
    month = get_costs(reading, SCOPE, only).month
    assert (month.spent_usd, month.full_days_usd) == (30 / 10**9, (0.0, 0.0))


def test_the_dearest_runs_stand_first(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 5, user_id="u"), call(2, 50), call(3, None))])
    assert [(run.cost_nusd, run.user, run.models) for run in list_dear_runs(reading, SCOPE, question())] == [
        (50, None, ("gpt-5",)),
        (5, "u", ("gpt-5",)),
    ]


def test_values_of_a_dimension_stand_by_their_cost(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(call(1, 5, user_id="u"), call(2, 50, user_id="v"), call(3, 1, tags='["x"]'))])
    assert list_values(reading, SCOPE, NOW, "user") == ("v", "u")
    assert list_values(reading, SCOPE, NOW, "tag") == ("x",)


def test_more_than_two_dimensions_are_refused(reading: Engine) -> None:
    with pytest.raises(BadQuery, match="one or two"):
        get_costs(reading, SCOPE, question("workflow", "model", "user"))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_report_adds_up_to_the_ledger_and_the_ledger_to_counted_spans(
    writing: Engine, reading: Engine, data: st.DataObject
) -> None:
    with writing.begin() as connection:
        for table in ("usage", "trace", "span", "span_payload"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    names = st.sampled_from([None, "a", "b"])
    spans = []
    for number in range(1, data.draw(st.integers(1, 6)) + 1):
        root = span(number * 100, trace_id=f"{number:032x}", parent=None, workflow=data.draw(names))
        spans.append(root)
        for at in range(data.draw(st.integers(0, 3))):
            changes = {"user_id": data.draw(names), "cost_nusd": data.draw(st.sampled_from([None, 0, 3, 1_000]))}
            spans.append(llm(number * 100 + at + 1, parent=number * 100, trace_id=root.trace_id, **changes))
    commit(writing, [batch(*spans)])
    by = data.draw(st.sampled_from([("workflow",), ("user",), ("model", "user"), ("agent", "workflow")]))
    found = get_costs(reading, SCOPE, question(*by))
    with reading.connect() as connection:
        ledger = connection.execute(select(func.sum(USAGE.c.cost_nusd), func.sum(USAGE.c.calls))).one()
        table = Span.__table__  # type: ignore[attr-defined]
        counted = connection.execute(select(func.sum(table.c.cost_nusd)).where(table.c.counted)).scalar_one()
    assert found.total_now.cost_nusd == ledger[0] == counted
    assert sum(cell.spend.cost_nusd or 0 for cell in found.now) == (found.total_now.cost_nusd or 0)
    assert sum(cell.spend.calls for cell in found.now) == found.total_now.calls == (ledger[1] or 0)
    assert sum(step.cost_nusd or 0 for step in found.steps) == (found.total_now.cost_nusd or 0)
