"""The search index in a running collector."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from collector import searching
from collector.searching import Searching, rest_s
from collector.store.commands.doctor import search_again
from collector.store.commit import commit
from collector.store.lease import LEASE_NS
from collector.store.reads.search import examine_search, get_search_progress
from collector.store.records import Scope
from collector.store.search_fill import fill_search
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, batch, span


def at_once(_seconds: float) -> bool:
    return False


def wait_until_nothing_waits(engine: Engine) -> None:
    until = time.monotonic() + 20
    while get_search_progress(engine, SCOPE).waiting and time.monotonic() < until:
        time.sleep(0.02)


def test_what_is_received_is_taken_in_by_itself(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "GATHER_S", 0.01)
    before_ns = time.time_ns()
    commit(writing, [batch(span(1), span(2))])
    waiting = get_search_progress(reading, SCOPE)
    assert waiting.waiting == 1
    assert before_ns <= (waiting.oldest_waiting_ns or 0) <= time.time_ns()
    assert get_search_progress(reading, Scope(("another",))).waiting == 0
    filling = Searching(writing, reading)
    filling.start()
    wait_until_nothing_waits(reading)
    filling.stop()
    done = get_search_progress(reading, SCOPE)
    assert (done.waiting, done.oldest_waiting_ns) == (0, None)


def test_it_sleeps_until_something_is_stored(writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: SimpleQueue[int] = SimpleQueue()

    def noted(*parts: Any) -> int:
        filled.put(spans := fill_search(*parts))
        return spans

    monkeypatch.setattr(searching, "GATHER_S", 0.01)
    monkeypatch.setattr(searching, "fill_search", noted)
    filling = Searching(writing, reading)
    filling.start()
    assert filled.get(timeout=20) == 0
    commit(writing, [batch(span(1))])
    filling.wake()
    assert filled.get(timeout=20) == 1
    filling.stop()
    assert filled.qsize() <= 1  # of the end


def test_it_gives_way_while_spans_wait_but_not_for_ever(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Event()

    def is_busy() -> bool:
        asked.set()
        return True

    monkeypatch.setattr(searching, "GATHER_S", 0.01)
    commit(writing, [batch(span(1))])
    filling = Searching(writing, reading, is_busy)
    filling.start()
    wait_until_nothing_waits(reading)
    assert asked.wait(20)
    filling.stop()
    assert get_search_progress(reading, SCOPE).waiting == 0


@pytest.mark.parametrize(("busy", "least_s"), [(True, 0.3), (False, 0.0)])
def test_it_takes_nothing_while_a_burst_lasts(monkeypatch: pytest.MonkeyPatch, busy: bool, least_s: float) -> None:
    rests: SimpleQueue[float] = SimpleQueue()

    def fill(_writer: Engine, _reader: Engine, rest: Callable[[float], bool]) -> int:
        begun_s = time.monotonic()
        rest(0.0)
        rests.put(time.monotonic() - begun_s)
        return 0

    monkeypatch.setattr(searching, "GATHER_S", 0.01)
    monkeypatch.setattr(searching, "BURST_S", least_s or 3_600.0)
    monkeypatch.setattr(searching, "fill_search", fill)
    engine = create_engine("sqlite://")
    filling = Searching(engine, engine, lambda: busy)
    filling.start()
    assert rests.get(timeout=20) >= least_s
    filling.stop()


@pytest.mark.parametrize(("load", "share"), [(0.0, 1.0), (0.4, 0.6), (0.95, 0.1), (1.7, 0.1)])
def test_it_takes_what_receiving_leaves_of_a_core_and_a_tenth_at_least(load: float, share: float) -> None:
    assert 0.2 / (0.2 + rest_s(0.2, load)) == pytest.approx(share)


def test_a_rest_after_a_long_turn_ends_before_its_lease_does() -> None:
    assert rest_s(60.0, 1.0) <= LEASE_NS / 10**9 / 2


def test_a_fault_ends_nothing(writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter([ValueError("a fault")])

    def once_faulty(*parts: object) -> int:
        for fault in faults:
            raise fault
        return fill_search(writing, reading, at_once)

    for name in ("GATHER_S", "AFTER_A_FAULT_S"):
        monkeypatch.setattr(searching, name, 0.01)
    monkeypatch.setattr(searching, "fill_search", once_faulty)
    commit(writing, [batch(span(1))])
    filling = Searching(writing, reading)
    filling.start()
    wait_until_nothing_waits(reading)
    filling.stop()
    assert get_search_progress(reading, SCOPE).waiting == 0


def test_a_recount_finds_what_the_index_lacks_and_has_it_taken_in(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), span(2))])
    assert [found for group in examine_search(reading, SCOPE) for found in group] == []
    fill_search(writing, reading, at_once)
    assert [found for group in examine_search(reading, SCOPE) for found in group] == []
    table = "search_part" if writing.dialect.name == "sqlite" else "search_document"
    with writing.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))
    differences = [found for group in examine_search(reading, SCOPE) for found in group]
    assert [(found.trace_id, found.stored, found.recounted) for found in differences] == [
        (TRACE_ID, "0 spans", "2 spans")
    ]
    search_again(writing, [(found.project_id, found.trace_id) for found in differences])
    assert fill_search(writing, reading, at_once) == 2
    assert [found for group in examine_search(reading, SCOPE) for found in group] == []
