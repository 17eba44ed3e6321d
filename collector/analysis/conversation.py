"""Model calls as a conversation: each message once, where it first appears, and tool results beside their calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from collector.analysis.same_messages import new_messages
from collector.store.records import Message, Part

_Place = tuple[int, int, int]
"""Turn, message in it, part of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What one model call was sent and what it answered."""

    span_id: str
    thread: Hashable = None
    """Who speaks: calls of one agent share it, and continue each other."""
    sent: tuple[Message, ...] = ()
    received: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    message: Message
    is_answer: bool
    results: Mapping[int, Part] = field(default_factory=dict)
    """Position of a tool call among the message's parts -> what the tool gave back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One model call: what is new in its request, then its answer."""

    span_id: str
    repeated: int
    """How many messages of the request stand in an earlier turn."""
    said: tuple[Said, ...]


def conversation(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """A turn an exchange, in the given order, which is that of time."""
    before: dict[Hashable, tuple[Message, ...]] = {}
    drafts: list[list[Said]] = []
    repeated: list[int] = []
    for exchange in exchanges:
        new = new_messages(before.get(exchange.thread, ()), exchange.sent)
        said = [Said(message=exchange.sent[at], is_answer=False) for at in new]
        drafts.append(said + [Said(message=message, is_answer=True) for message in exchange.received])
        repeated.append(len(exchange.sent) - len(new))
        before[exchange.thread] = (*exchange.sent, *exchange.received)
    _put_results_beside_calls(drafts, [exchange.thread for exchange in exchanges])
    return tuple(
        Turn(span_id=exchange.span_id, repeated=again, said=tuple(said))
        for exchange, again, said in zip(exchanges, repeated, drafts, strict=True)
    )


def with_names(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Results without the name of their tool get it from the call they answer."""
    names = {part.id: part.name for said in messages for part in said.parts if part.type == "tool_call" and part.id}
    return tuple(replace(said, parts=tuple(_named(part, names) for part in said.parts)) for said in messages)


def _named(part: Part, names: Mapping[str, str | None]) -> Part:
    is_nameless = part.type == "tool_result" and part.name is None and part.id in names
    return replace(part, name=names[part.id or ""]) if is_nameless else part


def unanswered(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Ids of the answers' tool calls whose result no message tells."""
    return tuple(
        part.id
        for turn in turns
        for said in turn.said
        for number, part in enumerate(said.message.parts)
        if said.is_answer and part.type == "tool_call" and part.id and number not in said.results
    )


def answered(turn: Turn, results: Mapping[str, str]) -> Turn:
    """The turn with results that were found elsewhere, by the call's id, where it has none."""
    return replace(turn, said=tuple(_with(said, results) for said in turn.said))


def _with(said: Said, results: Mapping[str, str]) -> Said:
    found = {
        number: Part(type="tool_result", text=results[part.id], name=part.name, id=part.id)
        for number, part in enumerate(said.message.parts)
        if part.type == "tool_call" and part.id is not None and part.id in results
    }
    return replace(said, results={**found, **said.results}) if found else said


def _put_results_beside_calls(drafts: list[list[Said]], threads: Sequence[Hashable]) -> None:
    """Moves each result to the latest call before it with its id, one without an id to the only call that waits for
    one; others stay where they are."""
    open_calls: defaultdict[Hashable, dict[str, _Place]] = defaultdict(dict)
    emptied: set[tuple[int, int]] = set()
    for turn, said in enumerate(drafts):
        calls = open_calls[threads[turn]]
        for place, one in enumerate(said):
            parts = one.message.parts
            if parts and all(part.type == "tool_result" for part in parts):
                left = tuple(part for part in parts if not _attached(drafts, calls, part))
                said[place] = replace(one, message=replace(one.message, parts=left))
                if not left:
                    emptied.add((turn, place))
            for number, part in enumerate(parts):
                if part.type == "tool_call" and part.id:
                    calls[part.id] = (turn, place, number)
    for turn, said in enumerate(drafts):
        drafts[turn] = [one for place, one in enumerate(said) if (turn, place) not in emptied]


def _attached(drafts: list[list[Said]], calls: dict[str, _Place], result: Part) -> bool:
    call_id = next(iter(calls)) if result.id is None and len(calls) == 1 else result.id
    if call_id not in calls:
        return False
    turn, place, number = calls.pop(call_id or "")
    call = drafts[turn][place]
    named = replace(result, name=result.name or call.message.parts[number].name)
    drafts[turn][place] = replace(call, results={**call.results, number: named})
    return True
