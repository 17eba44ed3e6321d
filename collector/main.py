"""Composition: settings, engines, writer and routes become a running collector."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from threading import Thread

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from collector.access import STREAM_PATH, AccessGuard
from collector.alerting.watch import AlertWatch
from collector.api import ReadApi
from collector.config import Settings, get_settings, saved_prices
from collector.decoding import Decoding
from collector.errors import StoreUnavailable
from collector.interpreter import tune_interpreter
from collector.measures import Measures
from collector.metrics import MetricsPage
from collector.price_source import REFRESH_S, PriceSource, read_file
from collector.receipts import ReceiptBook
from collector.receiver import Receiver
from collector.scores import ScoreReceiver
from collector.searching import Searching
from collector.store.batch import Batch
from collector.store.engine import open_reader, open_writer
from collector.store.rights import may_write
from collector.store.schema import migrate
from collector.store.writer import Outcome, SpanWriter
from collector.stream import TickStream
from collector.upkeep import Upkeep

TRACE_PATHS = ("/v1/traces", "/api/v1/traces/export", "/api/public/otel/v1/traces")
"""OTLP's own path, msgtrace-sdk's default, and Langfuse's."""
DRAIN_S = 8.0
MIGRATION_RETRY_S = 1.0

log = logging.getLogger(__name__)


class Collector:
    """The parts of a running collector. They exist between `open` and `close`; settings are read in `open`,
    since Streamlit puts its secrets into the environment only when the server starts."""

    settings: Settings
    receiver: Receiver
    api: ReadApi
    scores: ScoreReceiver
    metrics: MetricsPage
    stream: TickStream
    _alerts: AlertWatch
    _decoding: Decoding
    _writer: SpanWriter
    _engines: tuple[Engine, Engine, Engine]
    """That writes, that reads the same database, and that reads what is shown, which may be a replica."""
    _prices: PriceSource
    _receipts: ReceiptBook
    _measures: Measures
    _upkeep: Upkeep
    _searching: Searching
    _keeps_house: bool
    """Whether this process may write, and so prunes, watches and lists requests."""
    _tasks: tuple[asyncio.Task[None], ...] = ()

    def __init__(self, *, host: str | None = None) -> None:
        self._host = host

    async def open(self) -> None:
        tune_interpreter()
        settings = get_settings()
        if self._host is not None and settings.host is None:
            settings = settings.model_copy(update={"host": self._host})
        self.settings = settings
        if settings.prices_file:
            read_file(settings.prices_file)  # a wrong one ends the start before anything is opened
        writing, reading = open_writer(settings.sqlalchemy_url), open_reader(settings.sqlalchemy_url)
        shown = open_reader(settings.read_sqlalchemy_url)
        self._engines = writing, reading, shown
        await self._migrate(writing)
        await self._find_prices(settings, reading)
        self._measures = measures = Measures()
        self.stream = TickStream(settings, shown)
        self._alerts = AlertWatch(settings, writing, reading)
        self._writer = SpanWriter(
            writing,
            max_queued_spans=settings.max_queued_spans,
            max_waiting_logs=settings.max_waiting_logs,
            observe=self._committed,
        )
        self._writer.start()
        self._receipts = ReceiptBook(writing)
        self._upkeep = Upkeep(settings, writing, reading)
        self._searching = Searching(writing, reading, is_busy=lambda: self.receiver.bytes_in_flight > 0)
        self._decoding = Decoding(self._prices.price_span, self._writer, has_process=settings.has_decoder)
        self._decoding.start()
        self.receiver = Receiver(
            settings,
            self._writer,
            measures,
            self._receipts,
            self._decoding,
            self._prices.price_span,
        )
        self.scores = ScoreReceiver(settings, self._writer, measures)
        self.metrics = MetricsPage(settings, reading, self._writer, self.receiver, measures)
        self.api = ReadApi(settings, shown, readiness=reading)
        self._keeps_house = await self._may_write(reading)
        if self._keeps_house:
            self._receipts.start()
            self._upkeep.start()
            self._alerts.start()
            if settings.search:
                self._searching.start()

    @property
    def reading(self) -> Engine:
        """For routes of the app that hosts the collector."""
        return self._engines[2]

    async def close(self) -> None:
        """Commits what has been accepted, then lets go of the database."""
        self.stream.close()
        for task in self._tasks:
            task.cancel()
        await self._alerts.stop()
        if self._keeps_house:
            await run_in_threadpool(self._upkeep.stop)
            await run_in_threadpool(self._searching.stop)
        await run_in_threadpool(self._prices.stop)
        await run_in_threadpool(self._decoding.stop)
        await run_in_threadpool(self._writer.stop, DRAIN_S)
        if self._keeps_house:
            await run_in_threadpool(self._receipts.stop)
        for engine in reversed(self._engines):  # the writer last: closing it folds the write-ahead log in
            engine.dispose()

    def _committed(self, seconds: float, batches: Sequence[Batch], outcomes: Sequence[Outcome]) -> None:
        """In the writer's thread."""
        self.stream.wake()
        self._alerts.wake()
        self._searching.wake()
        self._measures.committed(seconds, batches, outcomes)

    async def _may_write(self, engine: Engine) -> bool:
        """Where only reading is allowed there is nothing to look after. While nobody can say, writing is."""
        with contextlib.suppress(StoreUnavailable):
            if not await run_in_threadpool(may_write, engine):
                log.warning("the database may only be read from here: no spans are taken, and nothing can be changed")
                return False
        return True

    async def _migrate(self, engine: Engine) -> None:
        """A database that is away doesn't stop the start: requests are told to come back until it is there."""
        try:
            await run_in_threadpool(migrate, engine)
        except StoreUnavailable as error:
            log.warning("%s; trying again every second", error)
            self._tasks += (asyncio.create_task(self._migrate_when_possible(engine)),)

    async def _migrate_when_possible(self, engine: Engine) -> None:
        while True:
            await asyncio.sleep(MIGRATION_RETRY_S)
            with contextlib.suppress(StoreUnavailable):
                await run_in_threadpool(migrate, engine)
                log.info("the database is ready")
                return

    async def _find_prices(self, settings: Settings, engine: Engine) -> None:
        """The prices in force; a database that is away is asked again."""
        self._prices = PriceSource(engine, file=settings.prices_file, saved_list=saved_prices())
        with contextlib.suppress(StoreUnavailable):
            await run_in_threadpool(self._prices.refresh)
        Thread(target=self._prices.book.load, name="msgtrace-prices", daemon=True).start()
        self._tasks += (asyncio.create_task(self._keep_prices_fresh()),)

    async def _keep_prices_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            await run_in_threadpool(self._prices.keep_fresh)


