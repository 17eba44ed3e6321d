from __future__ import annotations

from hypothesis import given

from collector.analysis.study import study
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def test_a_step_is_a_call_with_all_that_carries_it_out() -> None:
    of_trace = study(
        [
            make_span("a", None, 0, 90, kind="agent"),
            make_span("b", "a", 0, 10, kind="llm"),
            make_span("c", "a", 10, 50, kind="tool"),
            make_span("d", "c", 10, 40),
            make_span("e", "a", 50, 60),
            make_span("f", "a", 60, 90, kind="llm"),
        ]
    )
    assert list(of_trace.steps) == [None, 1, 2, None, None, 3]


def test_time_on_the_path_holds_that_of_the_spans_below() -> None:
    of_trace = study([make_span("a", None, 0, 100, kind="tool"), make_span("b", "a", 10, 90)])
    assert list(of_trace.on_path_ns) == [100, 80]


@given(span_lists())
def test_the_roots_together_are_on_the_path_all_the_time_but_the_idle(spans: list[SpanRecord]) -> None:
    of_trace = study(spans)
    roots = [at for at, node in enumerate(of_trace.tree.nodes) if node.parent is None]
    on_path_ns = sum(of_trace.on_path_ns[at] for at in roots)
    assert on_path_ns == of_trace.tree.duration_ns - of_trace.path.idle_ns


def test_a_trace_without_spans_has_nothing_to_say() -> None:
    of_trace = study([])
    assert (of_trace.opening, of_trace.failed, of_trace.gaps) == (None, (), ())
