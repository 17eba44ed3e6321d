"""A process that dies between any two statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, event


class Crashed(BaseException):
    """Nothing in the code under test may catch it."""


@dataclass(frozen=True)
class Crash:
    when: Literal["before a statement", "before a commit", "after a commit"]
    number: int
    """Which statement, or which commit; counted from 0."""


@contextmanager
def crashing(engine: Engine, crash: Crash | None) -> Iterator[list[int]]:
    """Raises Crashed where the crash says; yields a list with a 1 for each commit that was done."""
    done: list[int] = []
    statements: list[int] = []
    commit = engine.dialect.do_commit

    def before_statement(*_: Any) -> None:
        if crash and (crash.when, len(statements)) == ("before a statement", crash.number):
            raise Crashed
        statements.append(1)

    def do_commit(connection: Any) -> None:
        if crash and (crash.when, len(done)) == ("before a commit", crash.number):
            raise Crashed
        commit(connection)
        done.append(1)
        if crash and (crash.when, len(done) - 1) == ("after a commit", crash.number):
            raise Crashed

    event.listen(engine, "before_cursor_execute", before_statement)
    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]
    try:
        yield done
    finally:
        engine.dialect.do_commit = commit  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", before_statement)
