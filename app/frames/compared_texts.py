"""What two spans said, side by side: the texts that differ, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import format as fmt
from app.frames.verdict import number
from collector.analysis.contents import Content, content_of, readable
from collector.analysis.word_diff import Passage, changed_words, word_diff
from collector.store.records import SpanDetail

Side = tuple[str, SpanDetail | None, SpanDetail | None]
"""A label, and the span in A and in B."""

_TITLES = {
    "system": "System prompt",
    "messages": "Messages",
    "arguments": "Arguments",
    "output": "Output",
}
_CODE = frozenset({"arguments"})
MOST_CHARACTERS = 200_000
"""Of one text; the span's own page has the rest."""


@dataclass(frozen=True, slots=True)
class ComparedText:
    title: str
    note: str
    """How much changed."""
    rows: tuple[tuple[str, tuple[Passage, ...]], ...]
    """A label for each, empty where there is but one."""
    is_code: bool


def compared_texts(
    a: SpanDetail | None, b: SpanDetail | None, retries: Sequence[Side] = ()
) -> tuple[ComparedText, ...]:
    """The texts in which the two differ; all of them for a span that has no counterpart.

    `retries`: further calls of the same step; what they were given stands below what the first was given.
    """
    left, right = (None if side is None else content_of(side, to_read=True) for side in (a, b))
    found = []
    for what, title in _TITLES.items():
        before, after = _text(left, what), _text(right, what)
        if before == after:
            continue
        passages = _passages(before, after, is_paired=left is not None and right is not None)
        more = tuple(row for side in retries if (row := _retry(side, what))) if what in _CODE else ()
        rows = ((("first call" if more else ""), passages), *more)
        found.append(ComparedText(title, _note(left, right, passages, len(more)), rows, what in _CODE))
    return tuple(found)


def changed_prompt_words(a: SpanDetail, b: SpanDetail) -> int | None:
    """How many words of the system prompt differ; None when it is the same."""
    before, after = (_text(content_of(detail), "system") for detail in (a, b))
    return changed_words(word_diff(before or "", after or "")) if before != after else None


def _passages(before: str | None, after: str | None, *, is_paired: bool) -> tuple[Passage, ...]:
    if is_paired:
        return word_diff(before or "", after or "")
    return (Passage("=", before or after or ""),)


def _retry(side: Side, what: str) -> tuple[str, tuple[Passage, ...]] | None:
    label, a, b = side
    detail = b or a
    text = None if detail is None else _text(content_of(detail, to_read=True), what)
    return (label, (Passage("=", text),)) if text else None


def _text(content: Content | None, what: str) -> str | None:
    text = None if content is None else getattr(content, what)
    return None if text is None else readable(text[:MOST_CHARACTERS])


def _note(a: Content | None, b: Content | None, passages: Sequence[Passage], more: int) -> str:
    if a is None or b is None:
        return f"only in {'B' if a is None else 'A'}"
    words = changed_words(passages)
    note = f"{number(words)} {'word' if words == 1 else 'words'} changed"
    return note + (f", then {fmt.plural(more, 'further call')} of B" if more else "")
