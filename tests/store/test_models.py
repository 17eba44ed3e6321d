from __future__ import annotations

import warnings
from dataclasses import fields

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SAWarning

from collector.store import models, records, rows
from collector.store.span_prices import SpanPriceRow


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (models.Span, rows.SpanRow),
        (models.SpanPayload, rows.PayloadRow),
        (models.ResourceScope, rows.ResourceScopeRow),
        (models.SpanPrice, SpanPriceRow),
        (models.Trace, rows.TraceRow),
        (models.Usage, rows.UsageRow),
        (models.LogRecord, rows.LogRow),
        (models.Score, rows.ScoreRow),
        (models.ErrorGroup, rows.ErrorGroupRow),
        (models.PriceOverride, records.PriceOverride),
        (models.RecentRequest, records.Receipt),
        (models.TraceNote, records.TraceNote),
        (models.AlertRule, records.AlertRule),
        (models.AlertChannel, records.AlertChannel),
        (models.AlertEvent, records.AlertEvent),
        (models.AlertDelivery, records.AlertDelivery),
    ],
)
def test_a_row_has_the_columns_of_its_table(table: type, row: type) -> None:
    assert {column.name for column in table.__table__.columns} == {field.name for field in fields(row)}


def test_migrations_make_the_tables_that_the_models_declare(writing: Engine) -> None:
    found = inspect(writing)
    made = {
        name: {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(name)}
        for name in models.metadata.tables
    }
    declared = {
        name: {c.name: (c.type.compile(writing.dialect), bool(c.nullable)) for c in table.columns}
        for name, table in models.metadata.tables.items()
    }
    assert made == declared


def test_migrations_make_the_indexes_that_the_models_declare(writing: Engine) -> None:
    found = inspect(writing)
    for name, table in models.metadata.tables.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # SQLAlchemy can't read indexes of expressions on SQLite
            made = {index["name"] for index in found.get_indexes(name)}
        if writing.dialect.name == "sqlite":
            query = text("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql > ''")
            with writing.connect() as connection:
                made = set(connection.execute(query, {"name": name}).scalars())
        assert made == {index.name for index in table.indexes}


def test_every_unique_key_of_the_span_tables_contains_the_trace_id() -> None:
    shared = {"resource_scope", "change_counter", "price_override", "recent_request", "error_group", "saved_view"}
    shared |= {"alert_rule", "alert_channel", "alert_event", "alert_delivery", "lease", "retention_mark"}
    shared |= {"usage_hour", "span_price", "usage_rolled", "invoice", "rolled_sum", "rolled_stretch"}
    for name, table in models.metadata.tables.items():
        if name not in shared:
            assert "trace_id" in {column.name for column in table.primary_key}
