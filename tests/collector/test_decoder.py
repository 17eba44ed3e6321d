"""Requests that are read in a process of their own, which may end at any time: what is stored is the same."""

from __future__ import annotations

import io
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple
from itertools import count
from pathlib import Path
from threading import Event
from types import NoneType
from typing import Any, get_args, get_type_hints

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import Engine

from collector import decoder, decoding
from collector.decoder import DecoderProcess, Lost, OtherCode, Question
from collector.decoding import Decoding
from collector.dimensions import parse_dimensions
from collector.errors import DecodeError, MsgtraceError, StoreUnavailable, TooLarge
from collector.pricing import price_span
from collector.reading import Reading
from collector.store.reads.spans import get_span
from collector.store.rows import SpanRow
from collector.store.writer import SpanWriter
from tests.collector.otlp_requests import TRACE_ID, body, json_request, json_span, proto_span
from tests.conftest import SCOPE
from tests.servers import wait_for

WAIT_S = 20
COLUMNS = get_type_hints(SpanRow)


@pytest.fixture(scope="module")
def process() -> Iterator[DecoderProcess]:
    process = DecoderProcess()
    yield process
    process.end()


@pytest.fixture
def writer(writing: Engine) -> Iterator[SpanWriter]:
    writer = SpanWriter(writing)
    writer.start()
    yield writer
    writer.stop(WAIT_S)


def question(content: bytes, **changes: Any) -> Question:
    return Question(content, "protobuf", "default", 100)._replace(**changes)


def said(answer: Reading | MsgtraceError | None) -> dict[str, Any]:
    """All but when it was received."""
    assert isinstance(answer, Reading)
    spans = [{**asdict(span), "received_ns": None} for span in answer.spans]
    contents = {key: (piece.read(), piece.length, piece.resource_scope_id) for key, piece in answer.pieces.items()}
    return {
        "spans": spans,
        "contents": contents,
        "scopes": answer.resource_scopes,
        "rejected": answer.rejected,
        "scores": [[score.name for score in scores] for scores in answer.event_scores.values()],
    }


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Often the same value, as rows of one request have it in many a column."""
    return st.one_of(st.none() if NoneType in get_args(hint) else st.just(hint()), st.from_type(hint))


def scored() -> bytes:
    event = {"gen_ai.evaluation.name": "helpful", "gen_ai.evaluation.score.value": 0.5}
    span = proto_span(1, attributes={"gen_ai.usage.input_tokens": 7, "team": "red"})
    added = span.events.add(name="gen_ai.evaluation.result", time_unix_nano=span.start_time_unix_nano)
    for key, value in event.items():
        pair = added.attributes.add(key=key)
        if isinstance(value, str):
            pair.value.string_value = value
        else:
            pair.value.double_value = value
    return body(span, proto_span(2, trace_id=b"short"))


@pytest.mark.parametrize(
    "asked",
    [
        question(scored(), dimensions=parse_dimensions("team=team")),
        question(orjson.dumps(json_request(json_span(1), json_span(2))), encoding="json"),
        question(b""),
    ],
    ids=["protobuf", "json", "empty"],
)
def test_the_process_reads_what_this_one_does(process: DecoderProcess, asked: Question) -> None:
    (answer,) = process.ask([asked])
    assert said(answer) == said(asked.read())


@given(rows=st.lists(st.builds(SpanRow, **{name: of_type(hint) for name, hint in COLUMNS.items()}), max_size=4))
@settings(max_examples=40)
def test_every_column_comes_through_whatever_its_value(rows: list[SpanRow]) -> None:
    frame = pickle.dumps(decoder._packed(Reading(rows, {}, {}, [])))
    assert list(map(astuple, decoder._unpacked(pickle.loads(frame)).spans)) == list(map(astuple, rows))


def test_bad_requests_cost_their_neighbours_nothing(process: DecoderProcess) -> None:
    good = question(body(proto_span(1)))
    many = question(body(*(proto_span(number) for number in range(1, 5))), max_spans=3)
    answers = process.ask([question(b"\xff\xff"), good, many])
    assert [type(answer) for answer in answers] == [DecodeError, Reading, TooLarge]
    assert str(answers[2]) == "more than 3 spans in one request: send smaller batches"


def test_threads_that_ask_at_once_hear_their_own_answers(process: DecoderProcess) -> None:
    names = [f"span {number} " + "x" * 100_000 for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda name: process.ask([question(body(proto_span(1, name=name)))]), names))
    assert [said(answer)["spans"][0]["name"].split()[1] for (answer,) in heard] == [str(number) for number in range(40)]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_process_that_is_killed_is_lost() -> None:
    process = DecoderProcess()
    os.kill(process.pid, signal.SIGINT)  # Ctrl-C reaches it too, and is not for it
    assert process.ask([question(b"")])
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(Lost):
        process.ask([question(b"")])
    process.end()


def test_a_process_that_does_not_start_is_told_and_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "_MAIN", "raise SystemExit(1)")
    with pytest.raises(Lost) as lost:
        DecoderProcess()
    assert lost.type is Lost


def test_a_process_that_does_not_say_its_code_is_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of a version before it was asked."""
    monkeypatch.setattr(decoder, "_MAIN", "import sys; sys.stdout.write(chr(0) * 8)")
    with pytest.raises(OtherCode):
        DecoderProcess()


