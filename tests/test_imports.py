"""Who may import whom. The table is the architecture: a part depends only on what stands in its row."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STDLIB = frozenset(sys.stdlib_module_names)
OTLP_PROTOS = ("opentelemetry.proto", "google.protobuf", "google.rpc")
MEANING = ("collector.semconv", "collector.errors", "collector.store.rows", "collector.store.records")

ALLOWED: dict[str, tuple[str, ...]] = {
    # part: what it may import beside the standard library and itself
    "collector.errors": (),
    "collector.dimensions": ("collector.semconv.values",),
    "collector.config": (
        "collector.dimensions",
        "platformdirs",
        "pydantic",
        "pydantic_settings",
        "sqlalchemy",
        "collector.errors",
    ),
    "collector.query": ("collector.errors",),
    "collector.store": (
        "sqlmodel",
        "sqlalchemy",
        "alembic",
        "zstandard",
        "orjson",
        "collector.errors",
        "collector.query",
    ),
    # Both database and index have to read what a span says, without a way out of the store and back for each.
    **dict.fromkeys(
        ("collector.store.search_strings", "collector.store.search_source"),
        ("google.protobuf", "sqlalchemy", "zstandard", "collector.store"),
    ),
    # What a row does without is read from its content where rows are made and listed, as search does.
    "collector.store.texts": ("google.protobuf", "sqlalchemy", "zstandard", "collector.step_texts", "collector.store"),
    "collector.otlp_scan": ("collector.errors",),
    "collector.otlp_json": (*OTLP_PROTOS, "orjson", "collector.errors"),
    "collector.otlp": (*OTLP_PROTOS, "orjson", "collector.errors", "collector.otlp_json", "collector.otlp_scan"),
    "collector.otlp_logs": (
        *OTLP_PROTOS,
        "collector.errors",
        "collector.otlp",
        "collector.otlp_json",
        "collector.otlp_scan",
        "collector.semconv",
    ),
    "collector.semconv": ("orjson",),
    "collector.exceptions": (*MEANING, "collector.otlp", "orjson"),
    "collector.returned_errors": (
        *MEANING,
        "orjson",
        "collector.previews",
    ),
    "collector.message_shapes": (*MEANING, "collector.message_parts", "orjson"),
    "collector.message_parts": (*MEANING, "orjson"),
    "collector.messages": (
        *MEANING,
        "collector.message_shapes",
        "collector.message_parts",
        "collector.otlp",
        "orjson",
        "collector.exceptions",
    ),
    "collector.previews": (
        *MEANING,
        "collector.messages",
        "collector.otlp",
        "orjson",
        "collector.message_shapes",
        "collector.message_parts",
    ),
    "collector.usage": MEANING,
    "collector.normalize": (
        *MEANING,
        "collector.exceptions",
        "collector.otlp",
        "collector.previews",
        "collector.returned_errors",
        "orjson",
        "collector.message_shapes",
        "collector.messages",
        "collector.usage",
    ),
    "collector.normalize_logs": (
        *MEANING,
        "collector.exceptions",
        "collector.messages",
        "collector.otlp_logs",
        "collector.previews",
        "orjson",
    ),
    "collector.step_texts": (
        *MEANING,
        *OTLP_PROTOS,
        "collector.messages",
        "collector.otlp",
        "collector.previews",
    ),
    "collector.offered": (*MEANING, "collector.message_shapes"),
    "collector.detail": (
        *OTLP_PROTOS,
        "collector.offered",
        "collector.otlp_logs",
        *MEANING,
        "collector.exceptions",
        "collector.messages",
        "collector.otlp",
        "orjson",
        "collector.message_shapes",
    ),
    "collector.price_rates": ("orjson",),
    "collector.price_file": ("genai_prices", "orjson", "collector.errors"),
    "collector.price_list": ("genai_prices", *MEANING, "collector.price_file", "collector.price_rates"),
    "collector.price_overrides": (*MEANING, "collector.price_list", "collector.price_rates"),
    "collector.charges": ("collector.price_rates",),
    "collector.pricing": (
        *MEANING,
        "orjson",
        "collector.charges",
        "collector.price_file",
        "collector.price_list",
        "collector.price_overrides",
        "collector.price_rates",
    ),
    "collector.price_source": (
        *MEANING,
        "sqlalchemy",
        "collector.price_file",
        "collector.price_overrides",
        "collector.pricing",
        "collector.store.reads",
    ),
    "collector.repricing": (*MEANING, "sqlalchemy", "collector.pricing", "collector.store"),
    "collector.analysis": ("collector.store.records",),
    "collector.export": ("orjson", "sqlalchemy", *OTLP_PROTOS, "collector.errors", "collector.store"),
    "collector.inferred_view": (
        "opentelemetry.proto",
        "collector.analysis",
        "collector.store.reads",
        "collector.store.records",
    ),
    "collector.compare_view": (
        "sqlalchemy",
        "collector.analysis",
        "collector.detail",
        "collector.store.reads",
        "collector.store.records",
    ),
    "collector.alerting": (
        "apprise",
        "orjson",
        "requests",
        "sqlalchemy",
        "starlette",
        "collector.analysis",
        "collector.config",
        "collector.errors",
        "collector.store",
    ),
    "collector.reading": (
        "orjson",
        "collector.dimensions",
        "collector.normalize",
        "collector.normalize_logs",
        "collector.otlp",
        "collector.store.packing",
        "collector.store.payloads",
        "collector.store.rows",
    ),
    "collector.interpreter": (),
    "collector.decoder": (
        "collector.dimensions",
        "collector.errors",
        "collector.interpreter",
        "collector.otlp",
        "collector.reading",
        "collector.store.packing",
        "collector.store.rows",
    ),
    "collector.decoding": (
        "collector.decoder",
        "collector.errors",
        "collector.ingest",
        "collector.reading",
        "collector.store",
    ),
    "collector.ingest": (
        "collector.dimensions",
        "collector.normalize_logs",
        "collector.otlp",
        "collector.otlp_logs",
        "collector.pricing",
        "collector.reading",
        "collector.store",
    ),
    "collector.demo": (*OTLP_PROTOS, "orjson", "collector.errors"),
    "collector.integration": ("opentelemetry", "msgtrace"),
    "collector.access": ("starlette", "pydantic", "collector.config", "collector.errors"),
    "collector.body": ("collector.errors",),
    "collector.waiting": ("collector.errors", "collector.store"),
    "collector.answers": ("starlette", "orjson", "collector.errors"),
    "collector.scores": (
        "starlette",
        "pydantic",
        "collector.access",
        "collector.answers",
        "collector.body",
        "collector.config",
        "collector.errors",
        "collector.measures",
        "collector.semconv.values",
        "collector.store",
        "collector.waiting",
    ),
    "collector.measures": ("prometheus_client", "starlette", "collector.store"),
    "collector.metrics": (
        "prometheus_client",
        "starlette",
        "sqlalchemy",
        "collector.access",
        "collector.answers",
        "collector.config",
        "collector.errors",
        "collector.measures",
        "collector.receiver",
        "collector.store",
    ),
    "collector.receipts": (
        "starlette",
        "sqlalchemy",
        "collector.access",
        "collector.config",
        "collector.errors",
        "collector.semconv.values",
        "collector.store",
    ),
    "collector.receiver": (
        "collector.measures",
        "collector.receipts",
        "collector.waiting",
        "starlette",
        "google.rpc",
        "orjson",
        "collector.access",
        "collector.body",
        "collector.config",
        "collector.decoder",
        "collector.decoding",
        "collector.errors",
        "collector.ingest",
        "collector.otlp",
        "collector.store",
    ),
    "collector.upkeep": ("sqlalchemy", "collector.config", "collector.errors", "collector.store"),
    "collector.searching": ("sqlalchemy", "collector.errors", "collector.store"),
    "collector.tickets": ("collector.config",),
    "collector.stream": (
        "starlette",
        "sqlalchemy",
        "anyio",
        "sse_starlette",
        "collector.access",
        "collector.answers",
        "collector.config",
        "collector.errors",
        "collector.store.watching",
        "collector.tickets",
    ),
    "collector.api": (
        "starlette",
        "sqlalchemy",
        "collector.__version__",
        "collector.access",
        "collector.analysis",
        "collector.answers",
        "collector.api_compare",
        "collector.config",
        "collector.detail",
        "collector.errors",
        "collector.export",
        "collector.inferred_view",
        "collector.query",
        "collector.store.reads",
        "collector.store.records",
    ),
    "collector.api_compare": (
        "sqlalchemy",
        "collector.analysis",
        "collector.compare_view",
        "collector.errors",
        "collector.store.reads",
        "collector.store.records",
    ),
    "collector.main": ("starlette", "sqlalchemy", "collector"),
    "collector.protocol": ("uvicorn",),
    "collector.serve": ("uvicorn", "collector.protocol"),
    "collector.supervisor": ("orjson", "collector.config", "collector.errors"),
    "collector.cli": ("typer", "rich", "collector"),
    "collector.monthly": ("sqlalchemy", "collector.analysis", "collector.errors", "collector.store"),
    "collector.cli_report": ("typer", "rich", "collector"),
    "collector.moving": (
        "zstandard",
        "filelock",
        "orjson",
        "google.protobuf",
        "opentelemetry.proto",
        "collector.dimensions",
        "collector.errors",
        "collector.ingest",
        "collector.otlp_scan",
        "collector.store",
    ),
    "collector.cli_moving": ("typer", "rich", "sqlalchemy", "collector"),
    "collector.cli_storage": ("typer", "rich", "sqlalchemy", "collector"),
    "collector.cli_migrate": ("typer", "rich", "sqlalchemy", "collector"),
    "collector.cli_prices": ("typer", "rich", "sqlalchemy", "collector"),
    "app.format": ("collector.store.records",),
    "app.theme": ("streamlit",),
    "app.cost_report": ("collector.store.records",),
    "app.selection": ("collector.query", "collector.store.records", "app.cost_report", "app.format"),
    "app.cost_calls": (
        "app.selection",
        "collector.analysis.bridge",
        "collector.query",
        "collector.store.records",
    ),
    "app.address": ("collector.query", "collector.store.records", "app.cost_report", "app.selection"),
    "app.state": ("streamlit", "app.address", "app.cost_report", "app.selection"),
    "app.sign_in": ("starlette", "collector.tickets"),
    "app.queries": (
        "app.state",
        "streamlit",
        "sqlalchemy",
        "collector.__version__",
        "collector.config",
        "collector.store",
        "collector.detail",
        "collector.errors",
        "collector.analysis",
        "collector.monthly",
        "collector.compare_view",
        "collector.inferred_view",
        "collector.price_source",
        "collector.repricing",
        "collector.upkeep",
        "app.cost_report",
        "collector.charges",
        "collector.tickets",
        "collector.alerting",
    ),
    "app.commands": (
        "streamlit",
        "sqlalchemy",
        "collector.alerting",
        "collector.config",
        "collector.errors",
        "collector.moving",
        "collector.price_overrides",
        "collector.repricing",
        "collector.store",
        "app.queries",
    ),
    "app.live": (
        "streamlit",
        "streamlit_autorefresh",
        "collector.errors",
        "app.components.live",
        "app.components.new_pill",
        "app.format",
        "app.queries",
        "app.state",
        "app.selection",
    ),
    "app.marking": ("collector.errors", "app.commands", "app.components.marks", "app.state"),
    "app.page": (
        "collector.errors",
        "app.components",
        "app.live",
        "app.queries",
        "app.state",
        "app.selection",
    ),
    "app.frames": (
        "pandas",
        "collector.store.records",
        "collector.analysis",
        "app.format",
        "app.theme",
        "xlsxwriter",
        "app.cost_report",
    ),
    "app.charts": (
        "altair",
        "pandas",
        "pyarrow",
        "collector.store.records",
        "collector.analysis",
        "app.format",
        "app.frames",
        "app.theme",
    ),
    "app.components": (
        "streamlit",
        "altair",
        "pandas",
        "collector.query",
        "collector.store.records",
        "collector.analysis",
        "collector.errors",
        "app.charts",
        "app.format",
        "app.frames",
        "app.sign_in",
        "app.state",
        "app.theme",
        "app.selection",
        "app.cost_report",
    ),
    "app.views": (
        "streamlit",
        "collector.query",
        "collector.analysis",
        "collector.errors",
        "collector.store.records",
        "app.charts",
        "app.commands",
        "app.components",
        "app.format",
        "app.frames",
        "app.live",
        "app.marking",
        "app.page",
        "app.queries",
        "app.state",
        "app.theme",
        "app.selection",
        "app.cost_calls",
        "app.cost_report",
    ),
    "app.ui": ("streamlit", "app.components", "app.live", "app.queries", "app.sign_in", "app.state", "app.theme"),
    "app.export_route": ("starlette", "sqlalchemy", "app.sign_in", "collector"),
    "app.stale_clicks": ("streamlit", "starlette", "google"),
    "app.warm_up": ("altair", "pandas"),
    "app.Home": (
        "streamlit",
        "starlette",
        "app.export_route",
        "app.sign_in",
        "app.stale_clicks",
        "app.warm_up",
        "collector.main",
        "collector.access",
    ),
}
PUREST = ("collector.analysis", "collector.query", "collector.semconv", "app.frames", "app.charts")
"""Parts whose files may not read clocks, files or networks either."""
IMPURE = frozenset({"os", "time", "socket", "urllib", "http", "subprocess", "pathlib", "threading"})

FILES = sorted(path for folder in ("collector", "app") for path in (ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str | None:
    """The row of the table that a module belongs to: the longest that fits."""
    rows = [part for part in ALLOWED if module == part or module.startswith(part + ".")]
    return max(rows, key=len, default=None)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_part_imports_only_what_its_row_allows(path: Path) -> None:
    module = module_of(path)
    if module in ("collector", "app"):
        return
    part = part_of(module)
    assert part is not None, f"{module} has no row in the table"
    foreign = [name for name in imports_of(path) if name.partition(".")[0] not in STDLIB]
    wrong = [name for name in foreign if not is_within(name, (part, *ALLOWED[part]))]
    assert wrong == []


@pytest.mark.parametrize("path", [p for p in FILES if is_within(module_of(p), PUREST)], ids=module_of)
def test_pure_parts_touch_nothing_outside(path: Path) -> None:
    assert [name for name in imports_of(path) if name.partition(".")[0] in IMPURE] == []


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if module_of(path) in ("collector.config",) or is_within(module_of(path), ("collector.integration",)):
        return
    assert "os.environ" not in path.read_text()
    assert "getenv" not in path.read_text()


@pytest.mark.parametrize("path", [p for p in FILES if module_of(p).startswith("app")], ids=module_of)
def test_only_the_state_touches_url_and_session(path: Path) -> None:
    if not is_within(module_of(path), ("app.state",)):
        text = path.read_text()
        assert "st.query_params" not in text
        assert "session_state" not in text


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    functions = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    if "migrations/versions" not in str(path):
        assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= 50] == []


@pytest.mark.parametrize("path", sorted((ROOT / "app" / "views").glob("*.py")), ids=module_of)
def test_a_page_is_read_at_a_glance(path: Path) -> None:
    assert path.read_text().count("\n") <= 60


def test_nothing_of_ours_is_left_out_of_the_table() -> None:
    assert [part for part in ALLOWED if not any(is_within(module_of(path), (part,)) for path in FILES)] == []
