"""Model calls: which models there are, how fast they answer, and a conversation that is sent again with each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from collector.demo.steps import Attributes, Failure, Step, as_message, compact_json


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    provider: str
    """gen_ai.provider.name"""
    response_name: str
    address: str
    id_prefix: str
    """How the provider's response ids begin."""
    first_chunk_ms: int
    tokens_per_s: int
    reasoning_share: float = 0.0
    """Of the output tokens."""
    caches: bool = True

    @property
    def scope(self) -> str:
        known = {"openai", "anthropic"}
        return f"opentelemetry.instrumentation.genai.{self.provider if self.provider in known else 'openai'}"


GPT_5 = Model("gpt-5", "openai", "gpt-5-2025-08-07", "api.openai.com", "chatcmpl-", 900, 110, 0.45)
GPT_5_MINI = Model("gpt-5-mini", "openai", "gpt-5-mini-2025-08-07", "api.openai.com", "chatcmpl-", 450, 170, 0.25)
SONNET = Model("claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5-20250929", "api.anthropic.com", "msg_", 620, 95)
GEMINI = Model(
    "gemini-2.5-flash", "gcp.gemini", "gemini-2.5-flash", "generativelanguage.googleapis.com", "", 320, 220, 0.15
)
LLAMA = Model("llama-3.3-70b", "vllm", "llama-3.3-70b", "llm.internal", "cmpl-", 210, 70, caches=False)
"""Self-hosted: no price list knows it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """As providers report it: input includes both cache parts, output includes reasoning. None: not reported."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: Mapping[str, object]


def count_tokens(text: str) -> int:
    """Roughly what a tokenizer would say."""
    return len(text) // 4 + 3


def usage_attributes(usage: Usage) -> Attributes:
    named = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
        "gen_ai.usage.cache_write.input_tokens": usage.cache_write_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
    }
    return {name: tokens for name, tokens in named.items() if tokens is not None}


def answer_message(text: str, calls: Sequence[ToolCall]) -> dict[str, object]:
    parts: list[dict[str, object]] = [{"type": "text", "content": text}] if text else []
    parts += [
        {"type": "tool_call", "id": call.id, "name": call.name, "arguments": dict(call.arguments)} for call in calls
    ]
    return {"role": "assistant", "parts": parts}


def result_message(call: ToolCall, result: object) -> dict[str, object]:
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": call.id, "response": result}]}


def model_call(
    model: Model,
    *,
    system: str,
    messages: Sequence[Mapping[str, object]],
    tools: Sequence[str],
    own_ms: float,
    span_name: str = "",
) -> Step:
    """A call with what was asked; `answered` adds what came back."""
    attributes: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.name,
        "gen_ai.request.max_tokens": 2048,
        "gen_ai.input.messages": compact_json(messages),
        "server.address": model.address,
    }
    if system:
        attributes["gen_ai.system_instructions"] = compact_json([{"type": "text", "content": system}])
    if tools:
        definitions = [{"type": "function", "name": name, "parameters": {"type": "object"}} for name in tools]
        attributes["gen_ai.tool.definitions"] = compact_json(definitions)
    if not model.reasoning_share:
        attributes["gen_ai.request.temperature"] = 0.2
    return Step(span_name or f"chat {model.name}", attributes, own_ms=own_ms, is_client=True, scope=model.scope)


def answered(step: Step, model: Model, usage: Usage, text: str, calls: Sequence[ToolCall], response_id: str) -> Step:
    finish_reason = "tool_call" if calls else "stop"
    step.attributes |= {
        "gen_ai.response.model": model.response_name,
        "gen_ai.response.id": f"{model.id_prefix}{response_id}",
        "gen_ai.response.finish_reasons": [finish_reason],
        "gen_ai.output.messages": compact_json([{**answer_message(text, calls), "finish_reason": finish_reason}]),
        **usage_attributes(usage),
    }
    return step


@dataclass(slots=True)
class Chat:
    """A conversation with one model. Each call sends the whole history again, as agent loops do."""

    rng: Random
    model: Model
    system: str
    tools: Sequence[str] = ()
    unseen_tokens: int = 600
    """Of every call: tool schemas, examples and policies that the demo does not spell out."""
    warm: bool = False
    """An earlier run has left the system prompt in the provider's cache."""
    streams: bool = False
    messages: list[dict[str, object]] = field(default_factory=list)
    context_tokens: int = 0
    cached_tokens: int = 0

    def __post_init__(self) -> None:
        self.context_tokens = self.unseen_tokens + count_tokens(self.system)
        self.cached_tokens = self.context_tokens if self.warm else 0

    def tell(self, text: str, *, role: str = "user", unseen_tokens: int = 0) -> None:
        """`unseen_tokens`: documents that went along and are left out of the demo's text."""
        self.messages.append(as_message(role, text))
        self.context_tokens += count_tokens(text) + unseen_tokens

    def give_result(self, call: ToolCall, result: object, *, unseen_tokens: int = 0) -> None:
        self.messages.append(result_message(call, result))
        self.context_tokens += count_tokens(compact_json(result)) + unseen_tokens

    def call_tool(self, name: str, arguments: Mapping[str, object]) -> ToolCall:
        return ToolCall(f"call_{self.rng.getrandbits(64):016x}", name, arguments)

    def ask(
        self, text: str = "", calls: Sequence[ToolCall] = (), *, unseen_tokens: int = 0, span_name: str = ""
    ) -> Step:
        """One model call that answers `text`, asks for `calls`, or both. `unseen_tokens` are output, left out."""
        answer = answer_message(text, calls)
        usage = self._spend(count_tokens(compact_json(answer["parts"])) + unseen_tokens)
        first_chunk_ms = (self.model.first_chunk_ms + usage.input_tokens / 60) * self.rng.lognormvariate(0, 0.25)
        own_ms = first_chunk_ms + usage.output_tokens / self.model.tokens_per_s * 1000
        step = self._request(own_ms, span_name)
        if self.streams:
            step.attributes["gen_ai.request.stream"] = True
            step.attributes["gen_ai.response.time_to_first_chunk"] = round(first_chunk_ms / 1000, 4)
        self.messages.append(answer)
        self.context_tokens = usage.input_tokens + usage.output_tokens
        return answered(step, self.model, usage, text, calls, f"{self.rng.getrandbits(80):020x}")

    def ask_in_vain(self, failure: Failure, own_ms: float) -> Step:
        """A call that the provider refused: no answer and no usage."""
        step = self._request(own_ms, "")
        step.failure = failure
        return step

    def _request(self, own_ms: float, span_name: str) -> Step:
        return model_call(
            self.model, system=self.system, messages=self.messages, tools=self.tools, own_ms=own_ms, span_name=span_name
        )

    def _spend(self, visible_tokens: int) -> Usage:
        share = self.model.reasoning_share
        reasoning = round(visible_tokens * share / (1 - share) * self.rng.uniform(0.5, 1.5)) if share else None
        cache_read = cache_write = None
        if self.model.caches:
            # Providers cache long prefixes only, and in blocks.
            cache_read = self.cached_tokens // 128 * 128 if self.cached_tokens >= 1024 else 0
        if self.model.provider == "anthropic" and cache_read is not None:
            fresh = self.context_tokens - cache_read
            cache_write = fresh // 128 * 128 if self.tools and self.context_tokens >= 1024 else 0
        self.cached_tokens = self.context_tokens
        return Usage(self.context_tokens, visible_tokens + (reasoning or 0), cache_read, cache_write, reasoning)
