"""Whatever the order and however often they are sent, the recordings become what is known of them."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from collector.main import create_app
from collector.store.reads import spans, traces
from collector.store.records import SpanRecord, TraceSummary
from tests.conftest import SCOPE
from tests.corpus.recordings import Body, Run, is_error, post, runs, spans_of

Order = Callable[[list[Body]], list[Body]]


def _once(bodies: list[Body]) -> list[Body]:
    return bodies


def _there_and_back(bodies: list[Body]) -> list[Body]:
    return [*bodies, *reversed(bodies)]


def _shuffled_twice(bodies: list[Body]) -> list[Body]:
    shuffled = bodies * 2
    random.Random(7).shuffle(shuffled)
    return shuffled


@pytest.fixture(params=[_once, _there_and_back, _shuffled_twice], ids=lambda order: order.__name__.strip("_"))
def stored(
    request: pytest.FixtureRequest, database_url: str, reading: Engine, monkeypatch: pytest.MonkeyPatch
) -> Engine:
    """A database to which a collector wrote all recordings."""
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", database_url)
    order: Order = request.param
    with TestClient(create_app(), base_url="http://127.0.0.1:4318") as client:
        answers = {post(client, body) for body in order([body for run in runs() for body in run.bodies])}
    assert answers == {200}
    return reading


def test_every_recording_is_understood(stored: Engine) -> None:
    wrong = {str(run): wrong for run in runs() if (wrong := list(_wrong(stored, run)))}
    assert wrong == {}


def _wrong(stored: Engine, run: Run) -> list[str]:
    sent = {(span.trace_id.hex(), span.span_id.hex()): span for span in spans_of(run)}
    trace_ids = sorted({trace_id for trace_id, _ in sent})
    found = {(s.trace_id, s.span_id): s for t in trace_ids for s in spans.list_spans(stored, SCOPE, t)}
    summaries = [traces.get_trace(stored, SCOPE, trace_id) for trace_id in trace_ids]
    wrong = [] if found.keys() == sent.keys() else [f"{len(found)} spans instead of {len(sent)}"]
    for key, span in sent.items():
        if key in found:
            wrong += _differences(span, found[key])
    return [*wrong, *_wrong_usage(run, list(found.values()), summaries), *_wrong_people(run, summaries)]


def _differences(span, found: SpanRecord) -> list[str]:  # type: ignore[no-untyped-def]  # a protobuf message
    raised = {a.value.string_value for e in span.events if e.name == "exception" for a in e.attributes
              if a.key == "exception.type"}  # fmt: skip
    checks = {
        "parent": (found.parent_span_id or "") == span.parent_span_id.hex(),
        "name": found.name == span.name,
        "status": (found.status == "error") == is_error(span),
        "exceptions": raised <= {note.type for note in found.exceptions},
    }
    return [f"{what} of {span.name}" for what, holds in checks.items() if not holds]


def _wrong_usage(run: Run, found: list[SpanRecord], summaries: list[TraceSummary]) -> list[str]:
    """A cache count that the client passed on in a place of its own is right, if the API really reported it."""
    counted = [span for span in found if span.counted]
    wrong = []
    for kind in ("input", "output", "cache_read", "cache_write"):
        have = sum(getattr(span, f"{kind}_tokens") or 0 for span in counted)
        in_traces = sum(getattr(trace, f"{kind}_tokens") or 0 for trace in summaries)
        if have not in (run.usage[kind], run.reported.get(kind)):
            wrong.append(f"{have} {kind} tokens instead of {run.usage[kind]}")
        if have != in_traces:
            wrong.append(f"{in_traces} {kind} tokens in the traces, {have} in the spans")
    return wrong


def _wrong_people(run: Run, summaries: list[TraceSummary]) -> list[str]:
    wrong = []
    for field, known in (("session_id", run.session), ("user_id", run.user)):
        if known and run.says(known) and all(getattr(trace, field) != known for trace in summaries):
            wrong.append(f"no trace has {field} {known}")
    return wrong
