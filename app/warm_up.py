"""What the first page would wait for, done while nobody waits yet."""

from __future__ import annotations

import gc
from threading import Thread

_GC_THRESHOLDS = 10_000, 20, 10


def warm_up() -> None:
    """Returns at once; a thread loads what charts are made with, and then spares the collector of garbage all that."""
    Thread(target=_load, name="msgtrace-warm-up", daemon=True).start()


def _load() -> None:
    """Half a million objects that stay for good: looking through them holds up every thread for 0.2 s at a time.

    With Python's own thresholds, a page about two long traces spends half its time in looking for garbage.
    """
    import altair as alt  # noqa: PLC0415 -- the server answers before it is loaded
    import pandas as pd  # noqa: PLC0415

    alt.Chart(pd.DataFrame({"x": [1]})).mark_bar().encode(x="x:Q").to_dict()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
