"""Whether an agent goes round in circles: one call again and again, two calls in turn, or a call that keeps failing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from collector.analysis.same_messages import canonical
from collector.analysis.steps import Call, Step

SAME_CALLS = 3
ALTERNATIONS = 4
FAILURES = 3
"""Steps in a row from which it is worth a sentence."""

_Signature = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Loop:
    kind: str
    """same, alternating or failing."""
    names: tuple[str, ...]
    """Of the tools."""
    numbers: tuple[int, ...]
    """Of the steps, which follow each other in one agent."""
    is_end: bool
    """Whether the agent does nothing after it but answer."""


def loops(found: Sequence[Step], calls: Mapping[str, Call]) -> tuple[Loop, ...]:
    """By first step. A step is in one loop of a kind; a loop of the same call is not told again as failing."""
    told: list[Loop] = []
    for actions in _by_agent(found):
        signed = [_signature(step, calls) for step in actions]
        told += _runs("same", actions, SAME_CALLS, [_is_same(one, other) for one, other in pairwise(signed)])
        told += _alternating(actions, signed)
        told += _runs("failing", actions, FAILURES, [_both_fail(one, other) for one, other in pairwise(actions)])
    exact = {number for loop in told if loop.kind != "failing" for number in loop.numbers}
    kept = [loop for loop in told if loop.kind != "failing" or not exact.issuperset(loop.numbers)]
    return tuple(sorted(kept, key=lambda loop: (loop.numbers, loop.kind)))


def scattered(found: Sequence[Step], calls: Mapping[str, Call], told: Sequence[Loop]) -> tuple[Loop, ...]:
    """Calls with the same arguments anywhere in the run, SAME_CALLS or more, the most frequent first; without those
    that are `told` already."""
    known = {number for loop in told if loop.kind != "failing" for number in loop.numbers}
    alike: dict[_Signature, list[int]] = {}
    for step in found:
        if step.is_action:
            alike.setdefault(_signature(step, calls), []).append(step.number)
    again = [
        Loop("same", (name,), tuple(numbers), is_end=False)
        for (name, arguments), numbers in alike.items()
        if arguments is not None and len(numbers) >= SAME_CALLS and not known.issuperset(numbers)
    ]
    return tuple(sorted(again, key=lambda loop: (-len(loop.numbers), loop.numbers)))


def _by_agent(found: Sequence[Step]) -> Iterator[list[Step]]:
    """The actions of each agent. What a model says between them without an action doesn't end a loop."""
    agents: dict[str | None, list[Step]] = {}
    for step in found:
        if step.is_action:
            agents.setdefault(step.agent, []).append(step)
    yield from agents.values()


def _signature(step: Step, calls: Mapping[str, Call]) -> _Signature:
    call = calls.get(step.span_id)
    return step.name, None if call is None or call.arguments is None else canonical(call.arguments)


def _is_same(one: _Signature, other: _Signature) -> bool:
    return one == other and one[1] is not None


def _both_fail(one: Step, other: Step) -> bool:
    return one.name == other.name and _fails(one) and _fails(other)


def _fails(step: Step) -> bool:
    return step.has_failed or step.returned_error is not None


def _runs(kind: str, actions: Sequence[Step], least: int, goes_on: Sequence[bool]) -> Iterator[Loop]:
    """goes_on: of each action but the last whether the next one is like it."""
    start = 0
    for stop in range(1, len(actions) + 1):
        if stop == len(actions) or not goes_on[stop - 1]:
            if stop - start >= least:
                yield _loop(kind, actions, start, stop)
            start = stop


def _alternating(actions: Sequence[Step], signed: Sequence[_Signature]) -> Iterator[Loop]:
    start = 0
    for at in range(2, len(actions) + 1):
        goes_on = at < len(actions) and _is_same(signed[at], signed[at - 2]) and signed[at] != signed[at - 1]
        if not goes_on:
            if at - start >= ALTERNATIONS and all(arguments is not None for _, arguments in signed[start:at]):
                yield _loop("alternating", actions, start, at)
            start = at - 1


def _loop(kind: str, actions: Sequence[Step], start: int, stop: int) -> Loop:
    chosen = actions[start:stop]
    names = tuple(dict.fromkeys(step.name for step in chosen))
    return Loop(kind, names, tuple(step.number for step in chosen), stop == len(actions))
