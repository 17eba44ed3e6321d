"""Parts of a message in the shapes that clients write them in, as one form to read.

The shapes: OpenTelemetry GenAI, OpenAI chat and responses, Anthropic, Bedrock and Gemini blocks, Vercel AI and
OpenInference.
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.semconv.values import as_text
from collector.store.records import Part

Raw = Mapping[str, object]

_TYPES = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "refusal": "text",
    "reasoning": "reasoning",
    "thinking": "reasoning",
    "redacted_thinking": "reasoning",
    "reasoningcontent": "reasoning",
    "tool_call": "tool_call",
    "tool_use": "tool_call",
    "tooluse": "tool_call",
    "function": "tool_call",
    "function_call": "tool_call",
    "functioncall": "tool_call",
    "server_tool_call": "tool_call",
    "server_tool_use": "tool_call",
    "tool_call_response": "tool_result",
    "tool_result": "tool_result",
    "toolresult": "tool_result",
    "function_call_output": "tool_result",
    "functionresponse": "tool_result",
    "function_response": "tool_result",
    "tool_call_result": "tool_result",
    "server_tool_call_response": "tool_result",
    "image": "image",
    "image_url": "image",
    "input_image": "image",
    "audio": "audio",
    "input_audio": "audio",
    "file": "file",
    "input_file": "file",
    "document": "file",
    "blob": "file",
    "uri": "file",
    "inlinedata": "file",
    "inline_data": "file",
    "filedata": "file",
    "file_data": "file",
}
_BLOCKS = (
    "text",
    "toolUse",
    "toolResult",
    "reasoningContent",
    "image",
    "document",
    "functionCall",
    "functionResponse",
    "function_call",
    "function_response",
    "tool_call",
    "tool_call_result",
    "inlineData",
    "inline_data",
    "file_data",
    "fileData",
)
"""Bedrock, Gemini and Haystack name the type of a block by its only key."""
_TEXT_KEYS = ("content", "text", "thinking", "reasoning", "refusal", "summary")
_REFERENCE_KEYS = (
    "uri",
    "url",
    "image_url",
    "file_id",
    "fileUri",
    "file_uri",
    "source",
    "image",
    "file",
    "input_audio",
)


def read_part(raw: object) -> Part:
    if isinstance(raw, str):
        return Part(type="text", text=raw)
    if not isinstance(raw, dict):
        return Part(type="other", text=as_text(raw))
    if isinstance(inner := raw.get("message_content"), dict):  # OpenInference
        raw = inner
    if "type" not in raw and (block := next((key for key in _BLOCKS if key in raw), None)):
        inner = raw[block]
        return _read_as(part_type({"type": block}), inner if isinstance(inner, dict) else {"text": inner})
    return _read_as(part_type(raw), raw)


def part_type(raw: Raw) -> str:
    """text, reasoning, tool_call, tool_result, image, audio, file or other."""
    sent = raw.get("type")
    return _TYPES.get(sent.lower().replace("-", "_"), "other") if isinstance(sent, str) else "other"


def read_tool_call(raw: Raw) -> Part:
    function = raw.get("function")
    source = {**raw, **function} if isinstance(function, dict) else raw
    arguments = first(source, "arguments", "input", "args", "parameters")
    text = None if arguments is None else as_text(arguments)
    return Part(type="tool_call", text=text, name=tool_name(source), id=call_id(source))


def text_of(content: object) -> str:
    """Text, or the texts of a list of parts, one a line; other content as JSON."""
    if content is None:
        return ""
    if isinstance(content, list) and content and all(isinstance(item, str) or is_text(item) for item in content):
        return "\n".join(item if isinstance(item, str) else as_text(first(item, *_TEXT_KEYS)) for item in content)
    return as_text(content)


def tool_name(raw: Raw) -> str | None:
    return _nonempty(first(raw, "name", "toolName", "tool_name"))


def call_id(raw: Raw) -> str | None:
    return _nonempty(first(raw, "tool_call_id", "call_id", "toolCallId", "tool_use_id", "toolUseId", "id"))


def is_text(part: object) -> bool:
    if not isinstance(part, dict):
        return False
    inner = part.get("message_content")  # OpenInference
    part = inner if isinstance(inner, dict) else part
    return part_type(part) == "text" or part.keys() == {"text"}


def first(raw: Raw, *keys: str) -> object | None:
    for key in keys:
        if (value := raw.get(key)) is not None:
            return value
    return None


def _read_as(kind: str, raw: Raw) -> Part:
    if kind == "tool_call":
        return read_tool_call(raw)
    if kind == "tool_result":
        return _read_tool_result(raw)
    if kind in ("text", "reasoning"):
        return Part(type=kind, text=text_of(first(raw, *_TEXT_KEYS)))
    if kind in ("image", "audio", "file"):
        return Part(type=_media_type(kind, raw), text=_reference(raw))
    return Part(type="other", text=as_text(raw))


def _read_tool_result(raw: Raw) -> Part:
    result = first(raw, "response", "result", "output", "content")
    if isinstance(result, dict) and result.keys() <= {"type", "value"}:  # Vercel's {"type": "text", "value": ...}
        result = result.get("value")
    text = None if result is None else text_of(result)
    origin = raw.get("origin")  # Haystack
    source = {**origin, **raw} if isinstance(origin, dict) else raw
    return Part(type="tool_result", text=text, name=tool_name(source), id=call_id(source))


def _media_type(kind: str, raw: Raw) -> str:
    mime = first(raw, "modality", "mime_type", "media_type", "mediaType", "mimeType")
    found = mime.partition("/")[0] if isinstance(mime, str) else kind
    return found if found in ("image", "audio") else kind


def _reference(raw: Raw) -> str:
    """Where the medium is: a URI or a file's id; "inline" for data in the span itself."""
    found: object = raw
    while isinstance(found, dict):
        found = first(found, *_REFERENCE_KEYS)
    return found if isinstance(found, str) and not found.startswith("data:") else "inline"


def _nonempty(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
