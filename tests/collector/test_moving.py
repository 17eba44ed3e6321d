"""Export, import and backup, as a person runs them."""

from __future__ import annotations

import io
import json
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.errors import BadQuery
from collector.export import trace_lines
from collector.ingest import prepare, prepare_logs
from collector.moving import documents as taken_apart
from collector.moving.documents import documents
from collector.moving.inflated import Inflated, opened
from collector.moving.part import part_of
from collector.otlp_json import request_from_json
from collector.store import models
from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.schema import migrate
from tests.collector.log_requests import logs_body, proto_record
from tests.collector.otlp_requests import body, proto_span
from tests.commands import run_command
from tests.conftest import SCOPE
from tests.servers import ROOT, clean_environment
from tests.store.test_commit import rows_of
from tests.store.test_retention import prune_after

Run = Callable[..., CompletedProcess[bytes]]
TRACES = 5


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    def msgtrace(*words: str, url: str = database_url, program: str = "", **settings: str) -> CompletedProcess[bytes]:
        environment = {"MSGTRACE_DATABASE_URL": url, "XDG_DATA_HOME": str(tmp_path / "data"), **settings}
        if not program:
            return run_command(*words, **environment)
        return subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=ROOT,
            env=clean_environment(**environment),
            capture_output=True,
            timeout=60,
        )

    return msgtrace


def trace_spans(number: int) -> list[Any]:
    """A root and a model call, with what is hard to carry."""
    trace_id = number.to_bytes(16, "big")
    called = proto_span(
        2,
        trace_id=trace_id,
        trace_state="a=b",
        flags=0x101,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1_000 + number,
            "gen_ai.usage.output_tokens": 20,
            "large": 2**62,
            "share": 0.1 + number,
            "endless": float("inf"),
            "raw": b"\x00\xff",
            "empty": "",
            "nested": {"list": ["é\u0000", True, {"n": -1}]},
        },
    )
    event = called.events.add(name="happened", time_unix_nano=called.start_time_unix_nano + 1)
    event.attributes.add(key="k").value.string_value = "v"
    called.links.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, trace_state="c=d")
    return [proto_span(1, trace_id=trace_id, error=number == 1), called]


@pytest.fixture
def stored(writing: Engine) -> Engine:
    """Five traces of two spans, the first with a log record."""
    for number in range(1, TRACES + 1):
        sent = prepare(body(*trace_spans(number)), "protobuf", project_id="default", max_spans=10)
        commit(writing, [sent.batch])
    said = proto_record(2, body={"content": "hi"}, trace_id=(1).to_bytes(16, "big"))
    commit(writing, [prepare_logs(logs_body(said), "protobuf", project_id="default", max_spans=10).batch])
    return writing


def contents(engine: Engine) -> dict[str, list[Any]]:
    """What two databases with the same traces have in common: all but when it came."""
    found: dict[str, list[Any]] = {}
    for table in (models.Span, models.SpanPayload, models.LogRecord, models.Trace, models.Usage):
        rows = [{k: v for k, v in row.items() if k != "received_ns"} for row in rows_of(engine, table)]
        found[table.__tablename__] = rows
    return found


@pytest.mark.parametrize("name", ["traces.jsonl", "traces.jsonl.zst"])
def test_what_is_exported_and_imported_is_the_same(run: Run, stored: Engine, tmp_path: Path, name: str) -> None:
    file, copy = str(tmp_path / name), f"sqlite:///{tmp_path / 'copy.db'}"
    assert b"5 traces written" in run("export", file).stderr
    done = run("import", file, url=copy)
    assert b"11 spans and log records stored, 0 were there already" in done.stderr, done.stderr
    other = open_writer(copy)
    assert contents(other) == contents(stored)
    assert b"0 spans and log records stored, 11 were there already" in run("import", file, url=copy).stderr
    assert contents(other) == contents(stored)
    assert rows_of(other, models.SpanConflict) == []
    other.dispose()
    assert not list(tmp_path.glob("*.part"))