@pytest.fixture
def replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, from which the next process is started."""
    package = tmp_path / "collector"
    shutil.copytree(Path(decoder.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(decoder, "_ROOT", tmp_path)
    return package


def test_a_process_of_the_same_code_is_taken_wherever_its_files_lie(replaced: Path) -> None:
    (replaced / "cli.py").write_text("what does not read requests may change")
    process = DecoderProcess()
    asked = question(scored())
    assert said(process.ask([asked])[0]) == said(asked.read())
    process.end()


def test_a_process_of_other_code_is_told_and_requests_are_read_here(
    replaced: Path, writer: SpanWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = replaced / "store" / "rows.py"
    rows.write_text(rows.read_text().replace("    project_id: str\n", "    project_id: str\n    new: int = 0\n", 1))
    monkeypatch.setattr(decoding, "_TRY_AGAIN_S", 0.1)
    ended: list[int] = []
    end = DecoderProcess.end
    monkeypatch.setattr(DecoderProcess, "end", lambda self: (end(self), ended.append(self._child.poll())))
    requests = Decoding(price_span, writer)
    requests.start()
    numbers = count(1)

    def tried_twice() -> bool:
        _, result = requests.store(question(body(proto_span(next(numbers))))).result(WAIT_S)
        assert result.stored == 1
        return len(ended) >= 2

    wait_for(tried_twice)
    requests.stop(WAIT_S)
    assert None not in ended
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [decoding._OTHER_CODE]


def test_requests_are_stored_before_with_and_after_the_process(
    writer: SpanWriter, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_TRY_AGAIN_S", 0.1)
    started: list[DecoderProcess] = []
    monkeypatch.setattr(decoding, "DecoderProcess", lambda: started.append(DecoderProcess()) or started[-1])
    asked: list[int] = []
    ask = DecoderProcess.ask
    monkeypatch.setattr(DecoderProcess, "ask", lambda self, some: asked.append(self.pid) or ask(self, some))
    requests = Decoding(price_span, writer)
    requests.start()
    number = 0

    def stored_by(others: set[int]) -> bool:
        nonlocal number
        number += 1
        _, result = requests.store(question(body(proto_span(number, name=f"step {number}")))).result(WAIT_S)
        assert result.stored == 1
        return bool(set(asked) - others)

    wait_for(lambda: stored_by(set()))
    started[0]._child.kill()
    wait_for(lambda: stored_by({started[0].pid}))
    requests.stop(WAIT_S)
    assert number > 2
    stored = [get_span(reading, SCOPE, TRACE_ID, f"{one:016x}").span or b"" for one in range(1, number + 1)]
    assert [Span.FromString(content).name for content in stored] == [f"step {one}" for one in range(1, number + 1)]
    assert all(process._child.poll() is not None for process in started)


def test_a_process_that_takes_long_to_start_is_not_started_again(
    writer: SpanWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_TRY_AGAIN_S", 0.0)
    begun, may_end = [], Event()

    def starts_slowly() -> DecoderProcess:
        begun.append(True)
        may_end.wait(WAIT_S)
        raise Lost

    monkeypatch.setattr(decoding, "DecoderProcess", starts_slowly)
    requests = Decoding(price_span, writer)
    requests.start()
    for number in range(1, 4):
        assert requests.store(question(body(proto_span(number)))).result(WAIT_S)[1].stored == 1
    may_end.set()
    requests.stop(WAIT_S)
    assert begun == [True]


def test_without_a_process_requests_are_read_here(writer: SpanWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "DecoderProcess", pytest.fail)
    requests = Decoding(price_span, writer, has_process=False)
    requests.start()
    prepared, result = requests.store(question(body(proto_span(1)))).result(WAIT_S)
    assert (len(prepared.batch.spans), result.stored) == (1, 1)
    with pytest.raises(DecodeError):
        requests.store(question(b"\xff\xff")).result(WAIT_S)
    requests.stop(WAIT_S)
    with pytest.raises(StoreUnavailable):
        requests.store(question(b""))


def test_a_fault_of_ours_costs_neighbours_and_later_requests_nothing(
    writer: SpanWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = Decoding(price_span, writer, has_process=False)
    with monkeypatch.context() as broken:
        broken.setattr(decoding, "complete", lambda *_: 1 / 0)
        failed = [requests.store(question(body(proto_span(number)))) for number in (1, 2)]
        requests.start()
        assert [type(future.exception(WAIT_S)) for future in failed] == [ZeroDivisionError] * 2
        broken.setattr(Decoding, "_read", lambda *_: 1 / 0)
        assert isinstance(requests.store(question(body(proto_span(3)))).exception(WAIT_S), ZeroDivisionError)
    assert requests.store(question(body(proto_span(4)))).result(WAIT_S)[1].stored == 1
    requests.stop(WAIT_S)


def test_what_the_process_can_not_answer_is_read_here() -> None:
    asked = question(b"", max_spans="nonsense")
    given, out = io.BytesIO(), io.BytesIO()
    decoder._send(given, pickle.dumps([tuple(asked._replace(body=body(proto_span(1)))), tuple(question(b""))]))
    given.seek(0)
    decoder.serve(given, out)
    out.seek(0)
    assert decoder._LOADED.issuperset(decoder._receive(out).split(b"\n"))
    answers = pickle.loads(decoder._receive(out))
    assert [type(answer) for answer in answers] == [type(None), tuple]


def test_the_process_needs_no_database_and_no_price_list() -> None:
    """It is to start fast and to stay small."""
    heavy = "{'sqlalchemy', 'sqlmodel', 'genai_prices', 'starlette'}"
    code = f"import sys, collector.decoder; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=decoder._ROOT, timeout=60).returncode == 0
