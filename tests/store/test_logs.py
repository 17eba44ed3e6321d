from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from collector.store import models
from collector.store.batch import Batch, WriteResult
from collector.store.commit import commit
from collector.store.dialect import lock_traces
from collector.store.engine import open_writer
from collector.store.logs import MAX_WAIT_NS, with_logs
from collector.store.reads.spans import get_span, list_spans
from collector.store.records import Scope
from collector.store.rows import LogRow, SpanRow
from collector.store.schema import migrate
from tests.store.rows import START_NS, TRACE_ID, batch, llm, log, span, span_id

SCOPE = Scope(("default",))
EXCEPTION = '[{"type": "RateLimitError", "message": "slow down"}]'


def logs(*rows: LogRow) -> Batch:
    return Batch(logs=rows)


def trace_of(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return dict(connection.execute(select(models.Trace.__table__)).mappings().one())


def waiting(engine: Engine) -> list[str]:
    table = models.LogRecord.__table__
    with engine.connect() as connection:
        query = select(table.c.input_preview).where(table.c.waiting).order_by(table.c.received_ns)
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize("logs_first", [True, False])
def test_a_log_record_joins_its_span_in_either_order(writing: Engine, logs_first: bool) -> None:
    requests = [logs(log(2, "hi")), batch(span(1), llm(2))]
    for request in requests if logs_first else reversed(requests):
        commit(writing, [request])
    assert trace_of(writing)["input_preview"] == "hi"
    assert waiting(writing) == []


def test_the_same_record_twice_is_one(writing: Engine) -> None:
    commit(writing, [batch(llm(1)), logs(log(1), log(1))])
    again = commit(writing, [logs(log(1))])[0]
    assert (again.stored, again.duplicates, again.joined) == (0, 1, 0)


def test_a_batch_says_what_joined_and_what_waits(writing: Engine) -> None:
    first = commit(writing, [logs(log(1), log(9))])[0]
    assert (first.stored, first.joined) == (2, 0)
    assert commit(writing, [batch(span(1))])[0].joined == 1
    assert len(waiting(writing)) == 1


def test_a_waiting_record_changes_nothing_that_can_be_seen(writing: Engine) -> None:
    commit(writing, [logs(log(1))])
    with writing.connect() as connection:
        assert connection.execute(select(models.ChangeCounter.__table__)).all() == []
        assert connection.execute(select(models.Trace.__table__)).all() == []


def test_of_too_many_waiting_records_the_oldest_are_dropped_and_counted(writing: Engine) -> None:
    rows = [log(9, f"{n}", received_ns=START_NS + n) for n in range(5)]
    joined = log(1, "joined", received_ns=START_NS - 1)
    results = commit(writing, [batch(span(1)), logs(joined), logs(*rows)], max_waiting_logs=2)
    assert sum(result.dropped for result in results) == 3
    assert waiting(writing) == ["3", "4"]


def test_a_record_waits_for_a_day_at_most(writing: Engine) -> None:
    commit(writing, [logs(log(8, "old"), log(9, "newer", received_ns=START_NS + 2))])
    result = commit(writing, [logs(log(9, "now", received_ns=START_NS + MAX_WAIT_NS + 1))])[0]
    assert result.dropped == 1
    assert waiting(writing) == ["newer", "now"]


@pytest.mark.postgres
def test_a_waiting_record_whose_trace_another_writer_is_at_is_not_dropped(postgres_url: str) -> None:
    engine = open_writer(postgres_url)
    migrate(engine)
    commit(
        engine, [logs(log(1, "its span is coming"), log(1, "nobody's", trace_id="e" * 32, received_ns=START_NS + 1))]
    )
    with engine.begin() as other:
        lock_traces(other, [("default", TRACE_ID)])
        result = commit(engine, [logs(log(1, "new", trace_id="f" * 32, received_ns=START_NS + 2))], max_waiting_logs=1)
        assert result[0].dropped == 1
        assert waiting(engine) == ["its span is coming", "new"]
    engine.dispose()


def test_a_record_of_another_project_or_trace_does_not_join(writing: Engine) -> None:
    commit(writing, [batch(llm(1)), logs(log(1, project_id="other"), log(1, trace_id="f" * 32))])
    assert trace_of(writing)["input_preview"] is None
    assert len(waiting(writing)) == 2


def test_what_a_span_says_itself_wins() -> None:
    said = llm(1, input_preview="its own")
    completed = with_logs([said], [log(1, "logged", output_preview="answer")])[0]
    assert (completed.input_preview, completed.output_preview) == ("its own", "answer")
    assert said.output_preview is None


def test_the_last_thing_said_is_the_preview_however_the_records_came() -> None:
    records = [log(1, "first", time_s=1), log(1, "last", time_s=2)]
    for given in (records, records[::-1]):
        assert with_logs([llm(1)], given)[0].input_preview == "last"


def test_a_logged_exception_explains_a_failure(writing: Engine, reading: Engine) -> None:
    failed = llm(1, status="error", exception_type="RateLimitError")
    commit(writing, [batch(failed), logs(log(1, exceptions=EXCEPTION))])
    assert trace_of(writing)["error"] == "RateLimitError: slow down"
    note = list_spans(reading, SCOPE, TRACE_ID)[0].exceptions[0]
    assert (note.type, note.message) == ("RateLimitError", "slow down")


def test_a_span_is_read_with_its_records_in_order(writing: Engine, reading: Engine) -> None:
    commit(writing, [logs(log(1, "b", time_s=2), log(1, "a", time_s=1)), batch(llm(1))])
    assert get_span(reading, SCOPE, TRACE_ID, span_id(1)).logs == (b"a", b"b")


def test_halves_of_a_batch_are_smaller_and_whole_together() -> None:
    whole = replace(batch(span(1), span(2)), logs=[log(1), log(2), log(3)])
    parts = whole.halves()
    assert [part.row_count for part in parts] == [2, 3]
    assert [row for part in parts for row in (*part.spans, *part.logs)] == [*whole.spans, *whole.logs]
    assert all(part.payloads == whole.payloads for part in parts)


def test_results_add_up() -> None:
    total = WriteResult(stored=1, rejected=["x"])
    total.add(WriteResult(stored=2, joined=1, rejected=["y"]))
    assert total == WriteResult(stored=3, joined=1, rejected=["x", "y"])


def test_a_stored_span_row_stays_as_it_was_sent(writing: Engine) -> None:
    sent = llm(1)
    commit(writing, [batch(sent), logs(log(1, "hi", exceptions=EXCEPTION))])
    with writing.connect() as connection:
        stored = SpanRow(**connection.execute(select(models.Span.__table__)).mappings().one())
    assert (stored.input_preview, stored.exceptions) == (None, None)
