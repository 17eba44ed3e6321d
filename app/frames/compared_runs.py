"""What is said of each of two compared runs, in short."""

from __future__ import annotations

from datetime import tzinfo

from app import format as fmt
from app.theme import OUTCOME_MARKS
from collector.store.records import TraceSummary


def run_title(trace: TraceSummary) -> str:
    return f"version {fmt.cut(trace.version, 24)}" if trace.version else fmt.cut(trace.workflow or trace.name, 40)


def run_facts(trace: TraceSummary, zone: tzinfo) -> str:
    started = fmt.local(trace.start_ns, zone)
    short = f"{trace.trace_id[:8]}…{trace.trace_id[-4:]}"
    return f"{started.day} {started:%b %Y, %H:%M:%S} · trace {short}"


def run_figures(trace: TraceSummary) -> tuple[str, ...]:
    unpriced = " + ?" if trace.unpriced_spans else ""
    return (
        fmt.duration(trace.duration_ms),
        fmt.money(trace.cost_usd) + unpriced,
        f"{fmt.count(trace.total_tokens)} tokens",
        fmt.plural(trace.span_count, "span"),
    )


def run_outcome(trace: TraceSummary, failed_steps: int = 0) -> str:
    failed = f", {fmt.count(failed_steps)} failed" if failed_steps else ""
    return f"{OUTCOME_MARKS.get(trace.outcome, '')} {trace.outcome}{failed}"


def run_choice(trace: TraceSummary, zone: tzinfo) -> str:
    """One line to choose it by."""
    started = fmt.local(trace.start_ns, zone)
    parts = [f"{started.day} {started:%b %H:%M:%S}", run_outcome(trace), fmt.duration(trace.duration_ms)]
    if trace.cost_usd is not None:
        parts.append(fmt.money(trace.cost_usd))
    if trace.version:
        parts.append(f"version {fmt.cut(trace.version, 16)}")
    return " · ".join([*parts, trace.trace_id[:8]])
