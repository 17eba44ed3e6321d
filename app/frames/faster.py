"""What a faster span would have been to the run, as a sentence."""

from __future__ import annotations

from app import format as fmt
from collector.analysis.faster import duration_if_faster
from collector.analysis.study import Study

_NOTHING = 0.001
"""Share of the run's duration; less is not worth a figure."""


def faster_by_half(study: Study, span_id: str) -> tuple[str, str]:
    """The name of the span, and what follows "if it were twice as fast,". Both empty for a span without an end."""
    node, duration_ns = study.tree.find(span_id), study.tree.duration_ns
    faster_ns = duration_if_faster(study.tree, span_id)
    if node is None or node.span.end_ns is None or faster_ns is None or not duration_ns:
        return "", ""
    name, won_ns = fmt.cut(node.span.name, 60) or "(no name)", duration_ns - faster_ns
    if won_ns >= duration_ns * _NOTHING:
        took, share = fmt.duration_ns(duration_ns), fmt.percent(won_ns / duration_ns)
        return name, f"the run would take {fmt.duration_ns(faster_ns)} instead of {took} ({fmt.MINUS}{share})."
    if study.on_path_ns[study.tree.index[span_id]]:
        return name, "the run would hardly be shorter."
    return name, "the run would take as long: it ran beside something slower."
