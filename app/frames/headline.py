"""What Home says first: the sentence, the cards and the latest errors. All from one Overview, so that they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.format import MINUS, change, compact, count, duration, escape_markdown, money, percent, plural, points
from collector.store.records import FailedRun, Overview, Totals

_ENOUGH_BEFORE = 0.02
"""Of the runs now, so many there must have been before for a comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    key: str
    label: str
    value: str
    change: str | None
    """Against the time `Overview.before` stands for; None when there is nothing to compare with."""
    direction: int
    """1 when the figure rose, -1 when it fell, 0 when it did neither."""
    judged: str
    """What a rise means: "failed" and "slower" are bad, each in its colour; "no" is neither good nor bad."""
    trend: tuple[float | None, ...]
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """Failed runs with an error of the same type."""

    type: str
    message: str
    """Of the newest run."""
    runs: int
    newest_ns: int
    newest_trace_id: str
    workflows: tuple[str, ...]


def sentence(overview: Overview, period: str) -> str:
    """Markdown: what happened, is it worse than before, what did it cost."""
    now, before = overview.now, overview.before
    parts = [f"**{plural(now.runs, 'run')}** in the last {period}"]
    if now.failed_share is not None:
        parts.append(f", **{percent(now.failed_share, 1)} failed**")
        difference = points(now.failed_share, before.failed_share) if _is_comparable(overview) else None
        if difference:
            parts.append(f" ({difference.replace('pt', 'points')} {_compared(overview)})")
    if kinds := len(latest_errors(overview.failed_runs)):
        parts.append(f"; :red[**{plural(kinds, 'kind of error', 'kinds of error')}**]")
    if now.cost_usd is not None:
        parts.append(f"; **{escape_markdown(money(now.cost_usd))}** spent")
    if now.unpriced_spans:
        parts.append(f", {plural(now.unpriced_spans, 'call')} without a known price")
    return "".join(parts) + "."


def cards(overview: Overview) -> tuple[Card, ...]:
    now, before = overview.now, overview.before
    share = "Runs whose root failed, of all runs. Recovered: the root ended well, something inside failed."
    price = "What is known of the cost: reported by the client, else computed from list prices."
    if now.unpriced_spans:
        price += f" {plural(now.unpriced_spans, 'call')} without a known price are not in it."

    def card(
        key: str, label: str, value: str, figure: Callable[[Totals], float | None], judged: str, meaning: str
    ) -> Card:
        ratio = key != "failed"
        text = change(figure(now), figure(before)) if ratio else points(figure(now), figure(before))
        text = text if _is_comparable(overview) else None
        return Card(
            key=key,
            label=label,
            value=value,
            change=text,
            direction=_direction(text),
            judged=judged,
            trend=tuple(figure(totals) for totals in overview.trend),
            help=f"{meaning} {_trend_help(overview)}",
        )

    outcomes = f"{count(now.failed)} failed, {count(now.recovered)} recovered"
    p50, p95 = "Half of the runs took no longer.", "19 of 20 runs took no longer."
    return (
        card("runs", "Runs", count(now.runs), lambda t: t.runs, "no", "Traces that began in this time."),
        card("failed", outcomes, percent(now.failed_share, 1), lambda t: t.failed_share, "failed", share),
        card("p50", "p50 duration", duration(now.p50_ms), lambda t: t.p50_ms, "slower", p50),
        card("p95", "p95 duration", duration(now.p95_ms), lambda t: t.p95_ms, "slower", p95),
        card("tokens", "Tokens", compact(now.total_tokens), lambda t: t.total_tokens, "no", "Input and output."),
        card("cost", "Cost", money(now.cost_usd), lambda t: t.cost_usd, "no", price),
    )


def latest_errors(failed_runs: Sequence[FailedRun]) -> tuple[ErrorGroup, ...]:
    """The errors of the newest failed runs by type, the latest first."""
    groups: dict[str, list[FailedRun]] = {}
    for run in sorted(failed_runs, key=lambda run: run.start_ns, reverse=True):
        groups.setdefault(_split(run.error)[0], []).append(run)
    return tuple(_error_group(kind, runs) for kind, runs in groups.items())


def _error_group(kind: str, runs: Sequence[FailedRun]) -> ErrorGroup:
    workflows = Counter(run.workflow for run in runs if run.workflow)
    return ErrorGroup(
        type=kind,
        message=_split(runs[0].error)[1],
        runs=len(runs),
        newest_ns=runs[0].start_ns,
        newest_trace_id=runs[0].trace_id,
        workflows=tuple(name for name, _ in workflows.most_common()),
    )


def _split(error: str | None) -> tuple[str, str]:
    """Type and message of "Type: message"; a text without a type is the message of "Failed"."""
    kind, separator, message = (error or "no error text").partition(": ")
    return (kind, message) if separator and " " not in kind else ("Failed", error or "no error text")


def _direction(change: str | None) -> int:
    """As printed: what is rounded to no change goes nowhere."""
    return 0 if not change else 1 if change[0] in "+×" else -1 if change[0] == MINUS else 0


def compared_with(overview: Overview, period: str) -> str:
    """What stands beside a chip: "vs last week", "vs 30 d before"."""
    return overview.before_label if _is_a_week(overview) else f"vs {period} before"


def _is_comparable(overview: Overview) -> bool:
    """Not where the data begins within the earlier time: 600 times as many runs says nothing."""
    return overview.before.runs >= _ENOUGH_BEFORE * overview.now.runs


def _is_a_week(overview: Overview) -> bool:
    return "week" in overview.before_label


def _compared(overview: Overview) -> str:
    return "against the same time last week" if _is_a_week(overview) else "against the time before"


def _trend_help(overview: Overview) -> str:
    return f"The chip compares {_compared(overview)}; the line starts there and ends now."
