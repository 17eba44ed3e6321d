"""All tables as one look-up, so that a span is read in a single pass over its own attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypedDict, cast

from collector.semconv import genai, langsmith, logfire, msgtrace, openinference, traceloop, vercel
from collector.semconv.convention import Convention, Parse
from collector.semconv.providers import provider
from collector.semconv.values import (
    content,
    count,
    finish_reason,
    identifier,
    nano_dollars,
    one_of,
    tags,
    text,
    unquoted,
)

CONVENTIONS: tuple[Convention, ...] = (
    genai.CONVENTION,
    openinference.CONVENTION,
    traceloop.CONVENTION,
    msgtrace.CONVENTION,
    vercel.CONVENTION,
    langsmith.CONVENTION,
    logfire.CONVENTION,
)
"""In order of precedence: the first that says something about a field wins."""

KIND_ORDER: tuple[Convention, ...] = (
    msgtrace.CONVENTION,
    openinference.CONVENTION,
    traceloop.CONVENTION,
    genai.CONVENTION,
    vercel.CONVENTION,
    langsmith.CONVENTION,
    logfire.CONVENTION,
)
"""A framework knows better what a span is than the operation's name tells."""


class Fields(TypedDict, total=False):
    """What the attributes of one span say, under msgtrace's names. A field that is missing is unknown."""

    kind: str
    operation: str
    provider: str
    request_model: str
    response_model: str
    response_id: str
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    input_audio_tokens: int
    output_audio_tokens: int
    cost_nusd: int
    input_cost_nusd: int
    output_cost_nusd: int
    currency: str
    tool_name: str
    tool_call_id: str
    tool_status: str
    agent_name: str
    entity_name: str
    workflow: str
    version: str
    environment: str
    session_id: str
    user_id: str
    tags: tuple[str, ...]
    metadata: object
    time_to_first_token_ns: int
    finish_reason: str
    flow: str
    pending: str
    pending_parent_id: str
    error_type: str
    messages: object
    input: object
    output: object


class Rule(NamedTuple):
    field: str
    rank: int
    """The lowest wins."""
    parse: Parse


_PARSE: Mapping[str, Parse] = {
    "operation": text,
    "provider": provider,
    "request_model": unquoted,
    "response_model": unquoted,
    "response_id": unquoted,
    "input_tokens": count,
    "output_tokens": count,
    "total_tokens": count,
    "cache_read_tokens": count,
    "cache_write_tokens": count,
    "reasoning_tokens": count,
    "input_audio_tokens": count,
    "output_audio_tokens": count,
    "cost_nusd": nano_dollars,
    "input_cost_nusd": nano_dollars,
    "output_cost_nusd": nano_dollars,
    "currency": unquoted,
    "tool_name": unquoted,
    "tool_call_id": unquoted,
    "tool_status": unquoted,
    "agent_name": unquoted,
    "entity_name": unquoted,
    "workflow": unquoted,
    "version": unquoted,
    "environment": unquoted,
    "session_id": identifier,
    "user_id": identifier,
    "tags": tags,
    "metadata": content,
    "finish_reason": finish_reason,
    "flow": text,
    "pending": text,
    "pending_parent_id": text,
    "error_type": text,
    "messages": content,
    "input": content,
    "output": content,
}
_UNRANKED = 1_000_000


def read_fields(attributes: Mapping[str, object]) -> Fields:
    """For every field the value of the best-ranked attribute that parses and isn't empty."""
    found: dict[str, object] = {}
    ranks: dict[str, int] = {}
    for key, value in attributes.items():
        for field, rank, parse in INDEX.get(key, ()):
            if rank < ranks.get(field, _UNRANKED):
                parsed = parse(value)
                if parsed is not None:
                    found[field] = parsed
                    ranks[field] = rank
    return cast(Fields, found)


def root_kind(attributes: Mapping[str, object]) -> str | None:
    """What a span without a parent is, when its kind is not said elsewhere."""
    for key, parse in ROOT_KINDS:
        if key in attributes and (kind := parse(attributes[key])):
            return kind
    return None


def _field_rules(conventions: Iterable[Convention]) -> Iterator[tuple[str, Rule]]:
    ranks: dict[str, int] = {}
    for convention in conventions:
        for field, names in convention.fields.items():
            for name in names:
                rank = ranks[field] = ranks.get(field, -1) + 1
                yield name, Rule(field, rank, convention.parse.get(name) or _PARSE[field])


def _kind_rules(conventions: Iterable[Convention]) -> Iterator[tuple[str, Rule]]:
    names = [named for convention in conventions for named in convention.kinds.items()]
    for rank, (name, kinds) in enumerate(names):
        yield name, Rule("kind", rank, one_of(kinds))


def _merged(rules: Iterable[tuple[str, Rule]]) -> dict[str, tuple[Rule, ...]]:
    index: dict[str, tuple[Rule, ...]] = {}
    for name, rule in rules:
        index[name] = (*index.get(name, ()), rule)
    return index


INDEX = _merged([*_kind_rules(KIND_ORDER), *_field_rules(CONVENTIONS)])
ROOT_KINDS = [(name, one_of(kinds)) for table in KIND_ORDER for name, kinds in table.root_kinds.items()]
