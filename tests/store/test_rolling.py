"""Sums by the hour and day: every page says the same with them and without, whatever comes in which order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from collector.store import rolling
from collector.store.commit import commit, recompute, recount
from collector.store.histograms import ERROR
from collector.store.reads import agents, covering, errors, loops, overview
from collector.store.reads.days import DAY_NS, HOUR_NS
from collector.store.reads.doctor_sums import examine_sums
from collector.store.records import Period, Scope
from collector.store.removing import remove_traces
from collector.store.rolling import KEPT_NS, SETTLED_NS, STRETCH, forget_sums, roll_sums
from collector.store.rows import SpanRow
from collector.store.sums import FINE_NS
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, span

DAY = START_NS // DAY_NS * DAY_NS
BOTH = Scope(("default", "other"))
LATER_NS = DAY + 4 * DAY_NS
TABLES = ("rolled_sum", "rolled_stretch", "rolled_loop", "usage", "trace", "span", "span_payload", "error_group")


def at(hour: float, trace: int = 1, number: int = 1, **changes: Any) -> SpanRow:
    """A span of a second that begins so many hours into the day."""
    start_ns = DAY + int(hour * HOUR_NS)
    values: dict[str, Any] = {"trace_id": f"{trace:032x}", "start_ns": start_ns, "end_ns": start_ns + 10**9}
    return span(number, **(values | changes))


def pages(engine: Engine, scope: Scope, period: Period, environment: str | None = None) -> tuple[Any, ...]:
    return (
        overview.get_overview(engine, scope, period, environment=environment),
        agents.get_agent_report(engine, scope, period, environment),
        errors.list_error_groups(engine, scope, period, environment),
    )


@contextmanager
def rolled(monkeypatch: pytest.MonkeyPatch, *, are_used: bool) -> Iterator[None]:
    with monkeypatch.context() as patched:
        if are_used:
            patched.setattr(covering, "MOST_EXACT", -1)
        else:
            patched.setattr(covering, "_rolled", lambda *_: {})
            patched.setattr(loops, "_rolled", lambda *_: ())
        yield


def agree(one: Any, other: Any, where: str = "") -> None:
    """Percentiles may be as far apart as histograms are wrong."""
    if is_dataclass(one) and not isinstance(one, type):
        agree(asdict(one), asdict(other), where)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            agree(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for number, pair in enumerate(zip(one, other, strict=True)):
            agree(*pair, f"{where}[{number}]")
    elif one is not None and other is not None and where.endswith(("p50_ms", "p95_ms", "_usd")):
        assert one == pytest.approx(other, rel=1e-9 if where.endswith("_usd") else ERROR + 1e-6), where
    else:
        assert one == other, where


def stretches(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(STRETCH)).scalar_one())


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"DELETE FROM {table}")


def test_what_is_over_is_rolled_once(writing: Engine) -> None:
    commit(writing, [batch(at(1.5)), batch(at(30, 2))])
    now_ns = DAY + 31 * HOUR_NS + SETTLED_NS[HOUR_NS]
    assert roll_sums(writing, SCOPE, now_ns) == 31
    assert roll_sums(writing, SCOPE, now_ns) == 0


def test_a_late_span_takes_its_hour_and_day_out_and_no_other(writing: Engine) -> None:
    commit(writing, [batch(at(0), at(49, 2))])
    roll_sums(writing, SCOPE, LATER_NS)
    before = stretches(writing)
    commit(writing, [batch(at(5, 3))])
    assert stretches(writing) == before - 2
    assert roll_sums(writing, SCOPE, LATER_NS) == 1
    assert stretches(writing) == before


def rolled_of(engine: Engine, step_ns: int) -> list[float]:
    """When they begin, in hours of the day."""
    begun = select(STRETCH.c.start_ns).where(STRETCH.c.step_ns == step_ns, STRETCH.c.counting.is_(None))
    with engine.connect() as connection:
        return [(ns - DAY) / HOUR_NS for ns in connection.execute(begun.order_by(STRETCH.c.start_ns)).scalars()]


def test_the_running_hour_is_rolled_by_five_minutes(writing: Engine) -> None:
    commit(writing, [batch(at(5.01), at(5.4, 2))])
    now_ns = DAY + int(5.25 * HOUR_NS) + SETTLED_NS[FINE_NS]
    roll_sums(writing, SCOPE, now_ns)
    assert rolled_of(writing, FINE_NS) == [5, 5 + 1 / 12, 5 + 2 / 12]
    commit(writing, [batch(at(5.1, 3))])
    assert rolled_of(writing, FINE_NS) == [5, 5 + 2 / 12]


def test_an_hour_is_made_of_its_five_minutes_and_outlives_them(writing: Engine, reading: Engine) -> None:
    failing = {"status": "error", "exception_fingerprint": "f"}
    calls = [
        at(hour, number=n, kind="tool", tool_name="t", arguments_hash="h") for n, hour in ((2, 5), (3, 5.2), (4, 5.9))
    ]
    commit(writing, [batch(*calls, at(5.3, 2, **failing), at(5.8, 2, number=2, **failing))])
    roll_sums(writing, SCOPE, DAY + int(5.7 * HOUR_NS))
    commit(writing, [batch(at(5.21, 3, kind="tool", tool_name="t"))])
    roll_sums(writing, SCOPE, DAY + int(6.3 * HOUR_NS))
    assert (len(rolled_of(writing, FINE_NS)), rolled_of(writing, HOUR_NS)[-1]) == (15, 5)
    assert list(examine_sums(reading, SCOPE)) == []
    roll_sums(writing, SCOPE, DAY + 9 * HOUR_NS + KEPT_NS)
    assert min(rolled_of(writing, FINE_NS)) >= 9
    assert list(examine_sums(reading, SCOPE)) == []


def test_what_changes_while_it_is_counted_is_not_rolled(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(writing, [batch(at(5))])
    count, late = rolling._count, [at(5.1, 2)]

    def counting(connection: Connection, project_id: str, step_ns: int, start_ns: int) -> Iterator[Any]:
        yield from count(connection, project_id, step_ns, start_ns)
        if late:
            commit(writing, [batch(late.pop())])

    with monkeypatch.context() as patched:
        patched.setattr(rolling, "_count", counting)
        patched.setattr(rolling, "_MOST_A_TURN", 1)
        roll_sums(writing, SCOPE, DAY + int(5.2 * HOUR_NS))
    assert rolled_of(writing, FINE_NS) == [5]
    roll_sums(writing, SCOPE, DAY + int(5.2 * HOUR_NS))
    assert rolled_of(writing, FINE_NS) == [5, 5 + 1 / 12]
    assert list(examine_sums(reading, SCOPE)) == []


def test_what_comes_now_forgets_nothing(writing: Engine) -> None:
    commit(writing, [batch(at(0), at(30, 2))])
    roll_sums(writing, SCOPE, DAY + 31 * HOUR_NS)
    before = stretches(writing)
    commit(writing, [batch(at(32, 3))])
    assert stretches(writing) == before


def test_a_trace_that_grows_forgets_the_hour_it_began_in(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(writing, [batch(at(1))])
    roll_sums(writing, SCOPE, LATER_NS)
    commit(writing, [batch(at(3, number=2, status="error"))])
    with rolled(monkeypatch, are_used=True):
        home = overview.get_overview(reading, SCOPE, Period(DAY, DAY + DAY_NS))
    assert (home.now.runs, home.now.recovered) == (1, 1)


def test_a_run_whose_error_lies_in_two_hours_has_it_once(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = {"status": "error", "exception_fingerprint": "f"}
    commit(writing, [batch(at(1, **failing), at(2.5, number=2, **failing)), batch(at(1.2, 2, **failing))])
    roll_sums(writing, SCOPE, LATER_NS)
    with rolled(monkeypatch, are_used=True):
        (found,) = errors.list_error_groups(reading, SCOPE, Period(DAY, DAY + DAY_NS)).groups
    assert (found.runs, found.spans, sum(found.trend)) == (2, 3, 3)


def test_a_loop_of_two_hours_is_found_where_it_is_rolled(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [
        at(hour, number=n, kind="tool", tool_name="t", arguments_hash="h") for n, hour in ((2, 1), (3, 1.1), (4, 2))
    ]
    commit(writing, [batch(at(0.9, kind="agent", agent_name="scout"), *calls)])
    roll_sums(writing, SCOPE, LATER_NS)
    with rolled(monkeypatch, are_used=True):
        (loop,) = agents.get_agent_report(reading, SCOPE, Period(DAY, DAY + DAY_NS)).loops
        assert agents.get_agent_report(reading, SCOPE, Period(DAY, DAY + 2 * HOUR_NS)).loops == ()
    assert (loop.calls, loop.agent_name, loop.start_ns) == (3, "scout", DAY + 2 * HOUR_NS)


def test_rolling_beside_writers_loses_nothing(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(first: int) -> None:
        for number in range(first, 40, 2):
            commit(writing, [batch(at(number % 5, number, kind="agent", agent_name="a"))])

    def roll() -> None:
        for _ in range(12):
            roll_sums(writing, SCOPE, LATER_NS)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(write, 1), pool.submit(write, 2), pool.submit(roll)]:
            done.result()
    with rolled(monkeypatch, are_used=True):
        home, work, _ = pages(reading, SCOPE, Period(DAY, DAY + DAY_NS))
    assert (home.now.runs, work.agents[0].now.count) == (39, 39)
    assert list(examine_sums(reading, SCOPE)) == []


NAMES = st.sampled_from([None, "a", "b"])
SPANS = st.builds(
    at,
    st.floats(0, 29.9),
    st.integers(1, 6),
    st.integers(1, 12),
    kind=st.sampled_from(["tool", "tool", "agent", "llm", "other"]),
    status=st.sampled_from(["ok", "ok", "error"]),
    pending=st.sampled_from([False, False, True]),
    tool_name=NAMES,
    agent_name=NAMES,
    workflow=NAMES,
    environment=st.sampled_from(["prod", "prod", "test", None]),
    arguments_hash=st.sampled_from([None, "h"]),
    returned_error=st.sampled_from([None, None, "no"]),
    exception_fingerprint=st.sampled_from([None, "f", "g"]),
    request_model=NAMES,
    input_tokens=st.sampled_from([None, 3]),
    cost_nusd=st.sampled_from([None, 5, 1_000]),
    project_id=st.sampled_from(["default", "default", "other"]),
)
STEPS = st.lists(
    st.one_of(
        st.lists(SPANS, min_size=1, max_size=8),
        st.tuples(st.just("roll"), st.integers(2, 31)),
        st.tuples(st.sampled_from(["remove", "reprice", "recount", "forget"]), st.integers(1, 6)),
    ),
    max_size=7,
)


def take(engine: Engine, step: Any) -> None:
    if isinstance(step, list):
        unlike = {(row.project_id, row.trace_id, row.span_id): row for row in step}
        commit(engine, [batch(*unlike.values())])
        return
    name, number = step
    key = ("default", f"{number:032x}")
    if name == "roll":
        roll_sums(engine, BOTH, DAY + number * HOUR_NS)
    elif name == "remove":
        with engine.begin() as connection:
            remove_traces(connection, [key], 5)
    elif name == "reprice":
        recompute(engine, [key], _dearer)
    elif name == "recount":
        recount(engine, [key])
    else:
        with engine.begin() as connection:
            _touch(connection)
            forget_sums(connection, {("default", DAY + number * HOUR_NS)})


def _touch(connection: Connection) -> None:
    """As a writer would, before it forgets."""
    connection.exec_driver_sql("UPDATE trace SET revision = revision - 1")


def _dearer(spans: Any) -> Any:
    for row in spans:
        row.cost_nusd = (row.cost_nusd or 0) + 7
    return spans


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    hours=st.tuples(st.floats(0, 28), st.floats(0.1, 31)),
    environment=st.sampled_from([None, None, "prod"]),
)
def test_every_page_says_the_same_with_and_without_what_is_rolled(
    writing: Engine,
    reading: Engine,
    monkeypatch: pytest.MonkeyPatch,
    steps: list[Any],
    hours: tuple[float, float],
    environment: str | None,
) -> None:
    empty(writing)
    for step in steps:
        take(writing, step)
    start_ns = DAY + int(hours[0] * 60) * HOUR_NS // 60
    period = Period(start_ns, start_ns + max(1, int(hours[1] * 60)) * HOUR_NS // 60)
    for asked in (period, Period(DAY, DAY + 30 * HOUR_NS)):
        with rolled(monkeypatch, are_used=True):
            found = pages(reading, BOTH, asked, environment)
        with rolled(monkeypatch, are_used=False):
            agree(found, pages(reading, BOTH, asked, environment))
    assert list(examine_sums(reading, BOTH)) == []
