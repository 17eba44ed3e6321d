"""Waiting for a body and for a commit, never longer than a client would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TypeVar

from collector.errors import LateBody, StoreUnavailable

RECEIPT_DEADLINE_S = 30.0

Result = TypeVar("Result")


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """For reading a body. Raises LateBody when it takes too long."""
    try:
        async with asyncio.timeout(RECEIPT_DEADLINE_S):
            yield
    except TimeoutError as error:
        raise LateBody("the body did not arrive in time") from error


async def committed(future: Future[Result], deadline_s: float) -> Result:
    """Waits for COMMIT. Past the deadline the write goes on; the client sends it again, which is harmless."""
    try:
        async with asyncio.timeout(deadline_s):
            return await asyncio.shield(asyncio.wrap_future(future))
    except TimeoutError as error:
        raise StoreUnavailable("the commit takes too long") from error
