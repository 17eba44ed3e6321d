"""What a person sees of a page whose data takes its time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_errors_agents_sessions import run_of
from tests.browser.test_main_job import send
from tests.servers import Server, free_port, in_folder, running

SLOW_OVERVIEW = """
import time
from collector.store.reads import overview

read = overview.get_overview


def slowly(*args, **named):
    time.sleep(3)
    return read(*args, **named)


overview.get_overview = slowly
from app.Home import app
"""


@contextmanager
def slow_dashboard(folder: Path) -> Iterator[Server]:
    (folder / "slow_dashboard.py").write_text(SLOW_OVERVIEW)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    port = free_port()
    command = ["-m", "uvicorn", "slow_dashboard:app", "--host", "127.0.0.1", "--port", str(port)]
    environment = in_folder(folder, PYTHONPATH=path)
    with running(command, port, folder / "slow.log", **environment) as server:
        yield server


def top_of(part: Locator) -> float:
    box = part.bounding_box()
    assert box is not None
    return box["y"]


def test_a_slow_page_holds_the_places_of_what_comes_and_nothing_moves(page: Page, tmp_path: Path) -> None:
    with slow_dashboard(tmp_path) as server:
        for number in range(1, 20):
            send(server, *run_of(number))
        page.goto(server.url)
        bones = page.locator(".bone")
        expect(bones.last).to_have_css("animation-name", "bone-in, bone-waits")
        page.wait_for_function(
            "document.querySelector('.bone') && getComputedStyle(document.querySelector('.bone')).opacity > 0.3"
        )
        waiting = [top_of(bones.nth(number)) for number in range(3)]
        expect(page.get_by_text("19 runs in the last 24 h")).to_be_visible()
        expect(page.locator(".st-key-newest a.open").first).to_be_visible()
        expect(bones.locator("visible=true")).to_have_count(0)
        places = [page.locator(f".st-key-place_{name}") for name in ("head", "charts", "lower")]
        for before, place in zip(waiting, places, strict=True):
            assert abs(top_of(place) - before) <= 4
        page.goto("about:blank")
