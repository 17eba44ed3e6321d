"""What people set, and the counter that tells pages of every change."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from collector.store.models.base import Table


class ChangeCounter(Table, table=True):
    """One row: a number that grows with every commit that changed spans. Live pages and caches watch it."""

    __tablename__ = "change_counter"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int = Field(sa_type=BigInteger)


class PriceOverride(Table, table=True):
    """Prices that a person has set, for all projects."""

    __tablename__ = "price_override"

    id: str = Field(primary_key=True, sa_type=Text)
    model: str = Field(sa_type=Text)
    provider: str | None = Field(sa_type=Text)
    valid_from_ns: int | None = Field(sa_type=BigInteger)
    valid_to_ns: int | None = Field(sa_type=BigInteger)
    input_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    output_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    cache_read_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    cache_write_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    cache_write_1h_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    reasoning_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    input_audio_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    output_audio_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    request_nusd: int | None = Field(sa_type=BigInteger)
    discount_ppm: int | None = Field(sa_type=BigInteger)
    note: str | None = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)
