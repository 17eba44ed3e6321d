"""Traces that a person brings in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from app import queries
from app.commands.engine import engine
from collector.config import get_settings
from collector.errors import MsgtraceError
from collector.moving.documents import documents
from collector.moving.importer import Importer
from collector.moving.inflated import opened
from collector.store.records import Imported
from collector.store.writer import SpanWriter

MOST_INFLATED_BYTES = 2 * 2**30
_DRAIN_S = 60.0


def import_file(file: IO[bytes], project: str, progress: Callable[[int], object]) -> Imported:
    """On the way that requests take; `fault` tells what ended it early. progress: told how many bytes were read."""
    settings, book = get_settings(), queries.price_source().refresh()
    writer = SpanWriter(engine(), max_waiting_logs=settings.max_waiting_logs)
    into = Importer(writer, project_id=project, price=book.price_span, dimensions=settings.promoted)
    writer.start()
    try:
        found = documents(opened(file, MOST_INFLATED_BYTES))
        return into.take(found, lambda: progress(file.tell()))
    except MsgtraceError as error:
        into.imported.fault = str(error)
        return into.imported
    finally:
        writer.stop(_DRAIN_S)
        queries.look_again()
