"""The pages of the dashboard, as app/ui.py declares them: a new one is tested without being named here."""

from __future__ import annotations

import ast

from playwright.sync_api import Page

from tests.servers import ROOT


def _paths() -> list[str]:
    """ "/" for the default page, "/traces" and so on."""
    tree = ast.parse((ROOT / "app" / "ui.py").read_text())
    pages = [
        {keyword.arg: keyword.value for keyword in node.keywords}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"
    ]
    return ["/" + ast.literal_eval(page["url_path"]) if "url_path" in page else "/" for page in pages]


PATHS = _paths()
EVERYTHING = "period=30d"


def address(path: str, trace_id: str) -> str:
    """A page with as much on it as there is."""
    return f"{path}?{EVERYTHING}" + (f"&trace={trace_id}" if path == "/trace" else "")


DRAWN = """() => {
    const all = selector => [...document.querySelectorAll(`[data-testid=${selector}]`)];
    return all("stApp").every(app => app.dataset.testScriptState === "notRunning")
        && all("stSkeleton").length === 0
        && all("stVegaLiteChart").every(chart => chart.querySelector(".marks"));
}"""
STILL = """() => new Promise(tell => {
    let waiting = setTimeout(tell, 200);
    const seen = new MutationObserver(() => { clearTimeout(waiting); waiting = setTimeout(tell, 200); });
    seen.observe(document.body, {subtree: true, childList: true, attributes: true});
})"""


def settle(page: Page) -> None:
    """Returns once the script has run, charts have drawn themselves and nothing changes any more."""
    page.wait_for_function(DRAWN)
    page.evaluate(STILL)
