"""What holds for every trace of the demo."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from collector.demo.generate import SPANS_A_REQUEST, count_traces, generate
from collector.demo.plan import DAY_NS
from tests.collector.demo.month import NOW_NS, DemoTrace, is_error, read_traces

DIGEST = """
import hashlib, sys
from collector.demo.generate import generate
digest = hashlib.sha256()
for request in generate(int(sys.argv[1]), days=3):
    digest.update(request.SerializeToString())
sys.stdout.write(digest.hexdigest())
"""


def test_the_same_seed_gives_the_same_bytes_in_any_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST, str(NOW_NS)],
            env={"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1
    assert digests.pop()


def test_another_seed_gives_other_traces() -> None:
    first, second = (next(generate(NOW_NS, days=2, seed=seed)).SerializeToString() for seed in (7, 8))
    assert first != second


def test_the_month_has_its_size_and_is_counted_without_generating_it(month: list[DemoTrace]) -> None:
    assert 3_000 <= len(month) <= 4_000
    assert 40_000 <= sum(len(trace.spans) for trace in month) <= 60_000
    assert count_traces(NOW_NS) == len(month)


def test_requests_are_of_a_size_that_exporters_send() -> None:
    sizes = [
        sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
        for request in generate(NOW_NS, days=3)
    ]
    assert max(sizes) <= SPANS_A_REQUEST
    assert sum(sizes) / len(sizes) > SPANS_A_REQUEST / 2


def test_requests_come_newest_first() -> None:
    spans = [
        [span.span for trace in read_traces([request]) for span in trace.spans if not span.span.parent_span_id]
        for request in generate(NOW_NS, days=3)
    ]
    starts = [[span.start_time_unix_nano for span in roots] for roots in spans if roots]
    assert all(min(later) >= max(earlier) for later, earlier in pairwise(starts))


def test_the_month_starts_thirty_days_back_and_all_has_ended_by_now(month: list[DemoTrace]) -> None:
    oldest_ns = min(trace.start_ns for trace in month)
    assert NOW_NS - 30 * DAY_NS <= oldest_ns < NOW_NS - 29 * DAY_NS
    newest_end_ns = max(span.span.end_time_unix_nano for trace in month for span in trace.spans)
    assert NOW_NS - 5 * 60 * 10**9 < newest_end_ns <= NOW_NS


def test_every_day_has_traces_and_nights_and_weekends_are_quieter(month: list[DemoTrace]) -> None:
    days = Counter((NOW_NS - trace.start_ns) // DAY_NS for trace in month)
    assert set(days) == set(range(30))
    hours = Counter(trace.start_ns // (3600 * 10**9) % 24 for trace in month if trace.workflow != "nightly.digest")
    assert sum(hours[hour] for hour in range(5)) * 4 < sum(hours[hour] for hour in range(9, 14))
    weekdays = Counter((trace.start_ns // DAY_NS + 3) % 7 for trace in month)
    assert weekdays[6] < 0.7 * weekdays[2]


def test_span_ids_are_unique(month: list[DemoTrace]) -> None:
    ids = [span.span.span_id for trace in month for span in trace.spans]
    assert len(set(ids)) == len(ids)
    assert all(len(span_id) == 8 and any(span_id) for span_id in ids)


def test_each_trace_has_one_root_and_knows_every_parent(month: list[DemoTrace]) -> None:
    for trace in month:
        assert len(trace.roots) == 1, trace.trace_id
        known = {span.span.span_id for span in trace.spans}
        assert {span.span.parent_span_id for span in trace.spans if span.span.parent_span_id} <= known


def test_each_child_lies_within_its_parent(month: list[DemoTrace]) -> None:
    for trace in month:
        spans = {span.span.span_id: span.span for span in trace.spans}
        for span in spans.values():
            assert span.start_time_unix_nano < span.end_time_unix_nano
            if span.parent_span_id:
                parent = spans[span.parent_span_id]
                assert parent.start_time_unix_nano <= span.start_time_unix_nano
                assert span.end_time_unix_nano <= parent.end_time_unix_nano


def test_a_trace_comes_from_one_service_and_release(month: list[DemoTrace]) -> None:
    for trace in month:
        assert len({(span.resource["service.name"], span.resource["service.version"]) for span in trace.spans}) == 1


def test_only_failed_spans_carry_exceptions_and_each_has_its_stack(month: list[DemoTrace]) -> None:
    for trace in month:
        for span in trace.spans:
            assert is_error(span.span) == bool(span.exception_types)
            for event in span.span.events:
                stack = next(pair.value.string_value for pair in event.attributes if pair.key == "exception.stacktrace")
                assert stack.startswith("Traceback (most recent call last):\n  File ")
                assert event.time_unix_nano == span.span.end_time_unix_nano


def test_a_failed_trace_failed_for_what_failed_inside_it(month: list[DemoTrace]) -> None:
    for trace in month:
        if trace.outcome == "failed":
            inside = {name for span in trace.spans[1:] for name in span.exception_types}
            assert set(trace.root.exception_types) <= inside


def test_the_demo_needs_two_days() -> None:
    with pytest.raises(ValueError, match="two days"):
        next(generate(NOW_NS, days=1))
