"""Where a running process has its prices from: the database, a TOML file and the price list, looked at again and again.

Nothing is asked for a span: spans are priced by a `PriceBook` in memory, and `refresh` puts a new one in its place when
something has changed.
"""

from __future__ import annotations

import logging
import tomllib
from decimal import Decimal
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.errors import BadQuery, ConfigurationError, MsgtraceError
from collector.price_file import find_saved
from collector.price_overrides import parse_override
from collector.pricing import PriceBook, load
from collector.store.reads.prices import list_overrides
from collector.store.records import FILE_ID, PriceOverride
from collector.store.rows import SpanRow

REFRESH_S = 2.0
"""How often running processes look: a changed price is in force this much later."""

log = logging.getLogger(__name__)


class PriceSource:
    """The prices of one process. `book` is replaced as a whole, so that threads may use it while it changes."""

    def __init__(self, engine: Engine, *, file: Path | None, saved_list: Path) -> None:
        """file: overrides in TOML. saved_list: where `msgtrace prices update` saves."""
        self.book = PriceBook()
        self._engine = engine
        self._file = file
        self._saved_list = saved_list
        self._complaint = ""
        self._looking = Lock()
        self._stopped = False

    def price_span(self, row: SpanRow) -> None:
        self.book.price_span(row)

    def refresh(self) -> PriceBook:
        """The prices as they are now. Raises StoreUnavailable, and ConfigurationError for a file that is wrong."""
        overrides = (*list_overrides(self._engine), *(read_file(self._file) if self._file else ()))
        saved = find_saved(self._saved_list)
        if (overrides, saved) != (self.book.overrides, self.book.saved_list):
            self.book = PriceBook(overrides, saved)
        return self.book

    def keep_fresh(self) -> None:
        """As `refresh`; what goes wrong is logged once, and the prices stay as they were."""
        with self._looking:
            if not self._stopped:
                self._look()

    def stop(self) -> None:
        """Returns when nobody looks any more, so that the engine can be let go."""
        with self._looking:
            self._stopped = True

    def _look(self) -> None:
        try:
            if (saved := find_saved(self._saved_list)) != self.book.saved_list:
                load(saved)  # here, so that no span waits for it
            self.refresh()
            self._complaint = ""
        except (MsgtraceError, SQLAlchemyError) as error:
            if str(error) != self._complaint:
                log.warning("prices stay as they were: %s", error)
            self._complaint = str(error)


def read_file(path: Path) -> tuple[PriceOverride, ...]:
    """The overrides of a TOML file: `[[price]]` tables with the fields of `price_overrides.FIELDS`.

    Raises ConfigurationError that names file, table and key.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"MSGTRACE_PRICES_FILE: {path}: {error}") from error
    tables = said.pop("price", [])
    if said or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"MSGTRACE_PRICES_FILE: {path}: {next(iter(said), 'price')}: expected [[price]] only")
    found: list[PriceOverride] = []
    for number, table in enumerate(tables, start=1):
        try:
            found.append(parse_override(table, id=f"{FILE_ID}{number}", created_ns=0))
        except BadQuery as error:
            raise ConfigurationError(f"MSGTRACE_PRICES_FILE: {path}: price {number}: {error}") from error
    return tuple(found)
