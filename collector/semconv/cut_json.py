"""JSON that was cut off by a limit on the length of attributes."""

from __future__ import annotations

import re

import orjson

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+("?)\\?|[{}\[\],:]', re.DOTALL)
"""A bracket, a comma, a colon, or a text; the group is empty for the text that the cut went through."""
_CUT_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2})?(?:\\(?:u[0-9a-fA-F]{0,3})?)?$")
"""Half an escape at the end of a text, or the first half of a character that takes two."""


def mended_json(text: str) -> object | None:
    """What is whole of a cut-off object or list, and the beginning of the text that the cut went through.

    None when it is no JSON, or nothing of it is whole.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    whole = _whole_part(text)
    try:
        return orjson.loads(whole) or None if whole else None
    except orjson.JSONDecodeError:
        return None


def _whole_part(text: str) -> str | None:
    """The text up to its last complete value, with what is still open closed."""
    open_brackets: list[str] = []
    end = 0
    before = ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "{[":
            open_brackets.append("}" if mark == "{" else "]")
            end = token.end()
        elif mark in "}]":
            if not open_brackets or open_brackets.pop() != mark:
                return None
            end = token.end()
        elif mark == ",":
            end = token.start()
        elif mark != ":" and _is_value(before, open_brackets):
            if not token[1]:
                return text[: token.start()] + _CUT_ESCAPE.sub(r"\1", mark) + '"' + "".join(reversed(open_brackets))
            end = token.end()
        before = mark
    return text[:end] + "".join(reversed(open_brackets))


def _is_value(before: str, open_brackets: list[str]) -> bool:
    """Whether a text that follows this token is a value, not a key."""
    return before == ":" or (before in ("[", ",") and open_brackets[-1:] == ["]"])
