"""What a span takes on disk, by table and index, beside what was sent (SQLite).

    python -m tests.benchmarks.storage [--spans 30000] [--turns 50] [--length 400]

Three loads: the one of the other benchmarks, in requests of 512 spans, whose words of random letters compress worse
than prose does; the same spans with English sentences in their place; and conversations with an agent (of random words)
in which every call resends all that was said before, each turn sent in a request of its own, as it happens. All text is
fresh.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.ingest import prepare
from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.packing import Bases
from collector.store.schema import migrate
from tests.benchmarks.load import Load, ProseLoad, message
from tests.collector.otlp_requests import proto_span, request

SPANS_A_REQUEST = 512
CONVERSATIONS = 20
MAX_SPANS = 10_000
LEAST = 0.001
"""What is less of what was sent is not told."""


def conversation(load: Load, turns: int, length: int) -> Iterator[bytes]:
    """Requests of one trace: a model's call and a tool's call a turn, the root last."""
    trace_id, root_id = load.random.randbytes(16), load.random.randbytes(8)
    said = [message("system", load.text(2_000))]
    for turn in range(turns):
        said.append(message("user" if turn % 2 == 0 else "tool", load.text(length)))
        answer = message("assistant", load.text(length))
        call = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.usage.input_tokens": 100 * turn + 1,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.input.messages": json.dumps(said),
            "gen_ai.output.messages": json.dumps([answer]),
        }
        said.append(answer)
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "input.value": load.text(200)}
        yield _sent(
            _span(load, trace_id, root_id, f"chat gpt-5 {turn}", call), _span(load, trace_id, root_id, "search", tool)
        )
    yield _sent(proto_span(1, trace_id=trace_id, span_id=root_id, name="agent", attributes={"agent.name": "writer"}))


def _span(load: Load, trace_id: bytes, parent: bytes, name: str, attributes: dict[str, object]) -> Span:
    span_id = load.random.randbytes(8)
    return proto_span(1, trace_id=trace_id, span_id=span_id, parent_span_id=parent, name=name, attributes=attributes)


def _sent(*spans: Span) -> bytes:
    return request(*spans).SerializeToString()


def store(bodies: Iterable[bytes], path: Path) -> tuple[int, int]:
    """Spans and bytes that were sent."""
    url = f"sqlite:///{path}"
    engine = open_writer(url)
    migrate(engine)
    bases = Bases()
    spans = sent = 0
    for body in bodies:
        prepared = prepare(body, "protobuf", project_id="default", max_spans=MAX_SPANS, bases=bases)
        commit(engine, [prepared.batch], bases=bases)
        spans, sent = spans + len(prepared.batch.spans), sent + len(body)
    engine.dispose()
    return spans, sent


def sizes(path: Path) -> list[tuple[str, int, int]]:
    """Name of a table or index, its bytes in whole pages, and those of them that are empty."""
    query = "SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC"
    connection = sqlite3.connect(path)
    found = [(str(name), int(size), int(empty)) for name, size, empty in connection.execute(query)]
    connection.close()
    return found


def tell(title: str, bodies: Iterable[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "msgtrace.db"
        spans, sent = store(bodies, path)
        found = [row for row in sizes(path) if row[1] >= LEAST * sent]
        stored = path.stat().st_size
        print(f"\n{title}: {spans} spans of {sent / spans:.0f} bytes, {stored / sent:.3f} stored for a byte sent")
        for name, size, empty in found:
            print(
                f"{name:42} {size / spans:9.1f} bytes a span, {size / sent:6.3f} of what was sent,"
                f" {empty / size:.0%} empty"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=30_000)
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--length", type=int, default=400, help="characters of a message")
    asked = parser.parse_args()
    for title, load in (("load of random words", Load()), ("load of English sentences", ProseLoad())):
        requests = islice(load.requests(SPANS_A_REQUEST), max(1, asked.spans // SPANS_A_REQUEST))
        tell(title, (one.SerializeToString() for one in requests))
    load = Load(seed=2)
    talks = (body for _ in range(CONVERSATIONS) for body in conversation(load, asked.turns, asked.length))
    tell(f"conversations of {asked.turns} turns, of random words", talks)


if __name__ == "__main__":
    main()
