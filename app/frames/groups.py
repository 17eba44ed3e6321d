"""Two groups of runs as sentences and tables."""

from __future__ import annotations

import pandas as pd

from app import format as fmt
from collector.analysis.groups import FEW, OUTCOMES, ComparedStep, Figure, Groups, StepFigures

_WORDS = {
    "duration_ms": ("slower", "faster"),
    "total_tokens": ("larger, in tokens,", "smaller, in tokens,"),
    "cost_usd": ("dearer", "cheaper"),
}
_NOUNS = {"duration_ms": "duration", "total_tokens": "number of tokens", "cost_usd": "cost"}
_EVEN = 0.1
"""How far from one half the share of pairs may be and still count as even."""


def value_text(name: str, value: float | None) -> str:
    if name == "duration_ms":
        return fmt.duration(value)
    return fmt.money(value) if name == "cost_usd" else fmt.compact(value)


def sentence(figure: Figure) -> str:
    """ "A run of B is slower than one of A in 98 of 100 cases; median 14.2 s against 10.1 s"."""
    share = figure.larger_share
    if share is None:
        return _unknown(figure)
    medians = f"median {value_text(figure.name, figure.b_median)} against {value_text(figure.name, figure.a_median)}"
    if abs(share - 0.5) <= _EVEN:
        return f"No difference to speak of; {medians}"
    larger, smaller = _WORDS[figure.name]
    word, of_100 = (larger, share) if share > 0.5 else (smaller, 1 - share)
    return f"A run of B is {word} than one of A in {round(of_100 * 100)} of 100 pairs; {medians}"


def _unknown(figure: Figure) -> str:
    what = _NOUNS[figure.name]
    if not figure.a and not figure.b:
        return f"No run of either group has a known {what}"
    side, other, known = ("A", "B", figure.b_median) if figure.b else ("B", "A", figure.a_median)
    return f"No run of {side} has a known {what}; the median of {other} is {value_text(figure.name, known)}"


def caution(groups: Groups) -> str | None:
    """Plain words on how far the figures can be trusted; None when there are enough runs."""
    if groups.fewest >= FEW:
        return None
    sizes = f"A has {fmt.plural(groups.a_runs, 'run')}, B has {fmt.plural(groups.b_runs, 'run')}"
    if groups.fewest < 5:
        return f"{sizes}: too few to conclude anything. Read this as examples."
    return f"{sizes}: a difference may be chance. From about {FEW} runs on each side it becomes telling."


def outcome_sentence(groups: Groups) -> str:
    """ "Failed: 5.0 % of B against 3.1 % of A; recovered: 12.5 % against 0 %" """
    sides = ((groups.b_outcomes, groups.b_runs), (groups.a_outcomes, groups.a_runs))
    shares = [[fmt.percent(counts[name] / runs, 1) for counts, runs in sides] for name in ("failed", "recovered")]
    (failed_b, failed_a), (recovered_b, recovered_a) = shares
    return f"Failed: {failed_b} of B against {failed_a} of A; recovered: {recovered_b} against {recovered_a}"


def values(figure: Figure) -> pd.DataFrame:
    """A row a run: group (A, B), value, text."""
    known = [(group, value) for group, of_group in (("A", figure.a), ("B", figure.b)) for value in of_group]
    rows = [(group, value, value_text(figure.name, value)) for group, value in known]
    return pd.DataFrame(rows, columns=["group", "value", "text"])


def outcomes(groups: Groups) -> pd.DataFrame:
    """A row a group and outcome: group, outcome, runs, start and end (shares), text."""
    rows = []
    for group, counts, runs in (("A", groups.a_outcomes, groups.a_runs), ("B", groups.b_outcomes, groups.b_runs)):
        reached = 0
        for outcome in OUTCOMES:
            number = counts[outcome]
            start, end = reached / max(runs, 1), (reached + number) / max(runs, 1)
            rows.append((group, outcome, number, start, end, f"{fmt.percent(end - start, 1)} {outcome}"))
            reached += number
    return pd.DataFrame(rows, columns=["group", "outcome", "runs", "start", "end", "text"])


def steps(compared: tuple[ComparedStep, ...]) -> pd.DataFrame:
    """A row a step: name, kind, change_s, and of each side (a_, b_) runs, calls, s, usd, failed.

    Seconds are the median of a call, dollars that of a run. Missing where a group hasn't the step, or doesn't know.
    """
    rows = [(fmt.cut(step.name, 120), step.kind, *_side(step.a), *_side(step.b), _change_s(step)) for step in compared]
    frame = pd.DataFrame(rows, columns=["name", "kind", *_columns("a"), *_columns("b"), "change_s"])
    return frame.astype({name: "Float64" for name in frame.columns if name not in ("name", "kind")})


def _columns(side: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}" for name in ("runs", "calls", "s", "usd", "failed"))


def _side(figures: StepFigures | None) -> tuple[float | None, ...]:
    if figures is None:
        return (None,) * 5
    seconds = None if figures.duration_ms is None else figures.duration_ms / 1000
    return (figures.runs, figures.calls, seconds, figures.cost_usd, figures.failed)


def _change_s(step: ComparedStep) -> float | None:
    if step.a is None or step.b is None or step.a.duration_ms is None or step.b.duration_ms is None:
        return None
    return (step.b.duration_ms - step.a.duration_ms) / 1000
