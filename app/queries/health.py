"""How this installation is."""

from __future__ import annotations

import shutil
import time

from sqlalchemy import Engine, make_url

from app import queries
from app.queries.asking import ask_now, freshness
from collector import __version__
from collector.config import Settings, get_settings
from collector.store.reads.health import get_health
from collector.store.records import Installation, Scope, StoreHealth
from collector.upkeep import lifetimes_of


def installation() -> Installation:
    """Raises StoreUnavailable, ConfigurationError for a file of prices that is wrong."""
    settings, book = get_settings(), queries.price_source().refresh()
    disk = shutil.disk_usage(path.parent) if (path := settings.sqlite_path) else None
    return Installation(
        version=__version__,
        place=_place(settings),
        store=ask_now(_get_health, freshness().version),
        disk_free_bytes=disk.free if disk else None,
        disk_total_bytes=disk.total if disk else None,
        set_names=tuple(sorted(f"MSGTRACE_{name.upper()}" for name in settings.model_fields_set)),
        projects=settings.scope,
        dimensions=tuple(dimension.name for dimension in settings.promoted),
        prices_version=book.load().version,
        own_prices=len(book.overrides),
        lifetimes=lifetimes_of(settings),
        max_queued_spans=settings.max_queued_spans,
        max_waiting_logs=settings.max_waiting_logs,
        has_api_key=settings.api_key is not None,
        has_password=settings.dashboard_password is not None,
        is_insecure=settings.insecure,
        searches=settings.search,
        may_write=queries.may_write(),
    )


def _get_health(engine: Engine, scope: Scope, _version: int) -> StoreHealth:
    """Anew with every version of the data: a page that was told of two within a second would stay with the first."""
    return get_health(engine, scope, time.time_ns())


def _place(settings: Settings) -> str:
    """Without what may be secret."""
    url = make_url(settings.read_sqlalchemy_url)
    if settings.sqlite_path:
        return str(settings.sqlite_path)
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'a local socket'}{port}/{url.database or ''}"
