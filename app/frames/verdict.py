"""Why one run was slower or dearer than another, as sentences."""

from __future__ import annotations

from dataclasses import dataclass

from app import format as fmt
from app.frames.compared_steps import node_name, step_numbers
from collector.analysis.changes import Change
from collector.analysis.comparison import ComparedNode, Comparison
from collector.analysis.contributions import NO_SPAN, Contribution
from collector.analysis.failures import has_failed
from collector.analysis.spread import ENOUGH, NormalSpread, Spread
from collector.store.records import SpanRecord

_LITTLE = 0.005
"""Share of a total below which it counts as the same."""
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TIMES = ("never", "once", "twice")


@dataclass(frozen=True, slots=True)
class Amount:
    """A part of the verdict: "4.10 s longer (+41 %)"."""

    text: str
    tone: int
    """1 worse, -1 better, 0 the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All texts are plain."""

    time: Amount
    cost: Amount
    cause: str | None
    """What follows "because"."""
    first_at: str | None
    """Where the two part: "step 5, plan.search"; None when they never do."""
    first: str
    """What is different there."""
    spread: tuple[str, str]
    """Where B lies among the last runs: the words to stress, and the rest."""


def verdict(comparison: Comparison, spread: NormalSpread, words: int | None) -> Verdict:
    """`words`: how many words of the first node's changed prompt differ, where that is known."""
    position = comparison.first
    node = None if position is None else comparison.nodes[position]
    return Verdict(
        time=_time(comparison),
        cost=_cost(comparison),
        cause=_cause(comparison, words),
        first_at=None if position is None else where(comparison, position),
        first="" if node is None else difference(node, words, with_output=False),
        spread=_spread(comparison, spread),
    )


def number(value: int) -> str:
    """three, 14"""
    return _NUMBERS[value] if value < len(_NUMBERS) else fmt.count(value)


def times(value: int) -> str:
    """once, twice, three times"""
    return _TIMES[value] if value < len(_TIMES) else f"{number(value)} times"


def change_text(change: Change, words: int | None = None) -> str:
    """ "three words of its system prompt changed", "its temperature went from 0.2 to 0.7"."""
    texts = {
        "system": "its system prompt changed"
        if not words
        else f"{number(words)} {'word' if words == 1 else 'words'} of its system prompt changed",
        "messages": "the messages it was sent differ",
        "arguments": "its arguments differ",
        "output": "it answered something else",
        "model": f"it ran on {_shown(change.b)} instead of {_shown(change.a)}",
        "outcome": f"it ended {_ended(change.b)} instead of {_ended(change.a)}",
    }
    if change.what == "tools":
        verb = (
            "was offered"
            if change.a is None
            else "was no longer offered"
            if change.b is None
            else "was described otherwise"
        )
        return f"the tool {fmt.cut(change.subject or '', 60)} {verb}"
    if change.what == "parameters":
        return f"its {fmt.cut(change.subject or '', 60)} went from {_shown(change.a)} to {_shown(change.b)}"
    return texts[change.what]


def _shown(value: str | None) -> str:
    return "none" if value is None else fmt.cut(value, 60)


def _ended(value: str | None) -> str:
    return value if value in ("ok", "running") else f"with {fmt.cut(value or 'an unknown outcome', 60)}"


def _time(comparison: Comparison) -> Amount:
    change_ns, before_ns = comparison.duration_change_ns, comparison.a.duration_ns
    if abs(change_ns) <= _LITTLE * before_ns:
        return Amount("as long as A", 0)
    text = f"{fmt.duration_ns(abs(change_ns))} {'longer' if change_ns > 0 else 'less'}"
    return Amount(text + _percent(before_ns + change_ns, before_ns), 1 if change_ns > 0 else -1)


def _cost(comparison: Comparison) -> Amount:
    before, change = sum(part.a for part in comparison.cost), comparison.cost_change_nusd
    if not comparison.cost:
        return Amount("an unknown amount", 0)
    if abs(change) <= _LITTLE * before:
        return Amount("as much as A", 0)
    text = f"{fmt.money(abs(change) / 1e9)} {'more' if change > 0 else 'less'}"
    return Amount(text + _percent(before + change, before), 1 if change > 0 else -1)


def _percent(now: int, before: int) -> str:
    change = fmt.change(now, before)
    return f" ({change})" if change else ""


def _cause(comparison: Comparison, words: int | None) -> str | None:
    part = leading(comparison)
    if part is None:
        return None
    what = _step_change(comparison, part)
    before = None if comparison.first is None else _prompted(comparison, part, comparison.first, words)
    return f"{what} after {before}" if before else what


def leading(comparison: Comparison) -> Contribution | None:
    """The part that did most of the change of time, or of cost where the time is the same."""
    for parts, change, before in (
        (comparison.time, comparison.duration_change_ns, comparison.a.duration_ns),
        (comparison.cost, comparison.cost_change_nusd, sum(part.a for part in comparison.cost)),
    ):
        if abs(change) > _LITTLE * before:
            return next((part for part in parts if part.change * change > 0), None)
    return None


