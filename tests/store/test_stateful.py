"""Whatever comes, comes again, changes, goes and fails halfway: the store holds what it acknowledged, and all that is
computed from it equals a recount."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, event

from collector.store import lease, models, packing, settling, turns
from collector.store.batch import Batch
from collector.store.commands.marks import star
from collector.store.commit import commit, recompute, recount
from collector.store.long_traces import LongTraces
from collector.store.packing import Bases, Packer
from collector.store.payloads import compressor
from collector.store.reads.retention import preview_prune
from collector.store.records import Lifetimes, Scope
from collector.store.removing import remove_traces
from collector.store.retention import DAY_NS, prune
from collector.store.rollup import HOUR_NS, roll_hours
from collector.store.rows import LogRow, ResourceScopeRow, SpanRow
from tests.store.acknowledged import Acknowledged, content_of, raise_costs
from tests.store.comparing import READS, ROWS, Stored, clear_search, compare_search, look_what_went
from tests.store.crashes import Crash, Crashed, crashing
from tests.store.drawn import spans_of
from tests.store.rows import START_NS, log
from tests.store.searched import fill

RUNS = 300
"""More with `--hypothesis-profile thorough`."""
KEYS = (("default", "a" * 32), ("default", "b" * 32), ("other", "a" * 32))
SCOPE = Scope(("default", "other"))

REQUEST = {"kind": "llm", "start_s": 1, "end_s": 2, "pending": False, "status": "ok", "output_preview": None}
REQUEST |= {"scope": "a", "request_model": "m", **dict.fromkeys(["input_tokens", "output_tokens", "cost_nusd"])}
MOMENT = REQUEST | {"start_s": 9, "end_s": 9, "output_tokens": 5, "output_preview": "said"}
"""A streamed call that comes as two spans."""

keys = st.sampled_from(KEYS[:1] * 3 + KEYS)
writers = st.sampled_from([0, 0, 0, 1, 2])
crashes = st.none() | st.builds(
    Crash, st.sampled_from(["before a statement"] * 3 + ["before a commit", "after a commit"]), st.integers(0, 30)
)
hits = (
    st.none()
    | st.builds(Crash, st.just("before a statement"), st.integers(1, 16))
    | st.builds(Crash, st.sampled_from(["before a commit", "after a commit"]), st.just(0))
)


@st.composite
def spans(draw: st.DrawFn) -> SpanRow:
    """Any of eight spans of a few traces: so some come again with another content."""
    project_id, trace_id = draw(keys)
    number = draw(st.integers(1, 8))
    fingerprint = draw(st.sampled_from([None, None, "f", "g"]))
    streamed = draw(st.sampled_from([{}, {}, {}, REQUEST, MOMENT]))
    parent = 1 if streamed else draw(st.sampled_from([None, 1, 1, 2, 3, 9]))
    changes = {"project_id": project_id, "trace_id": trace_id, "exception_fingerprint": fingerprint}
    return draw(spans_of(number, parent, **changes, **streamed))


class Writer:
    """What one process remembers."""

    def __init__(self) -> None:
        self.remembered, self.bases = LongTraces(), Bases()


class Store(RuleBasedStateMachine):
    def __init__(self, writing: Engine, reading: Engine) -> None:
        super().__init__()
        self.engine, self.reading = writing, reading
        self.now_ns = START_NS
        self.known = Acknowledged()
        self.writers = [Writer(), Writer()]
        self.sent: list[SpanRow | LogRow] = []
        self.checked = 0
        with writing.begin() as connection:
            for table in models.metadata.tables.values():
                connection.execute(delete(table))
        clear_search(writing)

    @initialize(new=st.lists(spans(), min_size=4, max_size=8))
    def begin(self, new: list[SpanRow]) -> None:
        self.send(new, 0, None, True)

    @rule(new=st.lists(spans(), min_size=2, max_size=6), writer=writers, crash=hits, is_one=st.booleans())
    def send(self, new: list[SpanRow], writer: int, crash: Crash | None, is_one: bool) -> None:
        self.sent += new
        self._commit([new] if is_one else [[row] for row in new], writer, crash)

    @rule(key=keys, number=st.integers(1, 6), said=st.sampled_from("xy"), writer=writers, crash=hits)
    def send_log(self, key: tuple[str, str], number: int, said: str, writer: int, crash: Crash | None) -> None:
        row = log(number, said, project_id=key[0], trace_id=key[1])
        self.sent.append(row)
        self._commit([[row]], writer, crash)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), writer=writers, crash=hits)
    def send_again(self, data: st.DataObject, writer: int, crash: Crash | None) -> None:
        self._commit([data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=5))], writer, crash)

    def _commit(self, requests: list[list[SpanRow | LogRow]], number: int, crash: Crash | None) -> None:
        """Writer 2 is a process that begins only now."""
        writer = self.writers[number] if number < 2 else Writer()
        now = [[self._received(row) for row in rows] for rows in requests]
        batches = [_packed(rows, writer.bases) for rows in now]
        again = copy.deepcopy(now)
        for is_last in (False, True):
            with crashing(self.engine, None if is_last else crash) as done:
                try:
                    commit(self.engine, batches, remembered=writer.remembered, bases=writer.bases)
                except Crashed:
                    if crash and crash.number % 2 and number < 2:  # the process is another one now
                        self.writers[number] = Writer()
            if done:
                for rows in again:
                    sent, logs = _by_kind(rows)
                    self.known.take(sent, logs, {row.content_hash: content_of(row) for row in sent})
            if done or (crash and crash.number % 3):
                break
        self.check()

    def _received(self, row: SpanRow | LogRow) -> SpanRow | LogRow:
        row = copy.deepcopy(row)
        row.received_ns = self.now_ns
        return row

    @rule(days=st.sampled_from([1 / 24, 2, 29]))
    def wait(self, days: float) -> None:
        self.now_ns += int(days * DAY_NS) + 1
        for writer in self.writers:  # it builds upon nothing that is older than half an hour
            writer.bases = Bases()

    @rule(
        days=st.sampled_from([0, 31, 31, 61, 91, 200, 800]),
        keep_failed=st.sampled_from([1.0, 2.0]),
        months=st.sampled_from([0, 25]),
        is_all=st.booleans(),
        crash=crashes,
    )
    def prune_after(self, days: float, keep_failed: float, months: int, is_all: bool, crash: Crash | None) -> None:
        self.wait(days)
        scope = SCOPE if is_all else Scope(("default",))
        lifetimes = Lifetimes(content_days=30, traces_days=90, ledger_months=months, keep_failed=keep_failed)
        due = self.known.due(scope, lifetimes, self.now_ns)
        told = preview_prune(self.reading, scope, lifetimes, self.now_ns)
        try:
            with crashing(self.engine, crash):
                done = prune(self.engine, scope, lifetimes, self.now_ns, lambda _: False)
        except Crashed:
            look_what_went(Stored(self.engine, self.reading), self.known, due)
            with self.engine.begin() as connection:
                connection.execute(delete(lease.LEASE))  # two minutes later
        else:
            assert (told.traces, told.spans) == (done.traces, done.spans)
            self.known.prune(scope, lifetimes, self.now_ns)
        self.check()

    @precondition(lambda self: any(self.known.traces()))
    @rule(data=st.data(), crash=hits)
    def delete(self, data: st.DataObject, crash: Crash | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.known.traces())))
        try:
            with crashing(self.engine, crash) as done, self.engine.begin() as connection:
                assert remove_traces(connection, [key], 1_000) == 1
        except Crashed:
            pass
        if done:
            self.known.remove(key)
        self.check()

    @precondition(lambda self: any(self.known.traces()))
    @rule(data=st.data(), crash=hits, is_same=st.booleans())
    def reprice(self, data: st.DataObject, crash: Crash | None, is_same: bool) -> None:
        """Or, with the same prices, only count again."""
        key = data.draw(st.sampled_from(sorted(self.known.traces())))
        try:
            with crashing(self.engine, crash) as done:
                if is_same:
                    recount(self.engine, [key])
                else:
                    recompute(self.engine, [key], raise_costs)
        except Crashed:
            pass
        if done and is_same:
            self.known.recount(key)
        elif done:
            self.known.reprice(key)
        self.check()

    @precondition(lambda self: any(self.known.traces()))
    @rule(data=st.data())
    def star(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.known.traces())))
        star(self.engine, key, True)
        self.known.starred.add(key)

    @rule(crash=crashes, hours=st.integers(0, 3))
    def roll(self, crash: Crash | None, hours: int) -> None:
        try:
            with crashing(self.engine, crash):
                roll_hours(self.engine, SCOPE, START_NS + (hours + 1) * HOUR_NS)
        except Crashed:
            pass
        self.check()

    @rule(crash=hits)
    def fill_search(self, crash: Crash | None) -> None:
        try:
            with crashing(self.engine, crash):
                fill(self.engine, self.reading)
        except Crashed:
            with self.engine.begin() as connection:
                connection.execute(delete(lease.LEASE))  # two minutes later
        self.check()

    def check(self, *, is_last: bool = False) -> None:
        """The rows after every step, and now and then what is read one by one: that takes most of the time."""
        self.checked += 1
        stored = Stored(self.engine, self.reading)
        with self.known.held_still():
            for compare in (*ROWS, *(READS if is_last or self.checked % 4 == 0 else ())):
                compare(stored, self.known)

    def teardown(self) -> None:
        self.check(is_last=True)
        if self.checked % 2:  # every other run is enough
            compare_search(Stored(self.engine, self.reading))


@pytest.fixture(autouse=True)
def everything_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces are long, payloads parted and turns short, with a handful of spans."""
    monkeypatch.setattr(settling, "LONG", 2)
    monkeypatch.setattr(packing, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(turns, "_FIRST", 2)
    monkeypatch.setattr(turns, "_MOST", 4)
    monkeypatch.setattr(turns, "CALM_GOAL_S", 1_000.0)  # else a run that is repeated may be cut off elsewhere


@pytest.fixture
def fast(writing: Engine) -> Engine:
    """Nothing here depends on what survives a power cut."""

    def hurry(connection: Any, _record: object) -> None:
        off = "PRAGMA synchronous = OFF" if writing.dialect.name == "sqlite" else "SET synchronous_commit = off"
        connection.cursor().execute(off).close()

    writing.dispose()
    event.listen(writing, "connect", hurry)
    return writing


def test_the_store_is_what_it_acknowledged(fast: Engine, reading: Engine) -> None:
    runs = max(RUNS, settings().max_examples)
    given = settings(max_examples=runs, stateful_step_count=10, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(lambda: Store(fast, reading), settings=given)


def _packed(rows: Sequence[SpanRow | LogRow], bases: Bases) -> Batch:
    sent, logs = _by_kind(rows)
    packer = Packer(compressor(), bases)
    for row in sent:
        packer.add(row, content_of(row), b"r")
    scope = ResourceScopeRow(resource_scope_id=b"r", content=compressor()(b"scope"))
    return Batch(sent, packer.pieces(), [scope], 100, logs)


def _by_kind(rows: Sequence[SpanRow | LogRow]) -> tuple[list[SpanRow], list[LogRow]]:
    return [row for row in rows if isinstance(row, SpanRow)], [row for row in rows if isinstance(row, LogRow)]
