"""What is known of a whole trace, as short text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app import format as fmt
from collector.analysis.baseline import Baseline, Standing
from collector.analysis.critical_path import CriticalPath
from collector.analysis.tree import Tree
from collector.analysis.waiting import CALLS, Waiting, step_name
from collector.store.records import TraceSummary

_STANDS_OUT = 0.2
"""Share of the time from which one wait is worth the headline."""
_UNUSUAL = 0.75
"""Share of earlier runs from which on a run is called slower, faster or dearer than them."""
NO_BASELINE = Baseline()
_MODELS = frozenset({"llm"})
_OTHER_CALLS = CALLS - _MODELS


@dataclass(frozen=True, slots=True)
class Card:
    label: str
    value: str
    note: str | None
    help: str


def outcome(trace: TraceSummary, tree: Tree, failures: Sequence[int]) -> str:
    """ "ok", "recovered after 3 failed calls of search", "failed at search". failures: as of `failed_steps`."""
    if trace.outcome not in {"recovered", "failed"} or not failures:
        return trace.outcome
    spans = [tree.nodes[position].span for position in failures]
    names = [fmt.cut(name, 40) for name in dict.fromkeys(step_name(span) for span in spans)]
    if trace.outcome == "failed" and len(spans) == 1:
        return f"failed at {names[0]}"
    noun = "call" if all(span.kind in CALLS for span in spans) else "step"
    count = fmt.plural(len(spans), f"failed {noun}")
    return f"{trace.outcome} after {count}" + (f" of {names[0]}" if len(names) == 1 else "")


def headline(waits: Sequence[Waiting], path: CriticalPath, duration_ns: int) -> tuple[str, str]:
    """What the time went into: the words before, and the name with its share. Both empty without any time."""
    if not waits or not duration_ns:
        return "", ""
    idle = path.idle_ns / duration_ns
    longest = waits[0]
    if idle > longest.share:
        return "Mostly time that no span covers", f"({fmt.percent(idle)})"
    share = f"{fmt.cut(longest.name, 60)} ({fmt.percent(longest.share)})"
    if longest.share < _STANDS_OUT:
        return "No single wait stands out, the longest is", share
    return ("Mostly waiting on" if longest.kind in CALLS else "Mostly the own time of"), share


def standing(base: Baseline) -> str:
    """ "Slower than 46 of the last 50 runs."; empty where too few are known or nothing stands out."""
    time, cost = base.duration_ms, base.cost_usd
    if time is None:
        return ""
    if time.below >= time.runs * _UNUSUAL:
        return f"Slower than {_of_runs(time.below, time.runs)}."
    if time.above >= time.runs * _UNUSUAL:
        return f"Faster than {_of_runs(time.above, time.runs)}."
    if cost is not None and cost.below >= cost.runs * _UNUSUAL:
        return f"Dearer than {_of_runs(cost.below, cost.runs)}."
    return f"About as long as the last {time.runs} runs."


def _of_runs(number: int, runs: int) -> str:
    return f"all of the last {runs} runs" if number == runs else f"{number} of the last {runs} runs"


def cards(trace: TraceSummary, waits: Sequence[Waiting], base: Baseline = NO_BASELINE) -> tuple[Card, ...]:
    return (
        Card(
            "Duration",
            fmt.duration(trace.duration_ms),
            _against(base.duration_ms, fmt.duration) or fmt.plural(trace.span_count, "span"),
            "From the start of the first span to the end of the last"
            + (f", against the last {base.duration_ms.runs} runs of this workflow." if base.duration_ms else "."),
        ),
        _waiting_card("Waiting on tools", waits, _OTHER_CALLS, "tools, retrievers and the like"),
        _waiting_card("Waiting on models", waits, _MODELS, "language models"),
        _tokens_card(trace),
        _cost_card(trace, base.cost_usd),
    )


def _against(standing: Standing | None, show: Callable[[float], str]) -> str | None:
    """ "+43 % vs median 9.9 s"; None where there is nothing to compare with."""
    if standing is None or (change := fmt.change(standing.value, standing.median)) is None:
        return None
    return f"{change} vs median {show(standing.median)}"


def _waiting_card(label: str, waits: Iterable[Waiting], kinds: frozenset[str], what: str) -> Card:
    chosen = [wait for wait in waits if wait.kind in kinds]
    time_ns = sum(wait.time_ns for wait in chosen)
    calls = sum(wait.calls for wait in chosen)
    note = f"{fmt.percent(sum(wait.share for wait in chosen))} in {fmt.plural(calls, 'call')}"
    return Card(
        label,
        fmt.duration_ns(time_ns) if calls else "none",
        note if calls else None,
        f"Time on the critical path in {what}, its share of the trace and the calls it went into: making these "
        "faster makes the trace faster. "
        "Calls that ran beside something slower are not in it.",
    )


def _tokens_card(trace: TraceSummary) -> Card:
    known = trace.total_tokens is not None
    note = f"{fmt.count(trace.input_tokens)} in, {fmt.count(trace.output_tokens)} out" if known else None
    return Card(
        "Tokens",
        fmt.count(trace.total_tokens) if known or trace.llm_calls else "none",
        note or (None if trace.llm_calls else "no model was called"),
        "Each call counted once. Input includes what came from a cache, output includes reasoning.",
    )


def _cost_card(trace: TraceSummary, standing: Standing | None) -> Card:
    unpriced = f"{fmt.count(trace.unpriced_spans)} unpriced" if trace.unpriced_spans else None
    has_calls = trace.llm_calls or trace.unpriced_spans or trace.cost_usd is not None
    note = f"+ {unpriced}" if unpriced and trace.cost_usd is not None else unpriced
    note = note or _against(standing, fmt.money)
    note = note or (fmt.plural(trace.llm_calls, "model call") if trace.llm_calls else None)
    return Card(
        "Cost",
        fmt.money(trace.cost_usd) if has_calls else "none",
        note if has_calls else "no model was called",
        "Sum of the calls whose price is known. An unpriced call has a cost that nobody knows.",
    )