@asynccontextmanager
async def lifespan(collector: Collector) -> AsyncIterator[None]:
    await collector.open()
    try:
        yield
    finally:
        await collector.close()


def routes(collector: Collector) -> list[Route]:
    """The routes that a dashboard shares with the collector alone; `/` belongs to the dashboard there."""

    def post(path: str, name: str) -> Route:
        return Route(path, _Late(lambda: getattr(collector.receiver, name)), methods=["POST"])

    def get(path: str, name: str) -> Route:
        return Route(path, _Late(lambda: getattr(collector.api, name)), methods=["GET"])

    return [
        *(post(path, "traces") for path in TRACE_PATHS),
        post("/v1/logs", "logs"),
        post("/v1/metrics", "ignored"),
        post("/v1/{rest:path}", "lost"),
        Route("/api/v1/scores", _Late(lambda: collector.scores.score), methods=["POST"]),
        Route("/metrics", _Late(lambda: collector.metrics.page), methods=["GET"]),
        Route(STREAM_PATH, _Late(lambda: collector.stream.ticks), methods=["GET"]),
        get("/healthz", "health"),
        get("/readyz", "readiness"),
        get("/api/v1/requests", "requests"),
        get("/api/v1/compare", "compare"),
        get("/api/v1/traces", "traces"),
        get("/api/v1/export", "export"),
        get("/api/v1/traces/{trace_id}", "trace"),
        get("/api/v1/traces/{trace_id}/audit", "audit"),
        get("/api/v1/traces/{trace_id}/spans/{span_id}", "span"),
    ]


def create_app() -> Starlette:
    """The collector alone. It takes OTLP on `/` too: msgflux's default endpoint has no path."""
    collector = Collector()
    at_root = Route("/", _Late(lambda: collector.receiver.traces), methods=["POST"])
    return Starlette(
        routes=[*routes(collector), at_root],
        middleware=[Middleware(AccessGuard, settings=lambda: collector.settings)],
        lifespan=lambda _app: lifespan(collector),
    )


class _Late:
    """An endpoint that is looked up when it is called, since the collector opens after its routes are made.

    No function, around which Starlette would put two more.
    """

    def __init__(self, find: Callable[[], Callable[[Request], Awaitable[Response]]]) -> None:
        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._find()(Request(scope, receive, send))
        await response(scope, receive, send)
