"""How Python is to run where spans are received. Nothing here changes what anything does, only what it costs."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys

GARBAGE_THRESHOLD = 100_000
"""Objects between two searches for cycles. A request makes tens of thousands of objects without any cycle, so Python's
own 700 would look at all of them again and again: a seventh of the time that a span costs."""
SWITCH_S = 0.0005
"""After which a thread gives the interpreter to another. The writer gives it away with every statement, and with
Python's own 5 ms would wait that long each time while a request is decoded: half of the spans a second."""

KEPT_BYTES = 64 * 2**20
"""Of freed memory that the C library keeps. A request is a megabyte in some ten places, one after the other: given back
and asked for again each time, it is a page fault a span, 3 of 83 us."""
_LARGEST_KEPT_BYTES = 32 * 2**20
"""More than glibc takes by itself is mapped each time."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's mallopt."""


def tune_interpreter() -> None:
    gc.freeze()  # what is there now stays
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 100)
    sys.setswitchinterval(SWITCH_S)
    if sys.platform == "linux":
        _keep_freed_memory()


def _keep_freed_memory() -> None:
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc goes on as it does
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
