"""Spans packed into payloads: whatever happens on the way, each is read as it was sent."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, update

from collector.store import commit as commit_module
from collector.store import models, packing
from collector.store.batch import Batch
from collector.store.commit import commit
from collector.store.packing import Bases, Packer
from collector.store.payloads import compressor, decompress
from collector.store.reads.payloads import list_payloads, list_without_content
from collector.store.reads.spans import get_span, list_stored
from collector.store.removing import remove_content
from collector.store.rows import ResourceScopeRow, SpanRow
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, span, span_id
from tests.store.test_commit import rows_of

KEY = "default", TRACE_ID


def text_of(number: int, length: int = 3_000) -> bytes:
    """Incompressible by itself."""
    return random.Random(number).randbytes(length)


def sent(contents: dict[int, bytes], bases: Bases | None = None, scope: bytes = b"r") -> Batch:
    """A request with spans of these numbers."""
    packer, rows = Packer(compressor(), bases), []
    for number, content in contents.items():
        row = span(number, content_hash=hash(content).to_bytes(16, signed=True))
        packer.add(row, content, scope)
        rows.append(row)
    return Batch(rows, packer.pieces(), [ResourceScopeRow(resource_scope_id=scope, content=compressor()(b"scope"))], 1)


def read(reading: Engine, numbers: Iterable[int]) -> dict[int, bytes | None]:
    return {number: get_span(reading, SCOPE, TRACE_ID, span_id(number)).span for number in numbers}


def test_the_spans_of_a_request_share_a_payload_and_are_read_one_by_one(writing: Engine, reading: Engine) -> None:
    contents = {1: b"first", 2: b"", 3: b"third"}
    commit(writing, [sent(contents)])
    assert len(rows_of(writing, models.SpanPayload)) == 1
    assert read(reading, contents) == contents
    assert [payload.span for payload in list_payloads(reading, SCOPE, TRACE_ID)] == [b"first", b"", b"third"]


def test_a_large_trace_is_parted(writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PIECE_BYTES", 5_000)
    contents = {number: text_of(number) for number in range(1, 6)}
    commit(writing, [sent(contents)])
    assert len(rows_of(writing, models.SpanPayload)) == 3
    assert read(reading, contents) == contents


def test_what_a_request_repeats_of_the_one_before_is_not_stored_again(writing: Engine, reading: Engine) -> None:
    bases, history = Bases(), b""
    contents = {}
    for number in range(1, 40):
        history += text_of(number, 500)
        contents[number] = history
        commit(writing, [sent({number: history}, bases)], bases=bases)
    stored = rows_of(writing, models.SpanPayload)
    assert sum(len(row["spans"]) for row in stored) < 5 * len(history)
    assert sum(row["base_id"] is None for row in stored) == 3, "chains end, so that the last piece is read fast"
    assert read(reading, contents) == contents


def test_nothing_is_built_upon_what_is_not_committed(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    bases = Bases()
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(commit_module, "note_errors", lambda *_: (_ for _ in ()).throw(MemoryError))
        commit(writing, [sent({1: text_of(1)}, bases)], bases=bases)
    [piece] = sent({2: text_of(1)}, bases).payloads.values()
    assert piece.base_id is None


def test_the_same_request_again_is_never_built_upon_itself(writing: Engine, reading: Engine) -> None:
    bases, contents = Bases(), {1: text_of(1), 2: text_of(2)}
    commit(writing, [sent(contents, bases)], bases=bases)
    with writing.begin() as connection:
        connection.execute(delete(models.Span))
    commit(writing, [sent(contents, bases)], bases=bases)
    assert [row["base_id"] for row in rows_of(writing, models.SpanPayload)] == [None]
    assert read(reading, contents) == contents


def test_a_base_that_was_removed_meanwhile_is_done_without(writing: Engine, reading: Engine) -> None:
    bases = Bases()
    commit(writing, [sent({1: text_of(1)}, bases)], bases=bases)
    with writing.begin() as connection:
        connection.execute(delete(models.SpanPayload))
    contents = {number: text_of(1) + text_of(number) for number in (2, 3)}
    for number, content in contents.items():
        commit(writing, [sent({number: content}, bases)], bases=bases)
    assert sum(row["base_id"] is None for row in rows_of(writing, models.SpanPayload)) == 1
    assert read(reading, [1, 2, 3]) == {1: None, **contents}


def test_pieces_of_another_scope_or_long_ago_are_no_base(monkeypatch: pytest.MonkeyPatch) -> None:
    bases = Bases()
    bases.note(sent({1: text_of(1)}).payloads.values())
    assert [piece.base_id for piece in sent({2: b"x"}, bases, scope=b"s").payloads.values()] == [None]
    assert [piece.base_id for piece in sent({2: b"x"}, bases).payloads.values()] != [None]
    later_s = time.time() + packing.BASE_AGE_S
    monkeypatch.setattr(packing.time, "time", lambda: later_s)  # type: ignore[attr-defined]
    assert [piece.base_id for piece in sent({2: b"x"}, bases).payloads.values()] == [None]


def test_bases_are_forgotten_when_they_become_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_BASES_BYTES", 10_000)
    bases = Bases()
    for scope in (b"a", b"b", b"c"):
        bases.note(sent({1: text_of(1)}, scope=scope).payloads.values())
    found = [bases.get((*KEY, scope)) for scope in (b"a", b"b", b"c")]
    assert [piece is not None for piece in found] == [False, False, True]


def test_content_whose_base_is_gone_is_gone_too(writing: Engine, reading: Engine) -> None:
    bases = Bases()
    for number in (1, 2):
        commit(writing, [sent({number: text_of(1)}, bases)], bases=bases)
    with writing.begin() as connection:
        connection.execute(delete(models.SpanPayload).where(models.SpanPayload.base_id.is_(None)))  # type: ignore[union-attr]
    assert [stored.span for stored in list_stored(reading, SCOPE, TRACE_ID, [span_id(1), span_id(2)])] == [None, None]


def test_retention_takes_payloads_of_many_spans(writing: Engine, reading: Engine) -> None:
    commit(writing, [sent({1: b"first", 2: b"second"})])
    with writing.begin() as connection:
        assert remove_content(connection, {KEY: 2}, 100) == 1
    assert list_payloads(reading, SCOPE, TRACE_ID) == ()
    assert len(list_without_content(reading, SCOPE, TRACE_ID)) == 2


def test_payloads_of_earlier_versions_are_read(writing: Engine, reading: Engine) -> None:
    """They held one span, under its own id, without a dictionary."""
    commit(writing, [sent({1: b"new"})])
    values = {"project_id": "default", "trace_id": TRACE_ID, "payload_id": span_id(1), "resource_scope_id": b"r"}
    old = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(b"as it was")
    with writing.begin() as connection:
        connection.execute(delete(models.SpanPayload))
        connection.execute(insert(models.SpanPayload).values(**values, spans=old))
        connection.execute(update(models.Span).values(payload_id=None, payload_start=None, payload_length=None))
    assert read(reading, [1]) == {1: b"as it was"}
    assert list_without_content(reading, SCOPE, TRACE_ID) == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), chance=st.randoms(use_true_random=False))
def test_however_requests_come_every_span_is_read_as_it_was_sent(
    writing: Engine, reading: Engine, data: st.DataObject, chance: random.Random
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    writers, expected = [Bases(), Bases()], {}
    for _ in range(data.draw(st.integers(1, 6))):
        bases = data.draw(st.sampled_from(writers))
        numbers = data.draw(st.lists(st.integers(1, 8), min_size=1, max_size=4, unique=True))
        repeated = b"".join(value for value in expected.values() if chance.random() < 0.5)
        contents = {n: expected.get(n, repeated + chance.randbytes(chance.randrange(2_000))) for n in numbers}
        request = sent(contents, bases, scope=data.draw(st.sampled_from([b"r", b"s"])))
        for _ in range(data.draw(st.integers(0, 2))):
            commit(writing, [copied(request)], bases=bases)
            expected = contents | expected
    assert read(reading, expected) == expected


def copied(request: Batch) -> Batch:
    return replace(request, spans=[replace(row) for row in request.spans])


def test_a_dictionary_makes_small_payloads_smaller_and_large_ones_do_without() -> None:
    said = b"gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.response.finish_reasons gen_ai.request.model"
    for content in (said, said * 1_000):
        compressed = compressor()(content)
        assert decompress(compressed) == content
        assert bool(zstandard.get_frame_parameters(compressed).dict_id) == (content == said)
    assert len(compressor()(said)) < len(zstandard.compress(said)) - 30


def test_rows_are_told_where_their_content_lies() -> None:
    rows: list[SpanRow] = list(sent({1: b"abc", 2: b"de"}).spans)
    assert [(row.payload_start, row.payload_length) for row in rows] == [(0, 3), (3, 2)]
    assert rows[0].payload_id == rows[1].payload_id
