"""Two groups of runs compared: their figures, how they ended, and what their steps took."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from collector.analysis.alignment import label
from collector.analysis.waiting import step_name
from collector.store.records import StepSpan, TraceSummary

FEW = 30
"""Runs below which a difference may well be chance."""
OUTCOMES = ("ok", "recovered", "failed")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the runs of both groups, ascending; runs that don't know it are left out."""

    name: str
    """duration_ms, total_tokens or cost_usd."""
    a: tuple[float, ...]
    b: tuple[float, ...]

    @property
    def a_median(self) -> float | None:
        return median(self.a) if self.a else None

    @property
    def b_median(self) -> float | None:
        return median(self.b) if self.b else None

    @property
    def larger_share(self) -> float | None:
        """Of all pairs of a run of A and one of B: in how many B has more; ties count half. None without pairs."""
        if not self.a or not self.b:
            return None
        wins = sum(bisect_left(self.a, value) + bisect_right(self.a, value) for value in self.b)
        return wins / (2 * len(self.a) * len(self.b))


@dataclass(frozen=True, slots=True)
class Groups:
    a_runs: int
    b_runs: int
    figures: tuple[Figure, ...]
    a_outcomes: dict[str, int]
    """How many runs ended so; those that are not over are left out everywhere."""
    b_outcomes: dict[str, int]

    @property
    def fewest(self) -> int:
        return min(self.a_runs, self.b_runs)


@dataclass(frozen=True, slots=True)
class StepFigures:
    runs: int
    """In how many runs the step was."""
    calls: float
    """A run that had it, on average."""
    duration_ms: float | None
    """Median of a call."""
    cost_usd: float | None
    """Median of what it cost a run; None where that is unknown in all of them."""
    failed: int
    """Calls."""


@dataclass(frozen=True, slots=True)
class ComparedStep:
    kind: str
    name: str
    a: StepFigures | None
    b: StepFigures | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups of a workflow's runs that are worth comparing."""

    workflow: str
    field: str
    """version or model."""
    a: str
    b: str


def contrasts(runs: Sequence[TraceSummary]) -> tuple[Contrast, ...]:
    """From runs, newest first. Of each workflow, the most frequent first: its newest version against the one before,
    and its two most used models of which no run has both."""
    by_workflow: defaultdict[str, list[TraceSummary]] = defaultdict(list)
    for run in runs:
        if run.workflow and run.outcome in OUTCOMES:
            by_workflow[run.workflow].append(run)
    found: list[Contrast] = []
    for workflow, of_workflow in sorted(by_workflow.items(), key=lambda item: -len(item[1])):
        versions = list(dict.fromkeys(run.version for run in of_workflow if run.version))
        if len(versions) > 1:
            found.append(Contrast(workflow, "version", versions[1], versions[0]))
        found += [Contrast(workflow, "model", *pair) for pair in _rivals(of_workflow)]
    return tuple(found)


def _rivals(runs: Sequence[TraceSummary]) -> list[tuple[str, str]]:
    models = [set(run.models) for run in runs]
    often = [name for name, _ in Counter(name for names in models for name in names).most_common()]
    pairs = ((one, other) for at, one in enumerate(often) for other in often[at + 1 :])
    return [pair for pair in pairs if not any(names.issuperset(pair) for names in models)][:1]


def compare_groups(a: Sequence[TraceSummary], b: Sequence[TraceSummary]) -> Groups:
    left, right = ([run for run in runs if run.outcome in OUTCOMES] for runs in (a, b))
    return Groups(
        a_runs=len(left),
        b_runs=len(right),
        figures=tuple(
            Figure(name, _values(left, name), _values(right, name))
            for name in ("duration_ms", "total_tokens", "cost_usd")
        ),
        a_outcomes={name: sum(run.outcome == name for run in left) for name in OUTCOMES},
        b_outcomes={name: sum(run.outcome == name for run in right) for name in OUTCOMES},
    )


def compare_steps(a: Iterable[StepSpan], b: Iterable[StepSpan]) -> tuple[ComparedStep, ...]:
    """By kind and name without the model's name; the step whose median changed most first."""
    left, right = _by_step(a), _by_step(b)
    steps = [
        ComparedStep(key[0], step_name((right.get(key) or left[key])[0]), _step(left.get(key)), _step(right.get(key)))
        for key in dict.fromkeys([*left, *right])
    ]
    return tuple(sorted(steps, key=lambda step: (-abs(_change_ms(step)), step.name)))


def _values(runs: Iterable[TraceSummary], name: str) -> tuple[float, ...]:
    """A cost with a part that nobody knows is no cost to compare."""
    known = (run for run in runs if name != "cost_usd" or not run.unpriced_spans)
    return tuple(sorted(value for run in known if (value := getattr(run, name)) is not None))


def _by_step(spans: Iterable[StepSpan]) -> dict[tuple[str, str], list[StepSpan]]:
    steps: defaultdict[tuple[str, str], list[StepSpan]] = defaultdict(list)
    for span in spans:
        steps[label(span)].append(span)
    return dict(steps)


def _step(spans: list[StepSpan] | None) -> StepFigures | None:
    if not spans:
        return None
    costs: defaultdict[str, float] = defaultdict(float)
    for span in spans:
        if span.cost_usd is not None:
            costs[span.trace_id] += span.cost_usd
    durations = [span.duration_ms for span in spans if span.duration_ms is not None]
    runs = len({span.trace_id for span in spans})
    return StepFigures(
        runs=runs,
        calls=len(spans) / runs,
        duration_ms=median(durations) if durations else None,
        cost_usd=median(costs.values()) if costs else None,
        failed=sum(span.status == "error" for span in spans),
    )


def _change_ms(step: ComparedStep) -> float:
    """Of what a run spends in it."""
    left, right = (0.0 if side is None else side.calls * (side.duration_ms or 0) for side in (step.a, step.b))
    return right - left
