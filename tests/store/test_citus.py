"""The file that spreads the tables over a Citus cluster: whether it knows all tables, and they keep Citus' rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from collector.store.dialect import POSTGRES_SCHEMA
from collector.store.engine import open_writer
from collector.store.schema import migrate

SQL = Path(__file__).parents[2] / "examples" / "deploy" / "citus.sql"
DISTRIBUTED = dict(re.findall(r"create_distributed_table\('(\w+)', '(\w+)'", SQL.read_text()))
"""Table -> the column by whose hash it is distributed."""
ELSEWHERE = re.findall(r"(?:create_reference_table|citus_add_local_table_to_metadata)\('(\w+)'", SQL.read_text())

pytestmark = pytest.mark.postgres


@pytest.fixture
def catalogue(postgres_url: str) -> Iterator[Connection]:
    engine = open_writer(postgres_url)
    migrate(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_table_is_placed_once(catalogue: Connection) -> None:
    named = re.findall(r"^SELECT \w+\('(\w+)'", SQL.read_text(), re.MULTILINE)
    assert sorted(named) == sorted(inspect(catalogue).get_table_names(schema=POSTGRES_SCHEMA))
    assert sorted(named) == sorted([*DISTRIBUTED, *ELSEWHERE])


def test_the_tables_with_a_trace_are_distributed_by_it_and_lie_together(catalogue: Connection) -> None:
    assert set(DISTRIBUTED.values()) == {"trace_id"}
    beside = re.findall(r"create_distributed_table\('(\w+)', 'trace_id', colocate_with => 'span'\)", SQL.read_text())
    assert {"span", *beside} == set(DISTRIBUTED)
    assert {"span", "span_payload", "span_conflict", "log_record", "trace", "usage", "score"} <= set(DISTRIBUTED)


def test_the_column_that_rows_are_distributed_by_is_in_every_unique_key_and_always_known(
    catalogue: Connection,
) -> None:
    query = text(
        "SELECT c.relname, i.relname, array_agg(a.attname ORDER BY k.place), bool_and(a.attnotnull)"
        " FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(x.indkey) WITH ORDINALITY AS k(number, place)"
        " JOIN pg_attribute a ON a.attnum = k.number"
        " WHERE a.attrelid = c.oid AND n.nspname = :schema AND (x.indisunique OR x.indisexclusion)"
        " GROUP BY c.relname, i.relname"
    )
    keys = catalogue.execute(query, {"schema": POSTGRES_SCHEMA}).all()
    assert {table for table, _, _, _ in keys} >= set(DISTRIBUTED)
    for table, name, columns, always_known in keys:
        if table in DISTRIBUTED:
            assert DISTRIBUTED[table] in columns and always_known, name


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("sequences", "SELECT sequencename FROM pg_sequences WHERE schemaname = :schema"),
        (
            "identity, generated or serial columns",
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = :schema"
            " AND (is_identity = 'YES' OR is_generated = 'ALWAYS' OR column_default LIKE 'nextval%')",
        ),
        (
            "foreign keys",
            "SELECT conname FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace"
            " WHERE nspname = :schema AND contype = 'f'",
        ),
        (
            "triggers",
            "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
            " JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = :schema",
        ),
        ("views", "SELECT viewname FROM pg_views WHERE schemaname = :schema"),
    ],
)
def test_there_is_nothing_that_a_cluster_cannot_carry(catalogue: Connection, what: str, query: str) -> None:
    assert catalogue.execute(text(query), {"schema": POSTGRES_SCHEMA}).all() == [], what
