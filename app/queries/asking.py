"""How a page asks the store: an answer is kept until something new is committed.

Records are frozen, so sessions share a cached answer without a copy. Faults (`StoreUnavailable`, `NotFound`)
pass through and are never cached.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import streamlit as st
from sqlalchemy import Engine

from app import state
from collector.config import get_settings
from collector.errors import Retryable
from collector.store.engine import open_reader
from collector.store.reads import freshness as freshness_reads
from collector.store.records import Freshness, Scope, TraceFilter

FRESHNESS_TTL_S = 2.0
"""However many pages are open, the database is asked at most this often whether there is something new."""
REPLICA_WAIT_S = 1.0
_TTL_S = 600.0

Answer = TypeVar("Answer")


class Question(NamedTuple):
    """What a cached answer is found by."""

    read: str
    database: str
    scope: Scope
    version: object
    """Of the data: another one, another answer."""
    wanted: tuple[object, ...]


def freshness() -> Freshness:
    return _freshness(get_settings().read_sqlalchemy_url, scope())


def scope() -> Scope:
    """The projects that the viewer may see, or the one of them that the page is narrowed to."""
    allowed, chosen = get_settings().scope, state.current().project
    return Scope((chosen,) if chosen in allowed else allowed)


def projects() -> tuple[str, ...]:
    """All that the viewer may see."""
    return get_settings().scope


def look_again() -> None:
    """After a change of the viewer's own: the next question is asked of the store, not of what was kept."""
    _wait_for_replica()
    _freshness.clear()


def _wait_for_replica() -> None:
    """Until what pages read has what was written, so that people see their own change; for a moment at most."""
    settings, end_s = get_settings(), time.monotonic() + REPLICA_WAIT_S
    written, read = settings.sqlalchemy_url, settings.read_sqlalchemy_url
    if written == read:
        return
    with suppress(Retryable):
        version = freshness_reads.get_freshness(reader(written), scope()).version
        while freshness_reads.get_freshness(reader(read), scope()).version < version and time.monotonic() < end_s:
            time.sleep(0.02)


def look_again_before(version: int) -> None:
    """For a page that was told of `version`: nothing from before it is good any more."""
    with suppress(Retryable):
        if freshness().version < version:
            look_again()


def ask(read: Callable[..., Answer], *wanted: object) -> Answer:
    """`read(engine, scope, *wanted)`. `wanted` is hashable; the answer is found again by it and by `read`'s name."""
    answer: Answer = _answer(_question(read, *wanted), read)
    return answer


def ask_large(read: Callable[..., Answer], *wanted: object) -> Answer:
    """As `ask`, for what may be tens of megabytes: few of them are kept."""
    answer: Answer = _large_answer(_question(read, *wanted), read)
    return answer


def ask_now(read: Callable[..., Answer], *wanted: object) -> Answer:
    """As `ask`, for what changes without the data's version: asked again after a second."""
    question = Question(_name(read), get_settings().read_sqlalchemy_url, scope(), 0, wanted)
    answer: Answer = _answer_of_now(question, read)
    return answer


def ask_now_again() -> None:
    """What `ask_now` kept is asked of the store: it may have more by now."""
    _answer_of_now.clear()


def ask_matching(read: Callable[..., Answer], wanted: TraceFilter, *rest: object) -> Answer:
    """As `ask`; a search for words as `ask_now`, since the search index comes behind the data."""
    return (ask_now if wanted.query.has_text else ask)(read, wanted, *rest)


def ask_settled(read: Callable[..., Answer], stamp: object, *wanted: object) -> Answer:
    """As `ask_large`, for an answer that only changes with `stamp`, whatever else is committed."""
    answer: Answer = _large_answer(_question(read, *wanted)._replace(version=stamp), read)
    return answer


def ask_since(read: Callable[..., Answer], stamp: object, *wanted: object) -> Answer:
    """As `ask`, for an answer that may be as old as `stamp`, whatever was committed since."""
    answer: Answer = _answer(_question(read, *wanted)._replace(version=stamp), read)
    return answer


@st.cache_resource(show_spinner=False)
def reader(url: str) -> Engine:
    return open_reader(url)


def _question(read: Callable[..., object], *wanted: object) -> Question:
    return Question(_name(read), get_settings().read_sqlalchemy_url, scope(), freshness().version, wanted)


def _name(read: Callable[..., object]) -> str:
    return f"{read.__module__}.{read.__name__}"


@st.cache_resource(ttl=FRESHNESS_TTL_S, max_entries=64, show_spinner=False)
def _answer_of_now(question: Question, _read: Callable[..., Any]) -> Any:
    return _read(reader(question.database), question.scope, *question.wanted)


@st.cache_resource(ttl=FRESHNESS_TTL_S, max_entries=16, show_spinner=False)
def _freshness(database: str, scope: Scope) -> Freshness:
    return freshness_reads.get_freshness(reader(database), scope)


@st.cache_resource(ttl=_TTL_S, max_entries=256, show_spinner=False)
def _answer(question: Question, _read: Callable[..., Any]) -> Any:
    return _read(reader(question.database), question.scope, *question.wanted)


@st.cache_resource(ttl=_TTL_S, max_entries=8, show_spinner=False)
def _large_answer(question: Question, _read: Callable[..., Any]) -> Any:
    return _read(reader(question.database), question.scope, *question.wanted)
