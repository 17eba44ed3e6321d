"""No page reads the spans from end to end: the plan of every question of the benchmark, on SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from collector.query import parse
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer, reading
from collector.store.packing import Bases
from collector.store.reads import calls, covering
from collector.store.reads.contents import PLACE, contents_of
from collector.store.records import TraceFilter
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours
from collector.store.schema import migrate
from tests.benchmarks.reads import questions
from tests.conftest import SCOPE
from tests.store.rows import batch, span
from tests.store.sent import said
from tests.store.test_rolling import LATER_NS, at

QUESTIONS = list(questions(LATER_NS, 30))
_WIDE = re.compile(r"SCAN (span|span_payload|s|o|above_\d)\b(?! USING (COVERING )?INDEX)")
_WHOLE = re.compile(r"SCAN (span|span_payload|trace|usage|score|log_record|search_mark|error_group)\b")
_BY_PROJECT = re.compile(
    r"(?:SCAN|SEARCH) (?:span|s|o|above_\d) USING (?:COVERING )?INDEX (\w+)(?: \(project_id=\?\))?$"
)
OF_FEW = frozenset({"span_by_error", "span_of_agent"})
"""Indexes that hold so few spans that all of a project may be read."""


@pytest.fixture(scope="module", params=["without statistics", "analysed"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'msgtrace.db'}"
    writer, reader = open_writer(url), open_reader(url)
    migrate(writer)
    kinds = ("llm", "tool", "agent", "other")
    spans = [
        at(n / 4, n, kind=kinds[n % 4], tool_name="t", arguments_hash="h", exception_fingerprint="f", user_id="u")
        for n in range(1, 200)
    ]
    commit(writer, [batch(*spans)])
    roll_hours(writer, SCOPE, LATER_NS - 36 * 3_600 * 10**9)
    roll_sums(writer, SCOPE, LATER_NS - 36 * 3_600 * 10**9)
    if request.param == "analysed":
        with writer.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    yield reader
    writer.dispose()
    reader.dispose()


@contextmanager
def explained(engine: Engine) -> Iterator[list[str]]:
    plans: list[str] = []

    def explain(connection: Any, _cursor: object, statement: str, parameters: Any, _: object, is_many: bool) -> None:
        parameters = parameters[0] if is_many else parameters
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            found = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in found)

    event.listen(engine, "after_cursor_execute", explain)
    yield plans
    event.remove(engine, "after_cursor_execute", explain)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_no_page_reads_all_spans(reader: Engine, monkeypatch: pytest.MonkeyPatch, question: Any) -> None:
    monkeypatch.setattr(covering, "MOST_EXACT", -1)
    with explained(reader) as plans:
        question.ask(reader)
    assert plans
    assert [plan for plan in plans if _WIDE.search(plan)] == []
    by_project = {found[1] for plan in plans if (found := _BY_PROJECT.search(plan))}
    assert by_project <= OF_FEW


def test_no_commit_reads_a_whole_table(tmp_path: Path) -> None:
    writer, bases = open_writer(f"sqlite:///{tmp_path / 'msgtrace.db'}"), Bases()
    migrate(writer)
    with explained(writer) as plans:
        for turn in range(3):
            rows = [
                (span(turn * 3 + trace, trace_id=f"{trace:032x}", exception_fingerprint="f"), "words")
                for trace in (1, 2, 3)
            ]
            commit(writer, [said(*rows, bases=bases)], bases=bases)
    assert plans
    assert [plan for plan in plans if _WHOLE.match(plan)] == []
    writer.dispose()


def test_the_content_of_many_spans_is_looked_up(reader: Engine) -> None:
    with reading(reader) as connection:
        places = connection.execute(select(*PLACE).limit(50)).mappings().all()
    with explained(reader) as plans, reading(reader) as connection:
        contents_of(connection, places)
    assert plans
    assert [plan for plan in plans if _WHOLE.match(plan)] == []


@pytest.mark.parametrize("query", ["", "model:gpt-5", "cost>0.5", "tool:t", "-status:error"])
@pytest.mark.parametrize("kind", ["llm", "tool"])
def test_calls_are_counted_through_the_index_of_their_kind(reader: Engine, kind: Any, query: str) -> None:
    with explained(reader) as plans:
        calls.count_calls(reader, SCOPE, TraceFilter(query=parse(query)), kind)
    assert any(f"span_{kind}_calls" in plan or "span_by_tool" in plan for plan in plans), plans
