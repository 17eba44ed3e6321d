"""Errors that a tool answered as a result, under status OK: inferred from the common envelopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collector.previews import plain
from collector.semconv.index import Fields
from collector.semconv.values import JSON_BEGINNINGS, as_text, clean, json_value

LENGTH = 1_024
_READ_LENGTH = 100_000
_SHORTEST_VALUE = 3
_MAX_VALUES = 20
_FAILED = {"error", "failed", "failure"}
_ENVELOPES = ("output", "data", "kwargs", "result")
_MESSAGE_KEYS = ("message", "error", "detail", "content", "text")


def returned_error(fields: Fields) -> str | None:
    """What the tool said went wrong; None when its result is none of the known envelopes."""
    result = _result(fields.get("output"))
    if isinstance(result, dict):
        for envelope in _envelopes(result):
            if (said := _error(envelope)) is not None:
                return clean(said or "error", LENGTH)
    status = fields.get("tool_status", "").lower()
    return clean(plain(result) or status, LENGTH) if status in _FAILED else None


def without_values(said: str, arguments: object) -> str:
    """What a tool said went wrong without the values that it was called with: they change from call to call."""
    given = json_value(arguments) if isinstance(arguments, str) else arguments
    values = given.values() if isinstance(given, dict) else given if isinstance(given, list) else (given,)
    texts = {value for value in values if isinstance(value, str) and len(value) >= _SHORTEST_VALUE}
    for text in sorted(texts, key=len, reverse=True)[:_MAX_VALUES]:
        said = said.replace(text, "?")
    return said


def _result(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip()[:1] not in JSON_BEGINNINGS:
        return value
    looks_failed = len(value) <= _READ_LENGTH and ("rror" in value or "fail" in value)
    return (json_value(value) or value) if looks_failed else value


def _envelopes(result: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The result, and what LangChain and Traceloop wrap it in."""
    found: object = result
    for _ in range(4):
        if not isinstance(found, dict):
            return
        yield found
        found = next((found[key] for key in _ENVELOPES if isinstance(found.get(key), dict)), None)


def _error(envelope: Mapping[str, object]) -> str | None:
    if envelope.get("isError") is True or envelope.get("is_error") is True:
        return _text(envelope.get("content"))
    if error := envelope.get("error"):
        return _text(error)
    status = envelope.get("status")
    if isinstance(status, str) and status.lower() in _FAILED:
        return _text({key: envelope[key] for key in _MESSAGE_KEYS if key in envelope})
    return None


def _text(error: object) -> str:
    """The message inside: of an MCP content list its texts, of an object its message."""
    if isinstance(error, list):
        return "\n".join(_text(item) for item in error[:10] if not isinstance(item, list))
    if isinstance(error, dict):
        found = next((error[key] for key in _MESSAGE_KEYS if isinstance(error.get(key), str)), None)
        return as_text(error if found is None else found)
    return "" if error is None or error is True else as_text(error)
