"""Which words of a text changed.

difflib does it: it is in the standard library, gives runs that people recognise as edits, and needs no other package
(diff-match-patch, the pure-Python alternative, works on characters and is archived). Its worst case is quadratic, so
lines are compared first, then the words of the lines that differ, and of very long changes nothing closer is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_WORDS = 3_000
"""Of one changed passage, on either side; a longer one is replaced as a whole."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of text: in both (`sign` "="), only in A ("-") or only in B ("+")."""

    sign: str
    text: str


def word_diff(a: str, b: str) -> tuple[Passage, ...]:
    """The passages of both texts in order: those with "=" and "-" are A, those with "=" and "+" are B."""
    passages: list[Passage] = []
    for before, after in _blocks(a.splitlines(keepends=True), b.splitlines(keepends=True)):
        if before == after:
            _add(passages, "=", before)
        else:
            for sign, text in _changed(before, after):
                _add(passages, sign, text)
    return tuple(_joined(passages))


def changed_words(passages: Sequence[Passage]) -> int:
    """How many words changed: of each change the longer side."""
    total, removed, added = 0, 0, 0
    for passage in (*passages, Passage("=", "")):
        words = len(re.findall(r"\w+", passage.text)) or bool(passage.text.strip())
        if passage.sign == "-":
            removed += words
        elif passage.sign == "+":
            added += words
        else:
            total, removed, added = total + max(removed, added), 0, 0
    return total


def _blocks(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[str, str]]:
    for _, i, i_stop, j, j_stop in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        yield "".join(a[i:i_stop]), "".join(b[j:j_stop])


def _changed(a: str, b: str) -> Iterator[tuple[str, str]]:
    x, y = _WORDS.findall(a), _WORDS.findall(b)
    if max(len(x), len(y)) > MOST_WORDS:
        yield from (("-", a), ("+", b))
        return
    for operation, i, i_stop, j, j_stop in SequenceMatcher(None, x, y, autojunk=False).get_opcodes():
        if operation == "equal":
            yield "=", "".join(x[i:i_stop])
        else:
            yield "-", "".join(x[i:i_stop])
            yield "+", "".join(y[j:j_stop])


def _add(passages: list[Passage], sign: str, text: str) -> None:
    if text:
        passages.append(Passage(sign, text))


def _joined(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Changes with nothing but blanks between them are one change: "short plain" to "full quoted"."""
    removed, added = "", ""
    for at, passage in enumerate(passages):
        is_between = passage.text.isspace() and "\n" not in passage.text and (removed or added)
        goes_on = at + 1 < len(passages) and passages[at + 1].sign != "="
        if passage.sign == "=" and not (is_between and goes_on):
            yield from (Passage(sign, text) for sign, text in (("-", removed), ("+", added)) if text)
            removed, added = "", ""
            yield passage
            continue
        removed += passage.text if passage.sign != "+" else ""
        added += passage.text if passage.sign != "-" else ""
    yield from (Passage(sign, text) for sign, text in (("-", removed), ("+", added)) if text)
