"""Exceptions of a span: read from its events, told apart, and given a fingerprint that equal errors share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.semconv import genai
from collector.semconv.values import as_text, clean

EXCEPTION_EVENTS = ("exception", genai.EXCEPTION_EVENT)
TYPE_LENGTH = 1_024
MESSAGE_LENGTH = 1_024
FRAMES = 1
"""Every span that an exception passes on its way up records a stack that begins at itself; where it was raised is
the one frame that all of them have in common."""
READ_LENGTH = 20_000
"""Characters of a stack trace that are searched for frames, from its end."""

_VARIABLE = re.compile(
    r"""\b[a-z][a-z0-9+.-]{1,20}://[^\s'"<>()]{1,500}"""  # addresses
    r"""|\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}"""  # of mail
    r"""|(?<!\w)'[^'\n]{0,200}'(?!\w)|"[^"\n]{0,200}"|`[^`\n]{0,200}`"""  # quoted; an apostrophe begins no quote
    r"""|(?<!\w)(?:[a-z]:|[.~]{1,2})?(?:[\\/][\w.@~+-]{1,100}){2,}[\\/]?"""  # paths
    r"""|\b0x[0-9a-f]+\b|\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b|\b(?=[a-z]*\d)[0-9a-f]{6,}\b"""  # hex
    r"""|\b[a-z]{2,10}[_-](?=\w{0,40}\d)(?=\w{0,40}[a-z])\w{5,64}\b"""  # ids such as req_011CSx and call-9fk2a
    r"""|\b(?=\w{0,40}?\d[a-z]{1,20}\d)\w{6,64}\b|\d+""",
    re.IGNORECASE,
)
_TRACEBACK = "\n\nTraceback (most recent call last):"
_PYTHON_FRAME = re.compile(r'^\s*File "([^"\n]{1,500})", line \d+, in (\S{1,200})', re.MULTILINE)
_JAVASCRIPT_FRAME = re.compile(r"^\s*at (?:(\S[^(\n]{0,200}) \()?([^()\n]{1,500}?):\d+:\d+\)?", re.MULTILINE)


class Event(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def time_ns(self) -> int: ...

    @property
    def attributes(self) -> Mapping[str, object]: ...


@dataclass(slots=True)
class RecordedException:
    """An exception as a span event told it, whole; the same type and message stands once, with its longest stack."""

    type: str | None
    message: str | None
    stacktrace: str | None
    time_ns: int


def read_exceptions(events: Iterable[Event]) -> list[RecordedException]:
    """In the order in which they were recorded."""
    found: dict[tuple[str | None, str | None], RecordedException] = {}
    for event in events:
        if event.name not in EXCEPTION_EVENTS:
            continue
        read = RecordedException(
            _text(event.attributes.get("exception.type")),
            _text(event.attributes.get("exception.message")),
            _text(event.attributes.get("exception.stacktrace")),
            event.time_ns,
        )
        if read.type is None and read.message is None and read.stacktrace is None:
            continue
        _part_stacktrace(read)
        known = found.setdefault((read.type, read.message), read)
        if len(read.stacktrace or "") > len(known.stacktrace or ""):
            known.stacktrace = read.stacktrace
    return list(found.values())


def _part_stacktrace(read: RecordedException) -> None:
    """LangSmith writes the stack trace after the message, and its own in the stack trace's place."""
    message, separator, stacktrace = (read.message or "").partition(_TRACEBACK)
    if separator and message:
        read.message, read.stacktrace = message, separator.lstrip() + stacktrace


def exception_notes(exceptions: Sequence[RecordedException]) -> list[dict[str, str | None]]:
    """Type and message of each, cut for a column."""
    return [
        {
            "type": clean(e.type, TYPE_LENGTH) if e.type else None,
            "message": clean(e.message, MESSAGE_LENGTH) if e.message else None,
        }
        for e in exceptions
    ]


def fingerprint(exception_type: str | None, message: str | None, stacktrace: str | None) -> str:
    """16 hex digits, equal for errors that differ only in numbers, ids, quotes, addresses, paths and line numbers, and
    for the same error on each span that it passed on its way up."""
    plain = _VARIABLE.sub("?", (message or "")[:MESSAGE_LENGTH])
    parts = (exception_type or "", " ".join(plain.split()), *_innermost_frames(stacktrace or ""))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _innermost_frames(stacktrace: str) -> list[str]:
    """The frames nearest to the failure as "file:function"; Python writes them last, JavaScript first."""
    frames = [f"{_file(path)}:{function}" for path, function in _PYTHON_FRAME.findall(stacktrace[-READ_LENGTH:])]
    if frames:
        return frames[-FRAMES:]
    frames = [f"{_file(path)}:{function}" for function, path in _JAVASCRIPT_FRAME.findall(stacktrace[:READ_LENGTH])]
    return frames[:FRAMES]


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    found = as_text(value)
    return clean(found, len(found))
