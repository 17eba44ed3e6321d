"""The `msgtrace` command."""

from __future__ import annotations

import logging
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector import __version__
from collector.cli_migrate import migrating
from collector.cli_moving import moving
from collector.cli_prices import prices
from collector.cli_report import reports
from collector.cli_storage import storage
from collector.config import Settings, announce_host, get_settings, is_loopback
from collector.demo.send import DEMO_DIMENSIONS, send_demo
from collector.errors import MsgtraceError
from collector.serve import serve
from collector.store.engine import open_reader
from collector.store.reads.freshness import get_freshness
from collector.store.records import Scope
from collector.supervisor import address, check_port, server_child, stop_running, supervise

DASHBOARD_APP = "app.Home:app"
COLLECTOR_APP = "collector.main:create_app"

cli = typer.Typer(help="Capture, store and show the traces of LLM workflows.", no_args_is_help=True)
cli.add_typer(prices, name="prices")
cli.add_typer(migrating)
cli.add_typer(storage)
cli.add_typer(reports)
cli.add_typer(moving)
console = Console(highlight=False, soft_wrap=True)

Host = Annotated[str, typer.Option(help="Address to bind to.")]


@cli.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        console.print(f"msgtrace {__version__}")
        raise typer.Exit


@cli.command()
def start(
    port: Annotated[int, typer.Option(help="Port of the dashboard; it takes OTLP too.")] = 4321,
    otlp_port: Annotated[int, typer.Option(help="Port of the collector.")] = 4318,
    host: Host = "127.0.0.1",
    demo: Annotated[bool, typer.Option(help="Fill an empty database with two months of demo traces.")] = False,
) -> None:
    """Run dashboard and collector until Ctrl-C or `msgtrace stop`."""
    settings = get_settings()
    _refuse_unguarded(host, settings)
    check_port(host, port, "--port")
    check_port(host, otlp_port, "--otlp-port")
    named = {"MSGTRACE_DASHBOARD_URL": settings.dashboard_url or address(host, port)}
    if demo and not settings.dimensions:
        named["MSGTRACE_DIMENSIONS"] = DEMO_DIMENSIONS
    dashboard = server_child("dashboard", DASHBOARD_APP, host=host, port=port, settings=settings, **named)
    collector = server_child(
        "collector",
        COLLECTOR_APP,
        host=host,
        port=otlp_port,
        settings=settings,
        **named,
    )

    def ready() -> None:
        if demo:
            _send_demo(settings, collector.url)
        console.print(f"msgtrace {__version__} is running: [link]{dashboard.url}[/link]")
        console.print(f"Send OTLP to {collector.url} (or {dashboard.url}). Ctrl-C or `msgtrace stop` ends it.")

    console.print("starting msgtrace ...")
    supervise([dashboard, collector], on_ready=ready, say=console.print)


@cli.command()
def stop() -> None:
    """End what `msgtrace start` runs."""
    if not stop_running(console.print):
        console.print("msgtrace is not running")


@cli.command()
def collector(
    port: Annotated[int, typer.Option(help="Port to take OTLP on.")] = 4318,
    host: Host = "127.0.0.1",
) -> None:
    """Run the collector alone; as many as wanted on PostgreSQL."""
    _refuse_unguarded(host, get_settings())
    check_port(host, port, "--port")
    announce_host(host)
    serve(COLLECTOR_APP, host, port)


def _refuse_unguarded(host: str, settings: Settings) -> None:
    """Says at once what every request would be told: a public address needs key and password."""
    guarded = settings.api_key is not None and settings.dashboard_password is not None
    if not is_loopback(host) and not guarded and not settings.insecure:
        console.print(
            f"[yellow]{host} is a public address: set MSGTRACE_API_KEY and MSGTRACE_DASHBOARD_PASSWORD, "
            "or requests are answered 403 (MSGTRACE_INSECURE=1 serves everybody)[/yellow]"
        )


def _send_demo(settings: Settings, endpoint: str) -> None:
    reader = open_reader(settings.sqlalchemy_url)
    if get_freshness(reader, Scope(settings.scope)).any_spans:
        console.print("the database is not empty: no demo traces were added")
        return
    key = settings.api_key.get_secret_value() if settings.api_key else None
    columns = (TextColumn("demo traces"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("traces")
        send_demo(
            endpoint, api_key=key, progress=lambda done, total: progress.update(task, completed=done, total=total)
        )


def main() -> None:
    """Runs the command; our own errors end it with one line instead of a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        cli()
    except MsgtraceError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"msgtrace: {error}", style="red", markup=False)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
