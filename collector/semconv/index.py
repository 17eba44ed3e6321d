"""All tables as one look-up: what an attribute's name tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypedDict

from collector.semconv import (
    adk,
    genai,
    genkit,
    haystack,
    langfuse,
    langsmith,
    litellm,
    livekit,
    logfire,
    microsoft,
    mlflow,
    msgtrace,
    openinference,
    openlit,
    spring_ai,
    strands,
    traceloop,
    vercel,
)
from collector.semconv.convention import Convention, Parse, Unpack
from collector.semconv.providers import provider
from collector.semconv.values import (
    content,
    count,
    finish_reason,
    identifier,
    nano_dollars,
    one_of,
    point_in_time,
    remembered,
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
    langfuse.CONVENTION,
    mlflow.CONVENTION,
    langsmith.CONVENTION,
    logfire.CONVENTION,
    haystack.CONVENTION,
    litellm.CONVENTION,
    strands.CONVENTION,
    adk.CONVENTION,
    microsoft.CONVENTION,
    openlit.CONVENTION,
    spring_ai.CONVENTION,
    genkit.CONVENTION,
    livekit.CONVENTION,
)
"""In order of precedence: the first that says something about a field wins."""

KIND_ORDER: tuple[str, ...] = (
    "module.type",
    "langfuse.observation.type",
    "openinference.span.kind",
    "mlflow.spanType",
    "traceloop.span.kind",
    "langsmith.span.kind",
    "spring.ai.kind",
    "haystack.component.type",
    "genkit:metadata:subtype",
    genai.OPERATION_NAME,
    "ai.operationId",
    "llm.request.type",
    "logfire.msg_template",
    "genkit:type",
)
"""The attributes that tell a span's kind, best first: a framework knows better than the operation's name does
(LangSmith calls a retriever's operation "embeddings")."""


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
    cache_write_1h_tokens: int
    cache_write_5m_tokens: int
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
    """The name of whatever the span is: its tool, agent or workflow."""
    entity_model: str
    """A name that is the requested model's if the span is a model's call, and something else if not."""
    node_name: str
    workflow: str
    version: str
    environment: str
    session_id: str
    conversation_id: str
    """The session where no attribute names one: a session may hold several conversations."""
    user_id: str
    tags: tuple[str, ...]
    time_to_first_token_ns: int
    first_token_ns: int
    """The point in time."""
    finish_reason: str
    flow: str
    pending: str
    pending_parent_id: str
    error_type: str
    error_message: str
    error_level: str
    conversation: object
    """Messages of both directions: the last of the assistant's is the output."""
    messages: object
    """Messages that went in."""
    input: object
    output: object


class Rule(NamedTuple):
    field: str
    """Empty for an attribute that holds several fields."""
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
    "cache_write_1h_tokens": count,
    "cache_write_5m_tokens": count,
    "reasoning_tokens": count,
    "input_audio_tokens": count,
    "output_audio_tokens": count,
    "cost_nusd": nano_dollars,
    "input_cost_nusd": nano_dollars,
    "output_cost_nusd": nano_dollars,
    "currency": unquoted,
    "tool_name": unquoted,
    "tool_call_id": identifier,
    "tool_status": unquoted,
    "agent_name": unquoted,
    "entity_name": unquoted,
    "entity_model": unquoted,
    "node_name": unquoted,
    "workflow": unquoted,
    "version": unquoted,
    "environment": unquoted,
    "session_id": identifier,
    "conversation_id": identifier,
    "user_id": identifier,
    "tags": tags,
    "first_token_ns": point_in_time,
    "finish_reason": finish_reason,
    "flow": text,
    "pending": text,
    "pending_parent_id": text,
    "error_type": text,
    "error_message": unquoted,
    "error_level": text,
    "conversation": content,
    "messages": content,
    "input": content,
    "output": content,
}
_FEW_VALUES = frozenset(
    {
        "operation",
        "provider",
        "request_model",
        "response_model",
        "tool_name",
        "agent_name",
        "entity_name",
        "workflow",
        "version",
        "environment",
    }
)


def kind_by_name(scope: str, name: str) -> str | None:
    """What a span is that no attribute tells about, by its name."""
    return next((kind for beginning, kind in _names_in(scope) if name.startswith(beginning)), None)


def root_kind(attributes: Mapping[str, object]) -> str | None:
    """What a span without a parent is, when its kind is not said elsewhere."""
    for key, parse in ROOT_KINDS:
        if key in attributes and (kind := parse(attributes[key])):
            return kind
    return None


@lru_cache(maxsize=1_024)
def _names_in(scope: str) -> tuple[tuple[str, str], ...]:
    return tuple(named for table in CONVENTIONS if scope.startswith(table.scopes) for named in table.names.items())


def _field_rules(conventions: Iterable[Convention]) -> Iterator[tuple[str, Rule]]:
    ranks: dict[str, int] = {}
    for convention in conventions:
        for field, names in convention.fields.items():
            for name in names:
                rank = ranks[field] = ranks.get(field, -1) + 1
                parse = convention.parse.get(name) or _PARSE[field]
                yield name, Rule(field, rank, remembered(parse) if field in _FEW_VALUES else parse)


def _kind_rules(conventions: Iterable[Convention]) -> Iterator[tuple[str, Rule]]:
    """An attribute that several tables know (gen_ai.operation.name) is read once, with all that they know."""
    told: dict[str, dict[str, str]] = {}
    parse: dict[str, Parse] = {}
    for convention in conventions:
        for name, kinds in convention.kinds.items():
            if callable(kinds):
                parse[name] = kinds
            else:
                told[name] = {**kinds, **told.get(name, {})}
    parse |= {name: one_of(kinds) for name, kinds in told.items()}
    for name in parse:
        yield name, Rule("kind", KIND_ORDER.index(name), remembered(parse[name]))


def _object_rules(conventions: Iterable[Convention]) -> Iterator[tuple[str, Rule]]:
    objects: list[tuple[str, Unpack]] = [named for convention in conventions for named in convention.objects.items()]
    for rank, (name, unpack) in enumerate(objects):
        yield name, Rule("", rank, unpack)


def _merged(rules: Iterable[tuple[str, Rule]]) -> dict[str, tuple[Rule, ...]]:
    index: dict[str, tuple[Rule, ...]] = {}
    for name, rule in rules:
        index[name] = (*index.get(name, ()), rule)
    return index


INDEX = _merged([*_kind_rules(CONVENTIONS), *_field_rules(CONVENTIONS), *_object_rules(CONVENTIONS)])
ROOT_KINDS = [(name, one_of(kinds)) for table in CONVENTIONS for name, kinds in table.root_kinds.items()]
