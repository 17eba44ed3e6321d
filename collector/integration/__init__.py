"""`observer = quick_start()`, and a program's spans are in msgtrace.

Runs inside other people's programs, so it imports nothing of the collector, and itself only relatively: the wheel
carries it as `msgtrace.integration` too, for programs that have a folder `collector` of their own.
"""

try:
    import msgtrace.sdk  # noqa: F401
except ImportError as error:
    raise ImportError("quick_start() needs msgtrace-sdk: pip install msgtrace-sdk") from error

from .connect import quick_start
from .observer import Observer

__all__ = ["Observer", "quick_start"]
