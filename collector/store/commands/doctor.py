"""Putting right what a recount found wrong."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from collector.store.commands.writing import faults_in_our_words, writing
from collector.store.commit import recount
from collector.store.search_index import mark_for_search
from collector.store.selecting import TraceKey

_TRACES_A_TURN = 20


def repair(engine: Engine, keys: Sequence[TraceKey]) -> None:
    """Makes trace rows, decisions and ledger lines anew from the spans, a few traces a transaction.

    Sealed lines stay. Raises StoreUnavailable.
    """
    for at in range(0, len(keys), _TRACES_A_TURN):
        with faults_in_our_words():
            recount(engine, keys[at : at + _TRACES_A_TURN])


def search_again(engine: Engine, keys: Sequence[TraceKey]) -> None:
    """Takes the traces out of the search index, to be taken in again. Raises StoreUnavailable."""
    for at in range(0, len(keys), _TRACES_A_TURN):
        with writing(engine) as connection:
            mark_for_search(connection, keys[at : at + _TRACES_A_TURN], removed=True)
