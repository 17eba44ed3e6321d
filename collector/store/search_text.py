"""The words of spans: what the index takes in, and how a single span is looked through for them.

A word is a run of letters and digits, without regard to capitals and accents. Text is folded here, so that both
databases and a query cut it alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

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
_BETWEEN_MESSAGES = re.compile(r"\}, ?\{")
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


def fresh_text(texts: Iterable[str], said: set[str]) -> str:
    """What a span says that the ones before it did not, cut at MOST_CHARS. said: the pieces of those; grows."""
    pieces: list[str] = []
    for text in dict.fromkeys(texts):
        if text in said:
            continue
        if len(text) > _LONG or text.startswith(_JSON):  # else `plain` leaves it as it is; asking costs more than this
            pieces += _BETWEEN_MESSAGES.split(plain(text))  # a conversation repeats the messages that it began with
        else:
            pieces.append(text)
    fresh = [piece for piece in dict.fromkeys(pieces) if piece not in said]
    joined = " ".join(fresh)
    if len(joined) > MOST_CHARS:
        fresh = list(_cut(fresh))
        joined = " ".join(fresh)
    said.update(fresh)
    return joined


def encode(asked: Iterable[Phrase]) -> str:
    """A line a phrase; a star at its end for the beginning of a word."""
    return "\n".join(f"{' '.join(some)}{'*' if is_open else ''}" for some, is_open in asked)


def says(asked: str, texts: Iterable[str]) -> bool:
    """Whether the texts of one span hold all phrases of `asked`, as `encode` wrote them."""
    folded = fold("\n".join([plain(text) if len(text) > _LONG or text.startswith(_JSON) else text for text in texts]))
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


def _cut(pieces: Iterable[str]) -> Iterator[str]:
    left = MOST_CHARS
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


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