KILLED_AFTER_THREE = """
import os, signal
from collector.cli import main
from collector.moving import part
part.PIECE_BYTES = 1
add, seen = part.Part.add, []
def count(self, lines, cursor):
    seen.append(add(self, lines, cursor))
    if len(seen) == 3:
        self._file.write(b"half a line")
        self._file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    return seen[-1]
part.Part.add = count
main()
"""


@pytest.mark.parametrize("name", ["traces.jsonl", "traces.jsonl.zst"])
def test_an_export_that_is_killed_goes_on_behind_its_last_whole_trace(
    run: Run, stored: Engine, tmp_path: Path, name: str
) -> None:
    whole, file = tmp_path / f"whole-{name}", tmp_path / name
    run("export", str(whole))
    assert run("export", str(file), program=KILLED_AFTER_THREE).returncode == -signal.SIGKILL
    assert not file.exists()
    assert file.with_name(f"{name}.part.lock").exists()  # of one that is dead
    done = run("export", str(file))
    assert b"goes on behind the 3 traces of" in done.stderr, done.stderr
    assert b"5 traces written" in done.stderr
    assert lines_of(file) == lines_of(whole)
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("export", str(tmp_path / "none"), "--trace", "f" * 32).returncode == 2
    assert {path.name for path in tmp_path.iterdir()} >= {name, f"whole-{name}"}
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name or "none" in path.name] == []


def lines_of(file: Path) -> bytes:
    return opened(io.BytesIO(file.read_bytes())).read()


