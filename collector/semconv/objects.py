"""JSON objects that hold several fields at once: usage, cost, metadata. Each reader returns None when nothing is known.

Usage comes in the shapes of the providers (OpenAI, Anthropic, Google, Bedrock) and of the frameworks that pass it on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from collector.semconv import values
from collector.semconv.values import count, finish_reason, identifier, json_object, nano_dollars, unquoted

Fields = Mapping[str, object]

_USAGE: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "prompt_token_count"),
    "output_tokens": (
        "output_tokens",
        "completion_tokens",
        "outputTokens",
        "completionTokens",
        "candidates_token_count",
    ),
    "total_tokens": ("total_tokens", "totalTokens", "total_token_count"),
    "cache_read_tokens": (
        "cache_read_input_tokens",
        "cached_input_tokens",
        "cacheReadInputTokens",
        "prompt_tokens_details.cached_tokens",
        "input_tokens_details.cached_tokens",
        "input_token_details.cache_read",
        "inputTokenDetails.cacheReadTokens",
        "cached_content_token_count",
        "cachedContentTokens",
    ),
    "cache_write_tokens": (
        "cache_creation_input_tokens",
        "cache_write_input_tokens",
        "cacheWriteInputTokens",
        "prompt_tokens_details.cache_write_tokens",
        "input_tokens_details.cache_write_tokens",
        "input_token_details.cache_creation",
        "inputTokenDetails.cacheWriteTokens",
    ),
    "cache_write_1h_tokens": (
        "cache_creation.ephemeral_1h_input_tokens",
        "input_token_details.ephemeral_1h_input_tokens",
        "cache_creation_input_tokens_above_1hr",
    ),
    "reasoning_tokens": (
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "output_token_details.reasoning",
        "outputTokenDetails.reasoningTokens",
        "thoughts_token_count",
        "thoughtsTokens",
    ),
    "input_audio_tokens": ("prompt_tokens_details.audio_tokens", "input_token_details.audio"),
    "output_audio_tokens": ("completion_tokens_details.audio_tokens", "output_token_details.audio"),
}
_PARAMETERS_LENGTH = 20_000
"""Some write the whole response where the parameters belong."""
_WITHOUT_CACHE = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Anthropic's names: its `input_tokens` leaves these out. With a total beside them, the total tells."""
_RESPONSES = ('{"generations"', '{"choices"')
"""How a response begins that has its id behind its content: LangChain's, and one that was put together of chunks."""
_OUTSIDE_OUTPUT = ("thoughts_token_count", "thoughtsTokens")
"""Google counts its thoughts beside the answer."""


def usage(value: object) -> Fields | None:
    """A provider's usage object."""
    sent = _flat(json_object(value))
    if not sent:
        return None
    found: dict[str, int] = {}
    for field, names in _USAGE.items():
        if (tokens := next(_counts(sent, names), None)) is not None:
            found[field] = tokens
    if "input_tokens" in sent and "total_tokens" not in found:
        _add(found, "input_tokens", _counts(sent, _WITHOUT_CACHE))
    _add(found, "output_tokens", _counts(sent, _OUTSIDE_OUTPUT))
    return found or None


def input_details(value: object) -> Fields | None:
    """The parts of the input alone."""
    return usage({"input_token_details": json_object(value)})


def output_details(value: object) -> Fields | None:
    """The parts of the output alone."""
    return usage({"output_token_details": json_object(value)})


def usage_buckets(value: object) -> Fields | None:
    """Langfuse's usage details: named buckets that don't overlap, `input` without the cache; or a provider's object."""
    sent = json_object(value)
    if "input" not in sent and "output" not in sent:
        return usage(sent)
    counts = {name.lower(): tokens for name, item in sent.items() if (tokens := count(item)) is not None}
    sums = {
        "input_tokens": [n for name, n in counts.items() if "input" in name],
        "output_tokens": [n for name, n in counts.items() if "output" in name],
        "cache_read_tokens": [n for name, n in counts.items() if "input" in name and _is_cache_read(name)],
        "cache_write_tokens": [n for name, n in counts.items() if "input" in name and _is_cache_write(name)],
        "reasoning_tokens": [n for name, n in counts.items() if "output" in name and "reasoning" in name],
        "input_audio_tokens": [n for name, n in counts.items() if "input" in name and "audio" in name],
        "output_audio_tokens": [n for name, n in counts.items() if "output" in name and "audio" in name],
    }
    found = {field: total for field, some in sums.items() if some and (total := count(sum(some))) is not None}
    return found or None


def cost(value: object) -> Fields | None:
    """Dollars by part. An object of zeros says nothing: a failed call, or a model without a price."""
    sent = json_object(value)
    parts = {name.lower(): nusd for name, item in sent.items() if (nusd := nano_dollars(item))}
    totals = [parts.pop(name) for name in ("total", "total_cost") if name in parts]
    found = {
        "cost_nusd": totals[0] if totals else sum(parts.values()),
        "input_cost_nusd": sum(nusd for name, nusd in parts.items() if "input" in name),
        "output_cost_nusd": sum(nusd for name, nusd in parts.items() if "output" in name),
    }
    return {field: nusd for field, nusd in found.items() if nusd} or None