def _step_change(comparison: Comparison, part: Contribution) -> str:
    name = fmt.cut(part.name, 60)
    more = part.b_calls - part.a_calls
    if part.kind == NO_SPAN:
        return f"there was {'more' if part.change > 0 else 'less'} time that no span covers"
    if part.a_calls and part.b_calls and not more:
        return _same_calls(comparison, part, name)
    failures = [node.b.span for node in _nodes(comparison, part) if node.b is not None and has_failed(node.b.span)]
    if part.a_calls and more > 0 and failures:
        return f"{name} {_how_failed(failures)} and was retried {times(more)}"
    if not part.a_calls:
        return f"{name} was added ({fmt.plural(part.b_calls, 'call')})"
    if not part.b_calls:
        return f"{name} fell away ({fmt.plural(part.a_calls, 'call')})"
    return f"{name} was called {times(part.b_calls)} instead of {times(part.a_calls)}"


def _same_calls(comparison: Comparison, part: Contribution, name: str) -> str:
    changes = [change for node in _nodes(comparison, part) for change in node.changes]
    model = next((change for change in changes if change.what == "model"), None)
    if model is not None:
        return f"{name} ran on {_shown(model.b)} instead of {_shown(model.a)}"
    is_time = part in comparison.time
    amount = fmt.duration_ns(abs(part.change)) if is_time else fmt.money(abs(part.change) / 1e9)
    return f"{name} {'took' if is_time else 'cost'} {amount} {_direction(part.change, is_time=is_time)}"


def _direction(change: int, *, is_time: bool) -> str:
    return ("longer" if is_time else "more") if change > 0 else "less"


def _how_failed(failures: list[SpanRecord]) -> str:
    said = [f"{note.type} {note.message}" for span in failures for note in span.exceptions] or [
        span.status_message or "" for span in failures
    ]
    return "timed out" if all("timeout" in text.lower() or "timed out" in text.lower() for text in said) else "failed"


def _nodes(comparison: Comparison, part: Contribution) -> list[ComparedNode]:
    return [comparison.nodes[at] for at in part.pairs]


def _prompted(comparison: Comparison, part: Contribution, first: int, words: int | None) -> str | None:
    """What was changed by people before the step that made the difference, if anything."""
    node = comparison.nodes[first]
    if first in part.pairs or not part.pairs or first > part.pairs[0]:
        return None
    change = next(
        (change for change in node.changes if change.what in ("system", "model", "parameters", "tools")), None
    )
    if change is None:
        return None
    name = fmt.cut(node_name(node), 60)
    if change.what == "system":
        return f"{_words(words)} the system prompt changed" if words else "the system prompt changed"
    if change.what == "model":
        return f"{name} moved to {_shown(change.b)}"
    if change.what == "parameters":
        return f"the {fmt.cut(change.subject or '', 60)} of {name} changed"
    return f"the tools offered to {name} changed"


def _words(words: int | None) -> str:
    return "" if not words else f"{number(words)} {'word' if words == 1 else 'words'} of"


def where(comparison: Comparison, position: int) -> str:
    """ "step 5, plan.search" """
    name = fmt.cut(node_name(comparison.nodes[position]), 80)
    step = step_numbers(comparison)[position]
    return f"step {step}, {name}" if step else name


def difference(node: ComparedNode, words: int | None = None, *, with_output: bool = True) -> str:
    """What is different beside its figures; empty for nothing."""
    if node.a is None:
        return "only B has this step"
    if node.b is None:
        return "only A has this step"
    texts = [change_text(change, words) for change in node.changes if with_output or change.what != "output"]
    if node.is_renamed:
        texts.insert(0, "it has another name")
    return "; ".join(texts)


def _spread(comparison: Comparison, normal: NormalSpread) -> tuple[str, str]:
    if normal.runs < ENOUGH:
        return "What is normal can't be said", f"from {fmt.plural(normal.runs, 'earlier run')} of this workflow."
    b_ms, b_usd = comparison.b.duration_ns / 1e6, sum(part.b for part in comparison.cost) / 1e9
    figures: tuple[tuple[str, Spread, float, tuple[str, str]], ...] = (
        ("time", normal.duration_ms, b_ms, ("faster", "slower")),
        ("cost", normal.cost_usd, b_usd, ("cheaper", "dearer")),
    )
    outside = [figure for figure in figures if figure[1].place(figure[2])]
    runs = f"the last {normal.runs} good runs"
    if not outside:
        return "B is inside the normal spread", f"of {runs} on time and cost."
    names = " and ".join(name for name, *_ in outside)
    sides = " and ".join(words[(spread.place(value) or 0) > 0] for _, spread, value, words in outside)
    among = "all" if all(spread.is_beyond_all(value) for _, spread, value, _ in outside) else "19 of 20"
    return "Outside the normal spread", f"on {names}: {sides} than {among} of {runs}."
