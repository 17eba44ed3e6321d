"""A trace as the steps of its agents: what the model decided, with which arguments, and what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collector.analysis.arguments import Change, changes
from collector.analysis.calls import agents_above
from collector.analysis.failures import has_failed
from collector.analysis.same_messages import canonical
from collector.analysis.tree import Tree
from collector.analysis.waiting import CALLS, CONTAINERS, step_name, step_positions
from collector.store.records import SpanRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action, with the model call that decided it; a model call by itself where no action follows it."""

    number: int
    span_id: str
    """Of the action, or of the model call without one."""
    decided_by: str | None
    """span_id of the model call, on the first action that follows it."""
    agent: str | None
    name: str
    kind: str
    has_failed: bool
    returned_error: str | None
    error: str | None
    """"Type: message" of the first exception, else what the status says."""
    start_ns: int
    duration_ms: float | None
    """From the model call to the end of the action; None while it has no end."""
    tokens: int | None
    cost_usd: float | None
    """Of the model call and of all inside the action that is no step of its own."""
    unpriced: int
    """Counted calls in it whose cost is unknown."""

    @property
    def is_action(self) -> bool:
        return self.kind != "llm"


@dataclass(frozen=True, slots=True)
class Call:
    """What went into an action and what came out, as text; None where the span doesn't tell."""

    arguments: str | None
    result: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A step beside the calls of the same tool before it."""

    same_as: int | None
    """Number of the latest step with the same tool and arguments."""
    changed: tuple[Change, ...] | None
    """Arguments that differ from the tool's call before; None for a first call and where arguments are unknown."""


def steps(tree: Tree) -> tuple[Step, ...]:
    """By start. Actions are tools, retrievers and the like; what happens inside one belongs to it."""
    owners = step_positions(tree)
    agents = agents_above(tree)
    used = _used(tree, owners)
    positions = [at for at, node in enumerate(tree.nodes) if owners[at] == at and node.span.kind in CALLS]
    waiting: dict[int | None, int] = {}
    found: list[tuple[int, int | None]] = []
    for at in sorted(positions, key=lambda at: (tree.nodes[at].start_ns, at)):
        agent = agents[at]
        if tree.nodes[at].span.kind == "llm":
            if (alone := waiting.get(agent)) is not None:
                found.append((alone, None))
            waiting[agent] = at
        else:
            found.append((at, waiting.pop(agent, None)))
    found += [(alone, None) for alone in waiting.values()]
    found.sort(key=lambda pair: (tree.nodes[pair[0]].start_ns, pair[0]))
    return tuple(_step(tree, number, at, by, agents[at], used) for number, (at, by) in enumerate(found, start=1))


def compare(found: Sequence[Step], calls: Mapping[str, Call]) -> tuple[Comparison, ...]:
    """A comparison a step. calls: by span_id; without one nothing is known of a step's arguments."""
    latest: dict[str, str] = {}
    seen: dict[tuple[str, str], int] = {}
    compared = []
    for step in found:
        call = calls.get(step.span_id)
        if not step.is_action or call is None or call.arguments is None:
            compared.append(Comparison(None, None))
            continue
        before = latest.get(step.name)
        same = (step.name, canonical(call.arguments))
        changed = None if before is None else changes(before, call.arguments)
        compared.append(Comparison(seen.get(same), changed))
        latest[step.name], seen[same] = call.arguments, step.number
    return tuple(compared)


def repeated(
    compared: Sequence[Comparison], shown: Sequence[Step], found: Sequence[Step], hashes: Mapping[str, str]
) -> tuple[Comparison, ...]:
    """The comparisons of `shown`, which are some of `found`, with the equal calls that lie before all of them.

    hashes: by span_id what tells a call's arguments from others.
    """
    first = shown[0].number if shown else 0
    before = {(step.name, hashes[step.span_id]): step.number for step in found[: first - 1] if step.span_id in hashes}
    return tuple(
        replace(told, same_as=before.get((step.name, hashes.get(step.span_id, ""))))
        if told.same_as is None and step.is_action
        else told
        for step, told in zip(shown, compared, strict=True)
    )


_Used = tuple[int | None, float | None, int]


def _used(tree: Tree, owners: Sequence[int]) -> list[_Used]:
    """Of each node what is counted in it and in what belongs to it."""
    used: list[_Used] = [(None, None, 0)] * len(tree.nodes)
    for position, node in enumerate(tree.nodes):
        if node.span.counted:
            used[owners[position]] = _plus(used[owners[position]], _of(node.span))
    return used


def _of(span: SpanRecord) -> _Used:
    known = [part for part in (span.input_tokens, span.output_tokens) if part is not None]
    return sum(known) if known else None, span.cost_usd, int(span.cost_usd is None)


def _plus(one: _Used, other: _Used) -> _Used:
    tokens = [part for part in (one[0], other[0]) if part is not None]
    costs = [part for part in (one[1], other[1]) if part is not None]
    return sum(tokens) if tokens else None, sum(costs) if costs else None, one[2] + other[2]


def _step(tree: Tree, number: int, at: int, decided_by: int | None, agent: int | None, used: Sequence[_Used]) -> Step:
    node = tree.nodes[at]
    call = None if decided_by is None else tree.nodes[decided_by]
    tokens, cost_usd, unpriced = used[at] if decided_by is None else _plus(used[at], used[decided_by])
    start_ns = node.start_ns if call is None else call.start_ns
    ended = node.span.end_ns is not None
    return Step(
        number=number,
        span_id=node.span.span_id,
        decided_by=None if call is None else call.span.span_id,
        agent=None if agent is None else agent_name(tree.nodes[agent].span),
        name=step_name(node.span),
        kind=node.span.kind,
        has_failed=has_failed(node.span) or (call is not None and has_failed(call.span)),
        returned_error=node.span.returned_error,
        error=_error(node.span) or (None if call is None else _error(call.span)),
        start_ns=start_ns,
        duration_ms=(node.end_ns - start_ns) / 1e6 if ended else None,
        tokens=tokens,
        cost_usd=cost_usd,
        unpriced=unpriced,
    )


def _error(span: SpanRecord) -> str | None:
    told = ((note.type, note.message) for note in span.exceptions)
    first = next((": ".join(part for part in parts if part) for parts in told), None)
    return first or (span.status_message if has_failed(span) else None)


def agent_name(span: SpanRecord) -> str:
    return span.agent_name or span.name


def has_steps(spans: Iterable[SpanRecord]) -> bool:
    """Whether anything in it is a step."""
    return any(span.kind in CALLS - CONTAINERS for span in spans)
