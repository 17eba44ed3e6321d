"""A real Chromium that fails a test on any console error, uncaught Streamlit exception or foreign request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests.conftest import skip_or_fail
from tests.forked import forked_dashboard
from tests.servers import Server

PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
NOT_NEEDED = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "InitialWebUI"),
    # Chromium listens to the last such flag alone, so here are those that Playwright turns off itself
    *("AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning", "Translate"),
)
"""Pages of Chromium's own frame, which nobody sees here: for every window it draws them in a process of its own, and
that takes a quarter of the time in which one of ours is loaded."""
FLAGS = [
    f"--disable-features={','.join(NOT_NEEDED)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Closed before other tests run: Playwright keeps an event loop in this thread, and asyncio allows no second."""
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=installed, args=FLAGS)
        except Error as error:
            skip_or_fail(f"browser tests need Chromium: install it, or run `playwright install chromium` ({error})")
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    page.on("console", lambda message: faults.extend(_console_faults(message)))
    page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
    page.on("request", lambda request: faults.extend(_foreign(request)))
    yield page
    faults += list(page.locator("[data-testid=stException]").all_inner_texts())
    context.close()
    assert faults == []


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Server]:
    """The dashboard over an empty database of its own."""
    with forked_dashboard(tmp_path) as server:
        yield server


def _console_faults(message: ConsoleMessage) -> Iterator[str]:
    # On a deep link Streamlit looks for its server below the page's path first; those two misses are its own.
    probes = ("/_stcore/health", "/_stcore/host-config")
    if message.type == "error" and not message.location.get("url", "").endswith(probes):
        yield f"console: {message.text} ({message.location.get('url')})"


def _foreign(request: Request) -> Iterator[str]:
    url = urlsplit(request.url)
    if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
        yield f"foreign request: {request.url}"