def test_a_file_has_one_export_at_a_time(run: Run, stored: Engine, tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    with part_of(str(file), "all") as one:
        one.add([b"a\n"], "1")
        refused = run("export", str(file))
        assert refused.returncode == 2
        assert b"being written by another export" in refused.stderr
    assert file.read_bytes() == b"a\n"
    assert b"5 traces written" in run("export", str(file)).stderr
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize("name", ["traces.jsonl", "traces.jsonl.zst"])
def test_what_an_export_has_so_far_is_whole_and_for_its_own_question_alone(tmp_path: Path, name: str) -> None:
    file, part = str(tmp_path / name), tmp_path / f"{name}.part"
    with pytest.raises(KeyboardInterrupt), part_of(file, "all") as one:
        assert [one.add([b"a\n", b"b\n"], "2"), one.add([b"c\n"], "3")] == [1, 2]
        raise KeyboardInterrupt
    assert lines_of(part) == b"a\nb\nc\n"
    with part_of(file, "all") as two:
        assert (two.reached.traces, two.reached.cursor) == (2, "3")
        two.add([b"d\n"], "4")
    assert lines_of(tmp_path / name) == b"a\nb\nc\nd\n"
    with pytest.raises(BadQuery), part_of(file, "all") as three:
        three.add([b"e\n"], "1")
        raise BadQuery
    with part_of(file, "another") as four:
        assert four.reached.traces == 0
    assert lines_of(tmp_path / name) == b""


def test_a_trace_or_a_period_is_exported_alone(run: Run, stored: Engine, tmp_path: Path) -> None:
    one = run("export", "-", "--trace", f"{3:032x}")
    assert one.returncode == 0, one.stderr
    assert [len(line["resourceSpans"]) for line in map(json.loads, one.stdout.splitlines())] == [1]
    assert b"0 traces written" in run("export", "-", "--to", "2020-01-01").stderr
    assert b"1 traces written" in run("export", "-", "--query", "outcome:failed").stderr
    assert run("export", "-", "--project", "other").returncode == 2
    assert run("export", "-", "--from", "soon").returncode == 2


def test_spans_without_content_leave_with_what_is_known(stored: Engine, reading: Engine) -> None:
    prune_after(stored, 365 * 10, traces_days=0)
    (line,) = trace_lines(reading, SCOPE, f"{1:032x}")
    message, rejected = request_from_json(line, max_spans=10)
    spans = [span for group in message.resource_spans for scope in group.scope_spans for span in scope.spans]
    assert rejected == []
    assert [span.name for span in spans] == ["span 1", "span 2"]
    assert [span.status.code for span in spans] == [2, 0]
    assert {span.attributes[0].key for span in spans} == {"msgtrace.content_removed"}


JAEGER = {
    "data": [
        {
            "traceID": "1f",
            "spans": [
                {
                    "traceID": "1f",
                    "spanID": "a",
                    "operationName": "GET /",
                    "references": [],
                    "startTime": 1_795_300_000_000_000,
                    "duration": 1_500,
                    "tags": [
                        {"key": "span.kind", "type": "string", "value": "server"},
                        {"key": "error", "type": "bool", "value": True},
                        {"key": "otel.status_description", "type": "string", "value": "no"},
                        {"key": "gen_ai.usage.input_tokens", "type": "int64", "value": 7},
                    ],
                    "logs": [
                        {
                            "timestamp": 1_795_300_000_000_001,
                            "fields": [{"key": "event", "type": "string", "value": "exception"}],
                        }
                    ],
                    "processID": "p1",
                },
                {
                    "traceID": "1f",
                    "spanID": "b",
                    "operationName": "child",
                    "references": [{"refType": "CHILD_OF", "traceID": "1f", "spanID": "a"}],
                    "startTime": 1_795_300_000_000_100,
                    "duration": 100,
                    "processID": "p1",
                },
            ],
            "processes": {"p1": {"serviceName": "shop", "tags": []}},
        }
    ]
}


def framed(*messages: bytes) -> bytes:
    """As the Collector's file exporter writes `format: proto`: an unsigned length of four bytes before each message."""
    return b"".join(struct.pack(">I", len(message)) + message for message in messages)


METRICS = bytes.fromhex("0a0c12 0a12 08 0a01 6d 1203 626164".replace(" ", ""))
"""One metric named m, described as bad."""


@pytest.mark.parametrize("compression", ["none", "each message", "the file"])
def test_the_collectors_protobuf_files_are_read(run: Run, writing: Engine, tmp_path: Path, compression: str) -> None:
    sent = [body(*trace_spans(number)) for number in (1, 2)]
    said = logs_body(proto_record(2, body={"content": "hi"}, trace_id=(1).to_bytes(16, "big")))
    sent += [METRICS, b"", said, json.dumps({"resourceSpans": []}).encode()]
    if compression == "each message":
        sent = [zstandard.ZstdCompressor(write_content_size=False).compress(message) for message in sent]
    file = tmp_path / "traces.pb"
    file.write_bytes(zstandard.compress(framed(*sent)) if compression == "the file" else framed(*sent))
    done = run("import", str(file))
    assert b"5 spans and log records stored" in done.stderr, done.stderr
    first = rows_of(writing, models.Span)[0]
    assert (first["trace_id"], first["span_id"], first["status"]) == (f"{1:032x}", f"{1:016x}", "error")


def test_a_protobuf_file_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = framed(body(*trace_spans(1)), body(*trace_spans(2)))
    for cut in (1, len(whole) // 3, len(framed(body(*trace_spans(2)))) - 2):
        read = documents(io.BytesIO(whole[:-cut]))
        assert next(read).encoding == "protobuf"
        with pytest.raises(BadQuery, match="cut off"):
            list(read)
    with pytest.raises(BadQuery, match="message 2: neither"):
        list(documents(io.BytesIO(framed(body(*trace_spans(1)), b"\xff" * 20))))


def test_a_protobuf_message_of_any_length_becomes_requests_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken_apart, "MOST_SPANS", 3)
    message = body(*(proto_span(number) for number in range(1, 8)))
    found = [
        prepare(one.body, "protobuf", project_id="p", max_spans=3) for one in documents(io.BytesIO(framed(message)))
    ]
    assert [[int(span.span_id, 16) for span in one.batch.spans] for one in found] == [[1, 2, 3], [4, 5, 6], [7]]
    assert {span.service for one in found for span in one.batch.spans} == {"tests"}


@pytest.mark.parametrize("indent", [None, 2])
def test_jaegers_json_is_read(run: Run, writing: Engine, tmp_path: Path, indent: int | None) -> None:
    file = tmp_path / "jaeger.json"
    file.write_text(json.dumps(JAEGER, indent=indent))
    assert b"2 spans and log records stored" in run("import", str(file)).stderr
    root, child = rows_of(writing, models.Span)
    assert (root["trace_id"], root["span_id"], root["service"]) == (f"{0x1F:032x}", f"{10:016x}", "shop")
    assert (root["status"], root["status_message"], root["span_kind"]) == ("error", "no", "server")
    assert root["end_ns"] - root["start_ns"] == 1_500_000
    assert (root["input_tokens"], child["parent_span_id"], child["name"]) == (7, root["span_id"], "child")


def test_what_is_no_file_of_traces_is_refused_with_its_line(run: Run, writing: Engine, tmp_path: Path) -> None:
    file = tmp_path / "wrong.jsonl"
    for text, reason in (("{}\n", "line 1"), ("not json", "no JSON"), ('{"resourceSpans": []}\n[1]\n', "line 2")):
        file.write_text(text)
        done = run("import", str(file))
        assert done.returncode == 2
        assert reason in done.stderr.decode()
    assert run("import", str(tmp_path / "missing.jsonl")).returncode == 2
    (tmp_path / "cut.zst").write_bytes(zstandard.compress(b"{}")[:5])
    assert run("import", str(tmp_path / "cut.zst")).returncode == 2


def test_a_line_of_any_length_becomes_requests_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken_apart, "MOST_SPANS", 3)
    scope = {"scope": {"name": "s"}, "spans": [{"n": n} for n in range(7)]}
    line = json.dumps({"resourceSpans": [{"resource": {"a": 1}, "scopeSpans": [scope]}]}).encode()
    found = [json.loads(document.body) for document in documents(io.BytesIO(line))]
    spans = [one["resourceSpans"][0]["scopeSpans"][0]["spans"] for one in found]
    assert [len(some) for some in spans] == [3, 3, 1]
    assert {one["resourceSpans"][0]["resource"]["a"] for one in found} == {1}


