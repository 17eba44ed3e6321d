"""Putting right what a recount found wrong."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from collector.store.commands.writing import faults_in_our_words, writing
from collector.store.commit import bump_counter, recount
from collector.store.records import WrongStretch
from collector.store.rolling import forget_sums
from collector.store.rollup import forget_hours
from collector.store.search_index import mark_for_search
from collector.store.selecting import TraceKey
from collector.store.sums import DAY_NS, FINE_NS, HOUR_NS

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


def forget_wrong(engine: Engine, stretches: Sequence[WrongStretch]) -> None:
    """Pages read these stretches from the rows themselves, until they are rolled anew. Raises StoreUnavailable."""
    hours = set[tuple[str, int]]()
    for wrong in stretches:
        length_ns = DAY_NS if wrong.what == "day" else HOUR_NS
        start_ns = wrong.start_ns // HOUR_NS * HOUR_NS
        hours |= {(wrong.project_id, ns) for ns in range(start_ns, start_ns + length_ns, FINE_NS)}
    with faults_in_our_words(), engine.begin() as connection:
        bump_counter(connection)
        forget_sums(connection, hours)
        forget_hours(connection, {(project_id, ns // HOUR_NS * HOUR_NS) for project_id, ns in hours})
