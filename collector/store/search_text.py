"""The words of spans: what the index takes in, and how a single span is looked through for them.

A word is a run of letters and digits, without regard to capitals and accents. Text is folded here, so that both
databases and a query cut it alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

MOST_CHARS = 200_000
"""Of a span, what earlier spans of the trace said already not counted; nothing is found behind them."""
_LONG = 4_000
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{200,}")
"""Pictures and sound in base64 have no words."""
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_FOREIGN_SIGNS = re.compile(r"[^\w\x00-\x7f]+")
_LETTER = "[0-9a-z\x80-\U0010ffff]"
_BETWEEN_WORDS = "[^0-9a-z\x80-\U0010ffff]+"
_WORD = re.compile(f"{_LETTER}+")
_BETWEEN_MESSAGES = "}, {"
_JSON = ("[", "{", '"')
"""What a text begins with that may be JSON."""

Phrase = tuple[tuple[str, ...], bool]
"""Words that follow each other, and whether the last one is only the beginning of a word."""


def fold(text: str) -> str:
    """Lower case, without accents; what is neither ASCII nor a letter or digit becomes a blank."""
    text = text.lower()
    if text.isascii():
        return text
    return _FOREIGN_SIGNS.sub(" ", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))


def words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def phrases(pieces: Sequence[str]) -> tuple[Phrase, ...]:
    """What a text with a gap for every * asks for; empty when there is no word in it."""
    last = len(pieces) - 1
    cut = ((tuple(words(piece)), at < last and piece[-1:].isalnum()) for at, piece in enumerate(pieces))
    return tuple(phrase for phrase in cut if phrase[0])


def span_texts(payload: bytes) -> list[str]:
    """Name, status message, and all texts of attributes, events and links of a span as received."""
    span = Span.FromString(payload)
    texts = [span.name, span.status.message]
    _add_values(span.attributes, texts)
    for event in span.events:
        texts.append(event.name)
        _add_values(event.attributes, texts)
    for link in span.links:
        _add_values(link.attributes, texts)
    return texts


def record_texts(payload: bytes) -> list[str]:
    record = LogRecord.FromString(payload)
    texts: list[str] = []
    _add_texts(record.body, texts)
    _add_values(record.attributes, texts)
    return texts


def fresh_texts(texts: Iterable[str], said: set[str]) -> list[str]:
    """What a span says that the ones before it did not, cut at MOST_CHARS. said: the pieces of those; grows."""
    fresh: list[str] = []
    left = MOST_CHARS
    for text in texts:
        if text in said:
            continue
        for piece in (text,) if len(text) <= _LONG and text[:1] not in _JSON else _pieces(text):
            if piece not in said:
                said.add(piece)
                fresh.append(piece)
                left -= len(piece)
                if left <= 0:
                    fresh[-1] = piece[:left] if left else piece
                    return fresh
    return fresh


def encode(asked: Iterable[Phrase]) -> str:
    """A line a phrase; a star at its end for the beginning of a word."""
    return "\n".join(f"{' '.join(some)}{'*' if is_open else ''}" for some, is_open in asked)


def says(asked: str, texts: Iterable[str]) -> bool:
    """Whether the texts of one span hold all phrases of `asked`, as `encode` wrote them."""
    folded = fold("\n".join(map(plain, texts)))
    return all(all(word in folded for word in some) and _stand(folded, some[0], way) for some, way in _ways(asked))


def _stand(folded: str, first: str, way: re.Pattern[str]) -> bool:
    """Whether a phrase stands somewhere. Its first word is found by itself: a search for the pattern takes ten times
    as long."""
    at = folded.find(first)
    while at >= 0:
        if way.match(folded, at):
            return True
        at = folded.find(first, at + 1)
    return False


@lru_cache(maxsize=64)
def _ways(asked: str) -> tuple[tuple[list[str], re.Pattern[str]], ...]:
    """The words of each phrase, which are quickly looked for, and how they have to stand."""
    found = []
    for line in asked.split("\n"):
        some = line.removesuffix("*").split(" ")
        end = "" if line.endswith("*") else f"(?!{_LETTER})"
        found.append((some, re.compile(f"(?<!{_LETTER}){_BETWEEN_WORDS.join(map(re.escape, some))}{end}")))
    return tuple(found)


def _pieces(text: str) -> list[str]:
    """A text, cut between messages: a conversation repeats those it began with."""
    text = plain(text)
    if _BETWEEN_MESSAGES in text or "},{" in text:
        return text.replace("},{", _BETWEEN_MESSAGES).split(_BETWEEN_MESSAGES)
    return [text]


def plain(text: str) -> str:
    """A text without the signs of JSON that would make words of their own, and without what are no words."""
    if text.startswith(_JSON) and "\\" in text:
        text = text.replace("\\\\", " ").replace("\\n", " ").replace("\\t", " ").replace("\\r", " ")
        if "\\u" in text:
            text = _ESCAPED.sub(_unescaped, text)
    if len(text) > _LONG:
        text = _BLOB.sub(" ", text)
    return text


def _unescaped(found: re.Match[str]) -> str:
    escaped = found[0].encode().decode("unicode_escape")
    return escaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _add_values(attributes: Iterable[KeyValue], texts: list[str]) -> None:
    for attribute in attributes:
        value = attribute.value
        if text := value.string_value:
            texts.append(text)
        elif value.HasField("array_value") or value.HasField("kvlist_value"):
            _add_texts(value, texts)


def _add_texts(value: AnyValue, texts: list[str]) -> None:
    if value.string_value:
        texts.append(value.string_value)
    for item in value.array_value.values:
        _add_texts(item, texts)
    _add_values(value.kvlist_value.values, texts)