@given(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"",
            b'{"data": [{"spans": [{}]}]}',
            b'{"resourceSpans": [{}, 3]}',
            b"\x00\x00\x00",
            b'{"spans": [{"tags": [3]}], "traceID": 1}',
        ]
    ),
)
def test_no_file_is_more_than_refused(end: bytes, start: bytes) -> None:
    try:
        for document in documents(io.BytesIO(start + b"\n" + end)):
            assert document.signal in ("traces", "logs")
    except BadQuery:
        return


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.data())
def test_a_compressed_file_is_read_whole_or_refused(parts: list[bytes], data: st.DataObject) -> None:
    frames = b"".join(map(zstandard.compress, parts))
    assert io.BufferedReader(Inflated(io.BytesIO(frames))).read() == b"".join(parts)
    cut = data.draw(st.integers(1, len(zstandard.compress(parts[-1])) - 1))
    with pytest.raises(BadQuery):
        io.BufferedReader(Inflated(io.BytesIO(frames[:-cut]))).read()


def test_a_backup_is_whole_while_others_write(run: Run, stored: Engine, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    done = run("backup", str(file))
    if stored.dialect.name != "sqlite":
        assert (done.returncode, b"pg_dump --schema=msgtrace" in done.stderr) == (2, True)
        return
    assert done.returncode == 0, done.stderr
    copy = open_writer(f"sqlite:///{file}")
    assert not migrate(copy)
    assert contents(copy) == contents(stored)
    copy.dispose()
    assert file.stat().st_mode & 0o777 == 0o600
    again = run("backup", str(file))
    assert (again.returncode, b"exists already" in again.stderr) == (2, True)
