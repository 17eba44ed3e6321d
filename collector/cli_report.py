"""`msgtrace report`: a month's costs as one HTML file."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from collector.config import get_settings
from collector.errors import BadQuery
from collector.monthly import gather, page
from collector.store.engine import open_reader
from collector.store.records import Scope

reports = typer.Typer()
console = Console(highlight=False, soft_wrap=True)


@reports.command()
def report(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="The present one unless told.")] = None,
    project: Annotated[str | None, typer.Option(help="One project; all of them unless told.")] = None,
) -> None:
    """Write a month's costs as one HTML file: for mail, a wiki or print; it needs no server and no network."""
    settings, now_ns = get_settings(), time.time_ns()
    if project is not None and project not in settings.scope:
        raise BadQuery(f"project: expected one of {', '.join(settings.scope)}; got {project!r}")
    zone = settings.reporting_zone
    month = month or f"{datetime.fromtimestamp(now_ns // 10**9, ZoneInfo(zone)):%Y-%m}"
    engine = open_reader(settings.sqlalchemy_url)
    dimensions = tuple(dimension.name for dimension in settings.promoted)
    scope = Scope((project,) if project else settings.scope)
    try:
        content = page(gather(engine, scope, month, zone, now_ns, dimensions))
    finally:
        engine.dispose()
    output.write_bytes(content)
    console.print(f"{output}: {len(content):,} bytes")
