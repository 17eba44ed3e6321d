from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, true

from collector.errors import NotFound
from collector.store.commit import commit
from collector.store.reads import sessions
from collector.store.reads.sessions import get_session, list_sessions, list_turns, list_user_runs, list_users
from collector.store.records import Period, TraceFilter
from collector.store.rows import SpanRow
from tests.conftest import SCOPE
from tests.store.rows import SECOND_NS, START_NS, batch, llm, span

HOUR = Period(START_NS, START_NS + 3600 * SECOND_NS)


def run(number: int, **changes: Any) -> SpanRow:
    """The only span of a trace that began `number` seconds in."""
    usual = {"session_id": "chat", "user_id": "ana", "workflow": "bot", "start_s": number}
    return span(1, trace_id=f"{number:032x}", **(usual | changes))


@pytest.fixture
def stored(writing: Engine, reading: Engine) -> Engine:
    """Two turns of a chat, one of which failed, a run of somebody else, and one of nobody."""
    paid = {"kind": "llm", "input_tokens": 10, "output_tokens": 5, "cost_nusd": 500_000_000, "cost_source": "computed"}
    others = [run(3, session_id="other", user_id="bo", workflow="rag"), run(4, session_id=None, user_id=None)]
    commit(writing, [batch(run(1, **paid), run(2, status="error", workflow="rag"), *others)])
    return reading


def test_sessions_come_newest_first_with_the_figures_of_their_turns(stored: Engine) -> None:
    other, chat = list_sessions(stored, SCOPE, TraceFilter(period=HOUR))
    assert (other.session_id, chat.session_id) == ("other", "chat")
    assert (chat.turns, chat.failed, chat.user_id, chat.workflows) == (2, 1, "ana", ("bot", "rag"))
    assert (chat.total_tokens, chat.cost_usd) == (15, 0.5)
    assert (chat.first_ns, chat.last_ns) == (START_NS + SECOND_NS, START_NS + 2 * SECOND_NS)
    assert (other.total_tokens, other.cost_usd) == (None, None)


def test_sessions_of_one_user_or_another_period_only(stored: Engine) -> None:
    assert [s.session_id for s in list_sessions(stored, SCOPE, TraceFilter(period=HOUR, user_id="bo"))] == ["other"]
    assert list_sessions(stored, SCOPE, TraceFilter(period=HOUR.before(HOUR.length_ns))) == ()
    assert len(list_sessions(stored, SCOPE, TraceFilter(period=HOUR), limit=1)) == 1


def test_sessions_and_users_are_found_by_a_part_of_their_name(stored: Engine) -> None:
    wanted = TraceFilter(period=HOUR)
    assert [s.session_id for s in list_sessions(stored, SCOPE, wanted, "HA")] == ["chat"]
    assert [s.session_id for s in list_sessions(stored, SCOPE, wanted, "bo")] == ["other"]
    assert [u.user_id for u in list_users(stored, SCOPE, wanted, "an")] == ["ana"]
    assert list_users(stored, SCOPE, wanted, "a%a") == ()


def test_a_session_is_told_whole_with_its_turns_in_order(stored: Engine) -> None:
    assert get_session(stored, SCOPE, "chat").turns == 2
    assert [turn.outcome for turn in list_turns(stored, SCOPE, "chat")] == ["ok", "failed"]
    assert [turn.outcome for turn in list_turns(stored, SCOPE, "chat", newest=1)] == ["failed"]
    with pytest.raises(NotFound):
        get_session(stored, SCOPE, "nowhere")


def test_users_come_newest_first_with_their_runs_and_sessions(stored: Engine) -> None:
    bo, ana = list_users(stored, SCOPE, TraceFilter(period=HOUR))
    assert (bo.user_id, ana.user_id) == ("bo", "ana")
    assert (ana.runs, ana.sessions, ana.failed, ana.cost_usd) == (2, 1, 1, 0.5)


def test_the_runs_of_a_user_come_newest_first(stored: Engine) -> None:
    found = list_user_runs(stored, SCOPE, TraceFilter(period=HOUR, user_id="ana"))
    assert [(run.outcome, run.cost_usd) for run in found] == [("failed", None), ("ok", 0.5)]


def test_a_name_that_no_index_takes_is_cut(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(llm(1, session_id="s" * 5_000, user_id="\N{SNOWMAN}" * 5_000))])
    (found,) = list_users(reading, SCOPE, TraceFilter(period=HOUR))
    assert len(found.user_id) == 256


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 20)), min_size=1, max_size=30),
    limit=st.integers(1, 5),
)
def test_the_newest_are_told_whole_however_many_there_are(
    writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch, said: list[tuple[str, int]], limit: int
) -> None:
    with writing.begin() as connection:
        for table in ("usage", "trace", "span", "span_payload"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    spans = [
        span(1, trace_id=f"{n:032x}", start_s=second, session_id=name, user_id=name.upper())
        for n, (name, second) in enumerate(said, start=1)
    ]
    commit(writing, [batch(*spans)])
    for read in (list_sessions, list_users):
        found = read(reading, SCOPE, TraceFilter(), limit=limit)
        with monkeypatch.context() as patched:
            patched.setattr(sessions, "_newest", lambda *_: true())
            assert found == read(reading, SCOPE, TraceFilter(), limit=limit)
