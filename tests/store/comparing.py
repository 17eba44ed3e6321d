"""What is stored beside what was acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, select

from collector.store import models
from collector.store.reads.doctor import examine
from collector.store.reads.spans import list_stored
from collector.store.records import Scope
from collector.store.rows import LogRow, SpanRow, TraceRow, UsageRow
from collector.store.search_index import mark_for_search
from collector.store.selecting import TraceKey
from tests.store.acknowledged import GROUPED, SUMMED, Acknowledged, as_left, emptied, key_of, without_content
from tests.store.searched import fill
from tests.store.test_commit import rows_in

COMPARED = (
    *(models.Span, models.Trace, models.Usage, models.UsageRolled, models.UsageHour),
    *(models.LogRecord, models.SpanConflict, models.ErrorGroup),
)


class Stored:
    """A store as it is at one moment."""

    def __init__(self, writing: Engine, reading: Engine) -> None:
        self.writing, self.reading = writing, reading
        self._rows: dict[type[Any], list[dict[str, Any]]] = {}

    def rows(self, model: type[Any]) -> list[dict[str, Any]]:
        if not self._rows:
            with self.writing.connect() as connection:  # one transaction instead of eight
                self._rows = {table: rows_in(connection, table) for table in COMPARED}
        return self._rows[model]


def compare_spans(stored_in: Stored, known: Acknowledged) -> None:
    """Also which are counted, but for a trace that is going."""
    expected = [row for key in known.traces() for row in known.recounted(key)[0]]
    expected += [as_left(row) for key in known.going for row in known.spans[key].values()]
    stored = [SpanRow(**row) for row in stored_in.rows(models.Span)]
    assert _ordered(stored, known.going) == _ordered(expected, known.going)


def compare_traces(stored_in: Stored, known: Acknowledged) -> None:
    stored = {(row["project_id"], row["trace_id"]): TraceRow(**row) for row in stored_in.rows(models.Trace)}
    assert stored == {key: known.figures(key)[0] for key in known.traces()}


def compare_ledger(stored_in: Stored, known: Acknowledged) -> None:
    def place(line: UsageRow) -> tuple[str, str, int]:
        return line.project_id, line.trace_id, line.slot

    stored = sorted((UsageRow(**row) for row in stored_in.rows(models.Usage)), key=place)
    assert stored == sorted(known.ledger(), key=place)


def compare_hours(stored_in: Stored, known: Acknowledged) -> None:
    rolled = {(row["project_id"], row["quarter_ns"]) for row in stored_in.rows(models.UsageRolled)}
    names = ("project_id", "quarter_ns", *GROUPED, "dimensions", "tags", *SUMMED)
    stored = Counter(tuple(row[name] for name in names) for row in stored_in.rows(models.UsageHour))
    assert stored == known.hours(rolled)


def compare_logs_conflicts_and_errors(stored_in: Stored, known: Acknowledged) -> None:
    logs = {(key_of(row), row.span_id, row.log_id): row for row in _logs(stored_in)}
    for at, row in known.logs.items():  # one that waits for its span may have been emptied with its trace, or not
        if row.waiting and at in logs and logs[at] == emptied(row):
            known.logs[at] = logs[at]
    assert logs == known.logs
    conflicts = stored_in.rows(models.SpanConflict)
    assert {(key_of(row), row.span_id, row.content_hash) for row in map(_Row, conflicts)} == known.conflicts
    errors = {
        (row["project_id"], row["fingerprint"]): (
            row["first_seen_ns"],
            (row["last_seen_ns"], row["trace_id"], row["span_id"]),
        )
        for row in stored_in.rows(models.ErrorGroup)
    }
    assert errors == known.errors


def compare_contents(stored_in: Stored, known: Acknowledged) -> None:
    stored = {at: content for key in known.traces() for at, content in _contents(stored_in.reading, key, known).items()}
    known.contents |= {at: content for at, content in known.sent_again.items() if stored.get(at) == content}
    assert stored == known.contents


def compare_with_the_doctor(stored_in: Stored, known: Acknowledged) -> None:
    scope = Scope({key[0] for key in (*known.traces(), *known.sealed)})
    assert [difference for group in examine(stored_in.reading, scope) for difference in group.differences] == []


def compare_search(stored_in: Stored) -> None:
    """What filling brought the search index to, bit by bit, with one that is filled anew."""
    fill(stored_in.writing, stored_in.reading)
    held = _searchable(stored_in.writing)
    clear_search(stored_in.writing)
    with stored_in.writing.begin() as connection:
        keys = connection.execute(select(models.Trace.project_id, models.Trace.trace_id)).all()  # type: ignore[call-overload]
        mark_for_search(connection, [(row[0], row[1]) for row in keys])
    fill(stored_in.writing, stored_in.reading)
    assert held == _searchable(stored_in.writing)


def clear_search(engine: Engine) -> None:
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {'search_part' if is_sqlite else 'search_document'}")
        if is_sqlite:
            connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('delete-all')")


def _searchable(engine: Engine) -> set[tuple[str, str, str]]:
    """(project_id, trace_id, word)."""
    query = "SELECT project_id, trace_id, unnest(tsvector_to_array(words)) FROM search_document"
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_word USING fts5vocab(main, search_text, instance)"
            )
            query = "SELECT project_id, trace_id, term FROM search_word JOIN search_part ON number = doc"
        return {(row[0], row[1], row[2]) for row in connection.exec_driver_sql(query)}


ROWS = (compare_spans, compare_traces, compare_ledger, compare_hours, compare_logs_conflicts_and_errors)
READS = (compare_contents, compare_with_the_doctor)


def look_what_went(stored_in: Stored, known: Acknowledged, due: Mapping[TraceKey, bool]) -> None:
    """After a round of retention that was cut off: a part of what was due, and nothing else."""
    there = {(row["project_id"], row["trace_id"]) for row in stored_in.rows(models.Trace)}
    ledger = [UsageRow(**row) for row in stored_in.rows(models.Usage)]
    closed = {(line.project_id, line.trace_id) for line in ledger if line.sealed_tags is not None}
    spans = [SpanRow(**row) for row in stored_in.rows(models.Span)]
    logs = list(_logs(stored_in))
    conflicts = {(row.project_id, row.trace_id, row.span_id) for row in map(_Row, stored_in.rows(models.SpanConflict))}
    for key, is_whole in {**due, **dict.fromkeys(known.going, True)}.items():
        left_spans = {row.span_id: row for row in spans if key_of(row) == key}
        if key not in there:
            assert is_whole
            if not left_spans:
                known.remove(key)
                continue
            if key not in known.going:
                known.seal(key)
            known.going.add(key)
        elif key in closed:
            assert key in known.sealed
        before = known.spans[key]
        known.spans[key] = {span_id: _left(row, before[span_id]) for span_id, row in left_spans.items()}
        assert key not in there or left_spans.keys() == before.keys()
        kept = _contents(stored_in.reading, key, known)
        assert kept.items() <= known.contents.items()
        known.contents = {at: content for at, content in known.contents.items() if at[0] != key or at in kept}
        left = {(key, row.span_id, row.log_id): row for row in logs if key_of(row) == key}
        assert left.keys() <= known.logs.keys()
        known.logs = {at: left.get(at, row) for at, row in known.logs.items() if at[0] != key or at in left}
        known.conflicts = {at for at in known.conflicts if at[0] != key or (*key, at[1]) in conflicts}
    for key in [key for key in known.sealed if key not in there]:
        known.sealed[key] = [line for line in known.sealed[key] if line in ledger]
        if not known.sealed[key]:
            del known.sealed[key]


def _logs(stored_in: Stored) -> Iterator[LogRow]:
    return (LogRow(**row) for row in stored_in.rows(models.LogRecord))


def _left(stored: SpanRow, before: SpanRow) -> SpanRow:
    assert _undecided(stored) in (_undecided(as_left(before)), _undecided(without_content(as_left(before))))
    return stored


def _undecided(row: SpanRow) -> SpanRow:
    return replace(row, counted=False, excluded_by=None, excluded_reason=None)


def _contents(engine: Engine, key: TraceKey, known: Acknowledged) -> dict[tuple[TraceKey, str], bytes]:
    found = list_stored(engine, Scope((key[0],)), key[1], sorted(known.spans[key]))
    return {(key, one.record.span_id): one.span for one in found if one.span is not None}


def _ordered(rows: Iterable[SpanRow], going: Collection[TraceKey]) -> list[SpanRow]:
    shown = (_undecided(row) if key_of(row) in going else row for row in rows)
    return sorted(shown, key=lambda row: (row.project_id, row.trace_id, row.span_id))


class _Row:
    """A row whose columns are attributes."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.__dict__.update(columns)
