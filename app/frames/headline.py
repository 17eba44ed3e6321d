"""What Home says first: the sentence and the cards, from one Overview, so that they agree; and the errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.format import MINUS, change, compact, count, duration, escape_markdown, money, percent, plural, points, roughly
from collector.analysis.forecast import Forecast
from collector.store.records import ErrorGroup, Overview, Totals

LOUD = ("new", "reopened")
"""States of errors that deserve a look."""
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
    behind: tuple[str, Mapping[str, object]] | None = None
    """The name of a link to the traces that the figure is made of, and what it selects; None for no link."""


_BEHIND: Mapping[str, tuple[str, Mapping[str, object]]] = MappingProxyType(
    {
        "runs": ("All runs", {}),
        "failed": ("The runs that failed or recovered", {"query": "outcome:(recovered OR failed)"}),
        "p50": ("The runs, slowest first", {"sort": "-duration_ms"}),
        "p95": ("The runs, slowest first", {"sort": "-duration_ms"}),
        "tokens": ("The runs with most tokens first", {"sort": "-total_tokens"}),
        "cost": ("The runs, dearest first", {"sort": "-cost_usd"}),
    }
)


def sentence(overview: Overview, when: str, month: Forecast | None = None, errors: Sequence[ErrorGroup] = ()) -> str:
    """Markdown: what happened, is it worse than before, what did it cost.

    when: in our own words, "in the last 24 h". month: what the present month is heading for, where that can be said.
    """
    now, before = overview.now, overview.before
    parts = [f"**{plural(now.runs, 'run')}** {when}"]
    if now.failed_share is not None:
        parts.append(f", **{percent(now.failed_share, 1)} failed**")
        difference = points(now.failed_share, before.failed_share) if _is_comparable(overview) else None
        if difference:
            parts.append(f" ({difference.replace('pt', 'points')} {_compared(overview)})")
    if told := _errors(errors):
        parts.append(f"; {told}")
    if now.cost_usd is not None:
        parts.append(f"; **{escape_markdown(_spent(now.cost_usd))}** spent")
        if month:
            parts.append(f", heading for **{escape_markdown(roughly(month.expected_usd))}** this month")
    if now.unpriced_spans:
        parts.append(f"; {plural(now.unpriced_spans, 'call')} unpriced")
    return "".join(parts) + "."


def sentence_help(overview: Overview, month: Forecast | None) -> str:
    """Markdown: how the sentence was worked out."""
    lines = [
        "Runs are traces that began in this time. Failed: the root failed. Points are differences of two shares in "
        f"percentage points, {_compared(overview)}, at the same hours. Spent: what is known of the cost. "
        "Unpriced: calls without a known price, which are in no sum."
    ]
    spent = overview.month.spent_usd if overview.month else None
    if month:
        lines.append(
            f"This month: {money(spent)} so far, and for every day that is left the mean of the last "
            f"{month.days} whole days, without what has no known price. If days go on to vary as they did, four times "
            f"of five it ends between {roughly(month.low_usd)} and {roughly(month.high_usd)}."
        )
    elif spent is not None:
        lines.append(f"This month: {money(spent)} so far; too few whole days to say what it is heading for.")
    return "\n\n".join(escape_markdown(line) for line in lines)


def _spent(usd: float | None) -> str:
    """With three digits that count where it is less than a dollar, so that the card has room for it."""
    return money(usd, 3) if usd is not None and 0.0995 <= usd < 0.9995 else money(usd)


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
            behind=_BEHIND[key],
        )

    outcomes = f"{count(now.failed)} failed, {count(now.recovered)} recovered"
    p50, p95 = "Half of the runs took no longer.", "19 of 20 runs took no longer."
    return (
        card("runs", "Runs", count(now.runs), lambda t: t.runs, "no", "Traces that began in this time."),
        card("failed", outcomes, percent(now.failed_share, 1), lambda t: t.failed_share, "failed", share),
        card("p50", "p50 duration", duration(now.p50_ms), lambda t: t.p50_ms, "slower", p50),
        card("p95", "p95 duration", duration(now.p95_ms), lambda t: t.p95_ms, "slower", p95),
        card("tokens", "Tokens", compact(now.total_tokens), lambda t: t.total_tokens, "no", "Input and output."),
        card("cost", "Cost", _spent(now.cost_usd), lambda t: t.cost_usd, "no", price),
    )


def worth_a_look(groups: Sequence[ErrorGroup]) -> tuple[ErrorGroup, ...]:
    """New and reopened errors; where there is none, the known ones. In the given order."""
    unresolved = tuple(group for group in groups if group.state != "resolved")
    return tuple(group for group in unresolved if group.state in LOUD) or unresolved


def _errors(groups: Sequence[ErrorGroup]) -> str | None:
    """Markdown: what goes wrong, the news of it in red."""
    found = worth_a_look(groups)
    if not found:
        return None
    if found[0].state not in LOUD:
        return plural(len(found), "known error")
    only_reopened = all(group.state == "reopened" for group in found)
    return f":red[**{plural(len(found), 'reopened error' if only_reopened else 'new error')}**]"


def _direction(change: str | None) -> int:
    """As printed: what is rounded to no change goes nowhere."""
    return 0 if not change else 1 if change[0] in "+×" else -1 if change[0] == MINUS else 0


def compared_with(overview: Overview, when: str) -> str:
    """What stands beside a chip: "vs last week", "vs 30 d before", "vs the time before"."""
    _, of_a_length, length = when.partition("in the last ")
    return f"vs {length} before" if of_a_length and not _is_a_week(overview) else overview.before_label


def _is_comparable(overview: Overview) -> bool:
    """Not where the data begins within the earlier time: 600 times as many runs says nothing."""
    return overview.before.runs >= _ENOUGH_BEFORE * overview.now.runs


def _is_a_week(overview: Overview) -> bool:
    return "week" in overview.before_label


def _compared(overview: Overview) -> str:
    return "against last week" if _is_a_week(overview) else "against the time before"


def _trend_help(overview: Overview) -> str:
    return f"The chip compares {_compared(overview)}; the line starts there and ends now."
