"""When a disk is full, if as much comes every day as in the last one."""

from __future__ import annotations

from collector.store.records import StoreHealth

_FEWEST_SPANS = 1_000
"""Of fewer, their size says nothing."""


def days_until_full(store: StoreHealth, free_bytes: int | None) -> float | None:
    """None where the disk is elsewhere, or too little came to tell."""
    if free_bytes is None or not store.size_bytes or store.spans.rows < _FEWEST_SPANS:
        return None
    bytes_a_day = store.spans_last_day * store.size_bytes / store.spans.rows
    return free_bytes / bytes_a_day if bytes_a_day else None
