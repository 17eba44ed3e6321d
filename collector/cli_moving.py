"""`msgtrace backup`, `export` and `import`: copies of a database, and traces as files."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn
from sqlalchemy import make_url

from collector.config import Settings, get_settings, saved_prices
from collector.errors import BadQuery, ConfigurationError
from collector.export import trace_lines, traces_of
from collector.moving.documents import documents
from collector.moving.importer import Importer
from collector.moving.inflated import Inflated, is_zstd
from collector.moving.part import part_of
from collector.price_source import PriceSource
from collector.query import Query, parse
from collector.store.backup import back_up
from collector.store.engine import open_reader, open_writer
from collector.store.keyset import to_cursor
from collector.store.reads.traces import get_trace
from collector.store.records import Imported, Period, Scope, TraceFilter
from collector.store.schema import migrate
from collector.store.writer import SpanWriter

_FOREVER_NS = 2**63 - 1
_DRAIN_S = 60.0
moving = typer.Typer()
console = Console(stderr=True, highlight=False, soft_wrap=True)
"""Standard output may be the file."""

File = Annotated[str, typer.Argument(help="A file, zstd-compressed when its name ends in .zst; - for a pipe.")]
Project = Annotated[str | None, typer.Option(help="Of the projects in MSGTRACE_PROJECTS.")]


@moving.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that isn't there yet.")]) -> None:
    """Copy an SQLite database while it is in use, as it is at one moment."""
    with Progress(TextColumn("pages"), BarColumn(), console=console) as progress:
        task = progress.add_task("pages", total=None)
        reader = open_reader(get_settings().sqlalchemy_url)
        back_up(reader, file, lambda done, total: progress.update(task, completed=done, total=total))
    console.print(f"{file}: {file.stat().st_size / 2**20:,.1f} MiB", markup=False)


@moving.command("export")
def export_traces(
    file: File,
    project: Project = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="ISO 8601, UTC.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME")] = None,
    trace: Annotated[str | None, typer.Option(metavar="ID", help="One trace alone.")] = None,
    query: Annotated[str, typer.Option(help="In the search language of the page Traces.")] = "",
) -> None:
    """Write traces as OTLP/JSON lines, the oldest first, as `msgtrace import` and OpenTelemetry read them.

    One that is cut off leaves FILE.part, which can be read as well; the same command again goes on behind it.
    """
    settings = get_settings()
    engine, scope = open_reader(settings.sqlalchemy_url), _scope(settings, project)
    asked = parse(query, {dimension.name for dimension in settings.promoted}) if query else Query()
    wanted = TraceFilter(query=asked, period=_period(since, until))

    def traces(cursor: str | None) -> Iterator[tuple[list[bytes], str]]:
        found = traces_of(engine, scope, wanted, sort="start_ns", cursor=cursor)
        if trace:
            found = iter([] if cursor else [get_trace(engine, scope, trace)])
        for one in found:
            lines = list(trace_lines(engine, Scope((one.project,)), one.trace_id))
            yield lines, to_cursor(one.start_ns, one.trace_id)

    if file == "-":
        count = _write_to_pipe(traces(None))
    else:
        place = make_url(settings.sqlalchemy_url).render_as_string(hide_password=True)
        count = _write_to_file(file, repr((place, scope, since, until, trace, query)), traces)
    console.print(f"{count:,} traces written")


def _write_to_pipe(traces: Iterable[tuple[list[bytes], str]]) -> int:
    count = 0
    with _counting("traces") as progress:
        for count, (lines, _) in enumerate(traces, 1):
            sys.stdout.buffer.writelines(lines)
            progress(count)
    return count


def _write_to_file(name: str, question: str, traces: Callable[[str | None], Iterable[tuple[list[bytes], str]]]) -> int:
    with part_of(name, hashlib.blake2b(question.encode(), digest_size=16).hexdigest()) as part:
        count = part.reached.traces
        if count:
            console.print(f"goes on behind the {count:,} traces of {name}.part", markup=False)
        try:
            with _counting("traces") as progress:
                for lines, cursor in traces(part.reached.cursor):
                    count = part.add(lines, cursor)
                    progress(count)
        except BaseException:
            if count:
                console.print(f"{name}.part has {count:,} traces: the same command goes on behind them", markup=False)
            raise
    return count


@moving.command("import")
def import_traces(file: File, project: Project = None) -> None:
    """Read traces: OTLP/JSON lines, as exported, what the OpenTelemetry Collector's file exporter writes, or Jaeger's
    JSON; compressed with zstd or not.

    The same file again changes nothing. A trace's age for retention counts from now.
    """
    settings = get_settings()
    writing = open_writer(settings.sqlalchemy_url)
    migrate(writing)
    prices = PriceSource(open_reader(settings.sqlalchemy_url), file=settings.prices_file, saved_list=saved_prices())
    prices.refresh().load()
    writer = SpanWriter(writing, max_waiting_logs=settings.max_waiting_logs)
    writer.start()
    into = Importer(
        writer, project_id=_scope(settings, project)[0], price=prices.price_span, dimensions=settings.promoted
    )
    try:
        with _read(file) as (found, raw), _reading(file) as progress:
            imported = into.take(documents(found), lambda: progress(raw))
    finally:
        writer.stop(_DRAIN_S)
        writing.dispose()
    _tell(imported)


def _tell(imported: Imported) -> None:
    console.print(f"{imported.stored:,} spans and log records stored, {imported.known:,} were there already")
    if imported.left_out:
        console.print(f"{imported.left_out:,} left out")
        for reason in dict.fromkeys(imported.reasons):
            console.print(f"  {reason}", markup=False)


def _scope(settings: Settings, project: str | None) -> Scope:
    if project is not None and project not in settings.scope:
        raise ConfigurationError(f"--project: expected one of {', '.join(settings.scope)}")
    return Scope((project,) if project else settings.scope)


def _period(since: str | None, until: str | None) -> Period | None:
    if since is None and until is None:
        return None
    return Period(_time_ns("--from", since) if since else 0, _time_ns("--to", until) if until else _FOREVER_NS)


def _time_ns(name: str, text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(f"{name}: expected an ISO 8601 time such as 2026-11-22T10:00:00Z") from error
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()) * 10**9


@contextmanager
def _read(name: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """What is in the file, and the file itself, whose position tells how far it was read."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else open(name, "rb") as raw:
            buffered = cast("io.BufferedReader", raw)
            yield io.BufferedReader(Inflated(buffered)) if is_zstd(buffered.peek(4)) else buffered, buffered
    except OSError as error:
        raise ConfigurationError(f"{name} can't be read: {error.strerror}") from error


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int], object]]:
    with Progress(SpinnerColumn(), TextColumn(f"{{task.completed:,.0f}} {what}"), console=console) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def _reading(name: str) -> Iterator[Callable[[IO[bytes]], object]]:
    total = None if name == "-" else os.path.getsize(name)
    with Progress(SpinnerColumn(), BarColumn(), DownloadColumn(), console=console) as progress:
        task = progress.add_task("read", total=total)
        yield lambda raw: None if total is None else progress.update(task, completed=raw.tell())
