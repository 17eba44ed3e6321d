"""A file of traces, taken apart into requests: OTLP/JSON lines, as `msgtrace export` and the OpenTelemetry
Collector's file exporter write them, the latter's other formats, or Jaeger's JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal

import orjson

from collector.errors import BadQuery
from collector.moving.framed import begins_with_length, messages, requests
from collector.moving.jaeger import documents_of_jaeger, is_jaeger

Signal = Literal["traces", "logs"]
MOST_SPANS = 5_000
"""In one request; a longer line becomes several."""
MOST_BYTES = 256 * 2**20
"""Of a line, or of a document that is not one a line."""
_PARTS: dict[Signal, tuple[str, str, str]] = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
}


@dataclass(frozen=True, slots=True)
class Document:
    signal: Signal
    body: bytes
    encoding: Literal["json", "protobuf"] = "json"


def documents(file: IO[bytes]) -> Iterator[Document]:
    """The requests in a file. Raises BadQuery, with the number of line or message, for what is none of the formats."""
    first = file.read(1)
    if begins_with_length(first):
        yield from _of_messages(file, first)
        return
    number = 0
    while line := first + (b"" if first == b"\n" else file.readline(MOST_BYTES + 1)):
        first = b""
        number += 1
        if len(line) > MOST_BYTES:
            raise BadQuery(f"line {number}: longer than {MOST_BYTES // 2**20} MiB")
        if line.strip():
            yield from _read(_parsed(line, file, number), line, number)


def _of_messages(file: IO[bytes], first: bytes) -> Iterator[Document]:
    for number, message in enumerate(messages(file, first, MOST_BYTES), 1):
        if message.startswith(b"{"):
            yield from _read(_parsed(message, io.BytesIO(), number), message, number)
            continue
        try:
            yield from (Document(signal, body, "protobuf") for signal, body in requests(message, MOST_SPANS))
        except BadQuery as error:
            raise BadQuery(f"message {number}: {error}") from error


def _parsed(line: bytes, file: IO[bytes], number: int) -> object:
    """One line; if the first is none by itself, the whole file."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if number > 1:
            raise BadQuery(f"line {number}: no JSON ({error})") from error
    whole = line + file.read(MOST_BYTES + 1)
    if len(whole) > MOST_BYTES:
        raise BadQuery(f"a document that is not one a line may have {MOST_BYTES // 2**20} MiB")
    try:
        return orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        raise BadQuery(f"no JSON ({error})") from error


def _read(found: Any, line: bytes, number: int) -> Iterator[Document]:
    if is_jaeger(found):
        for document in documents_of_jaeger(found):
            yield from _pieces("traces", document, None)
        return
    known = [signal for signal in _PARTS if isinstance(found, dict) and isinstance(found.get(_PARTS[signal][0]), list)]
    if not known and not (isinstance(found, dict) and "resourceMetrics" in found):
        raise BadQuery(f"line {number}: neither OTLP/JSON (resourceSpans, resourceLogs) nor Jaeger's JSON (data)")
    for signal in known:
        yield from _pieces(signal, found, line if len(known) == 1 else None)


def _pieces(signal: Signal, document: Any, line: bytes | None) -> Iterator[Document]:
    """The document as it stands, if it is small; else in pieces. `line`: its bytes, where it has them alone."""
    resources, scopes, items = _PARTS[signal]
    groups = [
        (resource, scope, scope[items])
        for resource in document[resources]
        if isinstance(resource, dict)
        for scope in resource.get(scopes) or ()
        if isinstance(scope, dict) and isinstance(scope.get(items), list)
    ]
    if sum(len(found) for _, _, found in groups) <= MOST_SPANS:
        yield Document(signal, line or orjson.dumps({resources: document[resources]}))
        return
    for resource, scope, found in groups:
        for at in range(0, len(found), MOST_SPANS):
            some = {**scope, items: found[at : at + MOST_SPANS]}
            yield Document(signal, orjson.dumps({resources: [{**resource, scopes: [some]}]}))
