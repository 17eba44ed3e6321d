"""A text with a place in it: what the parser takes from it, piece by piece."""

from __future__ import annotations

import re

from collector.query.tree import Value, WrongQuery


class Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self.position = 0

    @property
    def char(self) -> str:
        """The next character; empty at the end."""
        return self._text[self.position : self.position + 1]

    def skip_blanks(self) -> None:
        while self.char.isspace():
            self.position += 1

    def at_end(self) -> bool:
        self.skip_blanks()
        return self.position >= len(self._text)

    def takes(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self.position)
        if found:
            self.position = found.end()
        return found

    def takes_char(self, chars: str) -> bool:
        if not self._text.startswith(chars, self.position):
            return False
        self.position += len(chars)
        return True

    def takes_minus(self) -> bool:
        """A minus belongs to what follows at once; alone it is a word."""
        self.skip_blanks()
        follows = self._text[self.position + 1 : self.position + 2]
        if self.char != "-" or not follows or follows.isspace() or follows in "-)":
            return False
        self.position += 1
        return True

    def takes_word(self, word: str) -> bool:
        end = self.position + len(word)
        if self._text[self.position : end] != word or not self._text[end : end + 1].isspace():
            return False
        self.position = end
        return True

    def value(self, closed_by: str = "") -> Value:
        """A word up to white space or one of `closed_by`, or a text in quotes; may be empty."""
        return self._quoted() if self.char == '"' else self._bare(closed_by)

    def _bare(self, closed_by: str) -> Value:
        start = self.position
        while self.char and not self.char.isspace() and self.char not in closed_by and self.char != '"':
            self.position += 1
        return Value(tuple(self._text[start : self.position].split("*")))

    def _quoted(self) -> Value:
        start = self.position
        self.position += 1
        pieces = [""]
        while self.char != '"':
            if self.char == "*":
                pieces.append("")
            else:
                if self.char == "\\":
                    self.position += 1
                if not self.char:
                    raise WrongQuery('the quotes are open: expected "', start)
                pieces[-1] += self.char
            self.position += 1
        self.position += 1
        return Value(tuple(pieces))
