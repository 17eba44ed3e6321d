"""Full-text search: what the index finds, and that it follows whatever becomes of the spans."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from sqlalchemy import Engine, text

from collector.errors import SearchUnfinished, StoreUnavailable
from collector.query import parse
from collector.store import engine, search_fill, search_index, search_look
from collector.store.batch import Batch
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.lease import RETENTION, end_lease, hold_lease
from collector.store.packing import Bases
from collector.store.payloads import compressor
from collector.store.reads.calls import list_calls
from collector.store.reads.traces import count_traces, list_traces
from collector.store.records import Scope, TraceFilter
from collector.store.retention import DAY_NS, prune
from collector.store.schema import migrate
from collector.store.search_fill import fill_search, renew_search
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, log, span_id
from tests.store.searched import LIFETIMES, at_once, calls, fill, saying, traces
from tests.store.sent import said

OTHER = "b" * 32


@pytest.fixture
def reader(writing: Engine, database_url: str) -> Iterator[Engine]:
    engine = open_reader(database_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("parcel", True),
        ("PARCEL", True),
        ("parc", False),
        ("parc*", True),
        ("*arcel", False),
        ('"lost parcel"', True),
        ('"parcel lost"', False),
        ('"lost par*"', True),
        ('"ost parcel"', False),
        ("lost parcel", True),
        ("parcel lost", True),
        ("parcel found", False),
        ("-parcel", False),
        ("-bicycle", True),
        ('"café creme"', True),
        ("CAFE", True),
        ("Crème", True),
        ("東京", True),
        ("Straße", True),
        ("order_81", True),
        ("order-81", True),
        ("81", True),
        ("lost*parcel", True),
        ("line", True),
        ("naïve", True),
    ],
)
def test_words_are_found_in_what_a_span_says(writing: Engine, reader: Engine, query: str, is_found: bool) -> None:
    words = '[{"content": "The lost parcel, order_81\\nline “café crème” in 東京 Straße na\\u00efve"}]'
    commit(writing, [said(saying(1, words), saying(2, "nothing of it"))])
    assert fill(writing, reader) == 2
    assert traces(reader, query) == ({TRACE_ID} if is_found else set())
    if not query.startswith("-"):
        assert calls(reader, query) == ({span_id(1)} if is_found else set())


@pytest.mark.parametrize(
    "hostile",
    [
        '"a\\"b"', "NEAR(a,b)", '"words:x"', "a AND b", '"^a"', "a + b", "{a}", '"a**"', "'--", '"a\' | b"', "&|!",
        '"a <-> b"', '"a:*"', '"%"', "𞤀*", '"a\u0301b"', '"\u0966"', "()", "* *", "\ufb01", "\u0130", "a\u200bb",
    ],
)  # fmt: skip
def test_nothing_that_is_typed_becomes_syntax_of_the_index(writing: Engine, reader: Engine, hostile: str) -> None:
    commit(writing, [said(saying(1, "one of many words"))])
    fill(writing, reader)
    quoted = hostile if hostile.startswith('"') else f'"{hostile}"'
    for query in (quoted, f"-{quoted}"):
        traces(reader, query)
        calls(reader, query)
    assert traces(reader, f"{quoted} -zebra many") <= {TRACE_ID}


def test_all_words_of_a_text_in_quotes_stand_in_one_span(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "lost and"), saying(2, "found again"))])
    fill(writing, reader)
    assert traces(reader, '"and found"') == set()
    assert traces(reader, "and found") == {TRACE_ID}
    assert calls(reader, "and found") == set()


def test_it_joins_with_all_other_conditions(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "parcel", workflow="a"), saying(1, "parcel", workflow="b", trace_id=OTHER))])
    fill(writing, reader)
    assert traces(reader, "parcel") == {TRACE_ID, OTHER}
    assert traces(reader, "parcel workflow:b") == {OTHER}
    assert traces(reader, "span(kind:llm parcel) -workflow:b") == {TRACE_ID}
    assert traces(reader, "span(kind:tool parcel)") == set()


def test_no_project_sees_into_another(writing: Engine, reader: Engine) -> None:
    both = [said(saying(1, words, project_id=project)) for project, words in (("default", "ours"), ("b", "theirs"))]
    commit(writing, both)
    fill(writing, reader)
    assert traces(reader, "theirs") == set()
    assert traces(reader, "theirs", Scope(("b",))) == {TRACE_ID}
    assert traces(reader, "ours", Scope(("b",))) == set()


def test_what_came_just_now_is_found_by_its_row(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "x", name="parcel tracker"))])
    assert traces(reader, "parcel") == {TRACE_ID}
    assert calls(reader, "tracker") == {span_id(1)}
    assert traces(reader, "-parcel") == set()


def test_a_late_span_and_a_late_log_record_are_found(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "early"))])
    assert fill(writing, reader) == 1
    commit(writing, [said(saying(2, "late"))])
    assert fill(writing, reader) == 1
    record = LogRecord(body=AnyValue(string_value="logged")).SerializeToString()
    commit(writing, [Batch(logs=[log(2, record=compressor()(record))])])
    fill(writing, reader)
    for word, number in (("early", 1), ("late", 2), ("logged", 2)):
        assert traces(reader, word) == {TRACE_ID}
        assert calls(reader, word) == {span_id(number)}
    assert fill(writing, reader) == 0


def test_a_replaced_span_says_only_what_it_says_now(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "draft", end_s=None), saying(2, "second"))])
    fill(writing, reader)
    commit(writing, [said(saying(1, "final"))])
    fill(writing, reader)
    assert [bool(traces(reader, word)) for word in ("draft", "final", "second")] == [False, True, True]


def test_removed_content_is_found_no_more_but_names_are(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "secret words", name="parcel tracker"))])
    fill(writing, reader)
    prune(writing, SCOPE, LIFETIMES, START_NS + 31 * DAY_NS, at_once)
    assert (traces(reader, "secret"), calls(reader, "secret")) == (set(), set())
    fill(writing, reader)
    assert (traces(reader, "secret"), traces(reader, "tracker")) == (set(), {TRACE_ID})
    assert calls(reader, '"parcel tracker"') == {span_id(1)}


def test_a_removed_trace_leaves_nothing_behind(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "parcel"))])
    fill(writing, reader)
    prune(writing, SCOPE, LIFETIMES, START_NS + 91 * DAY_NS, at_once)
    fill(writing, reader)
    assert held(writing) == (0, 0)
    commit(writing, [said(saying(1, "bicycle"))])
    fill(writing, reader)
    assert (traces(reader, "parcel"), traces(reader, "bicycle")) == (set(), {TRACE_ID})


def held(engine: Engine) -> tuple[int, int]:
    """Marks, and rows that say of whom the index holds something."""
    name = "search_part" if engine.dialect.name == "sqlite" else "search_document"
    with engine.connect() as connection:
        marks, rows = (
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ("search_mark", name)
        )
    return marks, rows


def test_a_long_trace_is_taken_in_over_several_turns(writing: Engine, reader: Engine) -> None:
    numbers = range(1, 2_601)
    commit(writing, [said(*(saying(number, f"word{number}") for number in numbers))])
    assert fill(writing, reader) == len(numbers)
    assert held(writing)[0] == 0
    for number in (1, 700, 2_600):
        assert calls(reader, f"word{number}") == {span_id(number)}


def test_a_change_between_reading_and_writing_keeps_its_mark(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "early"))])
    rests = count()

    def meanwhile(_seconds: float) -> bool:
        if not next(rests):
            commit(writing, [said(saying(2, "late"))])
        return False

    fill_search(writing, reader, meanwhile)
    assert (held(writing)[0], traces(reader, "late")) == (0, {TRACE_ID})


def test_it_gives_way_to_retention_on_sqlite_but_not_for_ever(
    writing: Engine, reader: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(writing, [said(saying(1, "parcel"))])
    with writing.begin() as connection:
        hold_lease(connection, RETENTION, "a round")
    is_one_file = writing.dialect.name == "sqlite"
    assert fill(writing, reader) == (0 if is_one_file else 1)
    assert traces(reader, "span") == {TRACE_ID}
    monkeypatch.setattr(search_fill, "GIVES_WAY_NS", 0)
    assert fill(writing, reader) == (1 if is_one_file else 0)
    commit(writing, [said(saying(2, "late"))])
    monkeypatch.undo()
    with writing.begin() as connection:
        end_lease(connection, RETENTION, "a round")
    assert fill(writing, reader) == 1


def test_one_process_fills_at_a_time(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "parcel"))])
    with writing.begin() as connection:
        hold_lease(connection, "search", "another")
    with pytest.raises(StoreUnavailable, match="another process does the search"):
        fill(writing, reader)
    assert traces(reader, "span") == {TRACE_ID}


def test_a_search_that_ran_out_of_time_goes_on_where_it_stopped(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_writer(sqlite_url)
    migrate(writer)
    reader = open_reader(sqlite_url)
    traces_said = [saying(1, "the lost parcel", trace_id=f"{number:032x}", start_s=number) for number in range(4)]
    sent = [said(one) for one in traces_said]
    commit(writer, sent)
    fill(writer, reader)
    clock = count()
    monkeypatch.setattr(search_look, "monotonic", lambda: next(clock))
    monkeypatch.setattr(engine, "monotonic", lambda: next(clock))
    monkeypatch.setattr(engine, "READ_DEADLINE_MS", 2_000)
    wanted = TraceFilter(query=parse('"lost parcel"'))
    page = list_traces(reader, SCOPE, wanted)
    assert 0 < len(page.traces) < 4
    assert page.is_unfinished
    rest = list_traces(reader, SCOPE, wanted, cursor=page.next_cursor)
    assert (len(page.traces) + len(rest.traces), rest.is_unfinished, rest.next_cursor) == (4, False, None)
    page = list_traces(reader, SCOPE, wanted)
    assert (len(page.traces), page.is_unfinished, page.next_cursor) == (4, False, None)
    wanted = TraceFilter(query=parse('"the lost"'))
    counts = count_traces(reader, SCOPE, wanted)
    assert 0 < counts.total < 4
    assert counts.is_capped
    counts = count_traces(reader, SCOPE, wanted)
    assert (counts.total, counts.is_capped) == (4, False)
    with pytest.raises(SearchUnfinished, match="3 more runs"):
        list_traces(reader, SCOPE, TraceFilter(query=parse('"the parcel"')))
    listed = list_calls(reader, SCOPE, TraceFilter(query=parse('"the lost par*"')), "llm")
    assert 0 < len(listed.calls) < 4
    assert listed.is_unfinished
    wanted = TraceFilter(query=parse('"lost par*"'))
    by_workflow = list_traces(reader, SCOPE, wanted, sort="-workflow", shows_part=True)
    assert 0 < len(by_workflow.traces) < 4
    assert (by_workflow.is_unfinished, by_workflow.next_cursor) == (True, None)
    calls = list_calls(
        reader, SCOPE, TraceFilter(query=parse('"the lost parc*"')), "llm", sort="cost_usd", shows_part=True
    )
    assert 0 < len(calls.calls) < 4
    assert (calls.is_unfinished, calls.next_cursor) == (True, None)
    with pytest.raises(SearchUnfinished):
        list_traces(reader, SCOPE, TraceFilter(query=parse('"the lost parce*"')), sort="-workflow")
    for denied in ('-"the los*"', 'span(kind:llm -"the lost p*")'):  # who has not been looked through may say it
        with pytest.raises(SearchUnfinished):
            list_traces(reader, SCOPE, TraceFilter(query=parse(denied)), sort="-workflow", shows_part=True)
    for opened in (reader, writer):
        opened.dispose()


def test_a_verdict_ends_with_the_trace_that_it_is_about(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "lost parcel"))])
    fill(writing, reader)
    assert traces(reader, '"lost parcel"') == {TRACE_ID}
    assert traces(reader, '"parcel found"') == set()
    commit(writing, [said(saying(2, "parcel found"))])
    fill(writing, reader)
    assert (traces(reader, '"lost parcel"'), traces(reader, '"parcel found"')) == ({TRACE_ID}, {TRACE_ID})
    prune(writing, SCOPE, LIFETIMES, START_NS + 31 * DAY_NS, at_once)
    assert (traces(reader, '"lost parcel"'), traces(reader, '"parcel found"')) == (set(), set())


def test_what_was_packed_against_earlier_requests_is_found(writing: Engine, reader: Engine) -> None:
    bases = Bases()
    for number, words in enumerate(("first come", "then second come", "third come at last"), 1):
        commit(writing, [said(saying(number, words * 20), bases=bases)], bases=bases)
        if number == 2:
            fill(writing, reader)
    fill(writing, reader)
    for query, number in (("first", 1), ('"then second"', 2), ('"third come"', 3)):
        assert traces(reader, query) == {TRACE_ID}
        assert calls(reader, query) == {span_id(number)}
    assert calls(reader, '"come at last"') == {span_id(3)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_the_index_equals_one_filled_from_scratch(writing: Engine, reader: Engine, chance: random.Random) -> None:
    words = ("one", "two", "three", "four")
    with writing.begin() as connection:
        for table in ("span", "span_payload", "trace", "log_record", "usage", "span_conflict", "retention_mark"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE search_mark SET marked_ns = marked_ns + 1"))
    bases = Bases()
    for day in range(chance.randint(1, 8)):
        match chance.choice(("send", "send", "unfinished", "log", "prune", "fill")):
            case "send" | "unfinished" as what:
                end_s = None if what == "unfinished" else 9
                trace_id = chance.choice((TRACE_ID, OTHER))
                received_ns = START_NS + chance.randint(0, 80) * DAY_NS
                commit(
                    writing,
                    [
                        said(
                            saying(
                                chance.randint(1, 3), chance.choice(words), trace_id=trace_id, end_s=end_s,
                                received_ns=received_ns,
                            ),
                            bases=bases,
                        )
                    ],
                    bases=bases,
                )  # fmt: skip
            case "log":
                record = LogRecord(body=AnyValue(string_value=chance.choice(words))).SerializeToString()
                number = chance.randint(1, 3)
                commit(writing, [Batch(logs=[log(number, str(day), record=compressor()(record))])])
            case "prune":
                prune(writing, SCOPE, LIFETIMES, START_NS + chance.randint(31, 130) * DAY_NS, at_once)
            case "fill":
                fill(writing, reader)
    fill(writing, reader)
    before = {word: (traces(reader, word), calls(reader, word)) for word in words}
    with writing.begin() as connection:
        name = "search_part" if writing.dialect.name == "sqlite" else "search_document"
        connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("INSERT INTO search_mark SELECT project_id, trace_id, 1 FROM trace"))
    fill(writing, reader)
    assert before == {word: (traces(reader, word), calls(reader, word)) for word in words}


def test_an_index_that_cannot_forget_is_begun_anew_when_most_of_it_is_dead(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_writer(sqlite_url)
    migrate(writer)
    reader = open_reader(sqlite_url)
    with writer.begin() as connection:
        connection.execute(text("DROP TABLE search_text"))
        connection.execute(
            text("CREATE VIRTUAL TABLE search_text USING fts5(words, content='', detail=none, tokenize='ascii')")
        )
    monkeypatch.setattr(search_index, "_LEAST_DEAD", 1)
    sent = [said(saying(1, "parcel", trace_id=f"{number:032x}", received_ns=START_NS)) for number in range(8)]
    commit(writer, [*sent, said(saying(1, "bicycle", received_ns=START_NS + 90 * DAY_NS))])
    fill(writer, reader)
    assert not renew_search(writer, reader, at_once)
    prune(writer, SCOPE, LIFETIMES, START_NS + 91 * DAY_NS, at_once)
    fill(writer, reader)
    assert renew_search(writer, reader, at_once)
    with reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM search_text_docsize")).scalar_one() == 0
    fill(writer, reader)
    assert not renew_search(writer, reader, at_once)
    assert (traces(reader, "parcel"), traces(reader, "bicycle")) == (set(), {TRACE_ID})
    for opened in (reader, writer):
        opened.dispose()


def test_an_index_that_forgets_is_never_begun_anew(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "parcel"))])
    fill(writing, reader)
    assert not renew_search(writing, reader, at_once)
