"""How Python is to run where spans are received. Neither changes what anything does, only what it costs."""

from __future__ import annotations

import gc
import sys

GARBAGE_THRESHOLD = 100_000
"""Objects between two searches for cycles. A request makes tens of thousands of objects without any cycle, so Python's
own 700 would look at all of them again and again: a seventh of the time that a span costs."""
SWITCH_S = 0.0005
"""After which a thread gives the interpreter to another. The writer gives it away with every statement, and with
Python's own 5 ms would wait that long each time while a request is decoded: half of the spans a second."""


def tune_interpreter() -> None:
    gc.freeze()  # what is there now stays
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 100)
    sys.setswitchinterval(SWITCH_S)
