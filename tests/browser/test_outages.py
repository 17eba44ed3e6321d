"""Every page while the database is away, and when it is back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.pages import PATHS, address
from tests.browser.test_errors_agents_sessions import run_of
from tests.browser.test_main_job import send
from tests.forked import forked_dashboard

AWAY = "The database can't be reached."


def taken_away(folder: Path) -> Callable[[], None]:
    """Takes the database from under its server; what puts it back."""
    moved = [path.rename(path.with_name(f"away-{path.name}")) for path in folder.glob("msgtrace.db*")]
    (folder / "msgtrace.db").mkdir()

    def put_back() -> None:
        (folder / "msgtrace.db").rmdir()
        for path in moved:
            path.rename(path.with_name(path.name.removeprefix("away-")))

    return put_back


def test_every_page_says_that_the_database_is_away_and_comes_back_by_itself(page: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path) as server:
        send(server, *run_of(1))
        put_back = taken_away(tmp_path)  # before a page has a connection, which would still read the file
        for path in PATHS:
            page.goto(server.url + address(path, f"{1:032x}"))
            expect(page.get_by_text(AWAY).first, path).to_be_visible()
            expect(page.get_by_text("Waiting for the first")).to_have_count(0)
            assert page.locator("[data-testid=stException]").count() == 0, path
        page.goto(server.url)
        expect(page.get_by_text(AWAY).first).to_be_visible()
        put_back()
        expect(page.get_by_text("1 run in the last 24 h")).to_be_visible(timeout=40_000)
        expect(page.get_by_text(AWAY)).to_have_count(0)
        page.goto("about:blank")


def test_every_page_works_without_a_single_row(page: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path) as server:
        for path in PATHS:
            page.goto(server.url + address(path, "f" * 32))
            expect(page.locator(".all-drawn, [class*=st-key-state_]").first).to_be_attached()
            assert page.locator("[data-testid=stException]").count() == 0, path
        page.goto("about:blank")