def gateway_cost(value: object) -> Fields | None:
    """What the gateways behind Vercel's AI SDK charge, from their metadata; a dollar amount by provider."""
    if isinstance(value, str) and "cost" not in value:
        return None
    for provider in json_object(value).values():
        inner = provider.get("usage", provider) if isinstance(provider, dict) else None
        for told in (provider, inner):
            if isinstance(told, dict) and (nusd := nano_dollars(told.get("cost"))):
                return {"cost_nusd": nusd}
    return None


def people(value: object) -> Fields | None:
    """Who it was for, in a program's own metadata; LangChain also names its agent there."""
    sent = json_object(value)
    found = {
        "session_id": _first(sent, "session_id", "sessionId"),
        "conversation_id": _first(sent, "thread_id", "conversation_id"),
        "user_id": _first(sent, "user_id", "userId"),
        "agent_name": _first(sent, "lc_agent_name"),
    }
    return {field: name for field, name in found.items() if name} or None


def requested_model(value: object) -> Fields | None:
    """The model that a request names among its parameters. A response in their place names the one that answered."""
    if isinstance(value, str) and ('"model' not in value or len(value) > _PARAMETERS_LENGTH):
        return None
    sent = json_object(value)
    name = None if "created_at" in sent else unquoted(sent.get("model")) or unquoted(sent.get("model_name"))
    return {"request_model": name} if name else None


def response(value: object) -> Fields | None:
    """Model and id of a response that begins with its content."""
    if not isinstance(value, str) or not value.startswith(_RESPONSES):
        return None
    sent = json_object(value)
    told = _langchain_metadata(sent) if "generations" in sent else sent
    found = {
        "response_model": unquoted(told.get("model_name")) or unquoted(told.get("model")),
        "response_id": unquoted(told.get("id")),
    }
    return {field: name for field, name in found.items() if name} or None


def run_tags(value: object) -> Fields | None:
    """The tags of a LangChain run, beside its inputs."""
    if isinstance(value, str) and value.startswith('{"inputs"') and '"tags": [' in value:
        found = values.run_tags(json_object(value).get("tags"))
        return {"tags": found} if found else None
    return None


def replies(value: object) -> Fields | None:
    """What a Haystack generator or embedder says of its model in its output; each reply repeats the usage."""
    sent = json_object(value)
    said, told = sent.get("replies"), sent.get("meta")
    reply = said[0] if isinstance(said, list) and said else None
    meta = reply.get("meta", reply.get("_meta")) if isinstance(reply, dict) else told
    meta = meta[0] if isinstance(meta, list) and meta else meta
    if not isinstance(meta, dict):
        return None
    found = {"response_model": unquoted(meta.get("model")), "finish_reason": finish_reason(meta.get("finish_reason"))}
    return {**(usage(meta.get("usage")) or {}), **{field: name for field, name in found.items() if name}} or None


def generation(value: object) -> Fields | None:
    """A response object with its usage inside (Google ADK, Genkit)."""
    sent = json_object(value)
    told = usage(sent.get("usage_metadata") or sent.get("usage")) or {}
    reason = finish_reason(sent.get("finish_reason") or sent.get("finishReason"))
    return {**told, **({"finish_reason": reason} if reason else {})} or None


def error(value: object) -> Fields | None:
    """What went wrong, from an error object or a text."""
    sent = json_object(value)
    data = sent.get("data")
    inner = data.get("error") if isinstance(data, dict) else None
    said = [text for item in (sent.get("message"), inner) if (text := unquoted(item))] if sent else [unquoted(value)]
    message = ": ".join(text for text in said if text and text != "null")
    return {"error_message": message} if message else None


def _langchain_metadata(sent: Mapping[str, object]) -> Mapping[str, object]:
    """What the provider said beside the first answer."""
    found: object = sent["generations"]
    while isinstance(found, list) and found:
        found = found[0]
    for key in ("message", "kwargs", "response_metadata"):
        found = found.get(key) if isinstance(found, dict) else None
    return json_object(found) or json_object(sent.get("llm_output"))


def _flat(sent: Mapping[str, object]) -> dict[str, object]:
    """Objects inside under dotted names, one level deep."""
    flat = dict(sent)
    for name, value in sent.items():
        if isinstance(value, dict):
            flat.update((f"{name}.{inner}", item) for inner, item in value.items())
    return flat


def _counts(sent: Mapping[str, object], names: Iterable[str]) -> Iterator[int]:
    return (tokens for name in names if name in sent and (tokens := count(sent[name])) is not None)


def _add(found: dict[str, int], field: str, parts: Iterable[int]) -> None:
    if field in found and (total := count(found[field] + sum(parts))) is not None:
        found[field] = total


def _first(sent: Mapping[str, object], *names: str) -> str | None:
    return next((known for name in names if (known := identifier(sent.get(name)))), None)


def _is_cache_read(name: str) -> bool:
    return "cached" in name or ("cache" in name and "read" in name)


def _is_cache_write(name: str) -> bool:
    return "cache" in name and ("creation" in name or "write" in name)
