"""Rules that watch, what they found, where and whether it was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from collector.store.models.base import Table, partial_index


class AlertRule(Table, table=True):
    __tablename__ = "alert_rule"

    project_id: str = Field(primary_key=True, sa_type=Text)
    rule_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    terms: str = Field(sa_type=Text)
    channels: str = Field(sa_type=Text)
    is_muted: bool
    created_ns: int = Field(sa_type=BigInteger)
    looked_ns: int = Field(sa_type=BigInteger)


class AlertChannel(Table, table=True):
    """Where events are sent; `url` is secret."""

    __tablename__ = "alert_channel"

    project_id: str = Field(primary_key=True, sa_type=Text)
    channel_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)


class AlertEvent(Table, table=True):
    """Its id is made of rule and subject, so that two processes can't make two of one."""

    __tablename__ = "alert_event"
    __table_args__ = (
        Index("alert_event_by_last", "project_id", "last_ns"),
        Index("alert_event_by_rule", "project_id", "rule_id", "last_ns"),
        partial_index("alert_event_open", "project_id", "last_ns", where="resolved_ns IS NULL"),
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    event_id: str = Field(primary_key=True, sa_type=Text)
    rule_id: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
    level: int
    opening: int
    count: int
    opened_ns: int = Field(sa_type=BigInteger)
    last_ns: int = Field(sa_type=BigInteger)
    told_ns: int | None = Field(sa_type=BigInteger)
    resolved_ns: int | None = Field(sa_type=BigInteger)
    snoozed_until_ns: int | None = Field(sa_type=BigInteger)
    evidence: str = Field(sa_type=Text)


class AlertMatch(Table, table=True):
    """A run that a rule has met: it counts once, however often it is looked at."""

    __tablename__ = "alert_match"
    __table_args__ = (
        Index("alert_match_by_event", "project_id", "event_id", "time_ns"),
        Index("alert_match_by_time", "project_id", "time_ns"),
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    rule_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    event_id: str = Field(sa_type=Text)
    time_ns: int = Field(sa_type=BigInteger)


class AlertDelivery(Table, table=True):
    __tablename__ = "alert_delivery"
    __table_args__ = (
        partial_index("alert_delivery_due", "project_id", "next_ns", where="next_ns IS NOT NULL"),
        Index("alert_delivery_by_created", "project_id", "created_ns"),
        Index("alert_delivery_by_event", "project_id", "event_id", "created_ns"),
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    delivery_id: str = Field(primary_key=True, sa_type=Text)
    event_id: str | None = Field(sa_type=Text)
    channel_id: str = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)
    attempts: int
    next_ns: int | None = Field(sa_type=BigInteger)
    sent_ns: int | None = Field(sa_type=BigInteger)
    answer: str | None = Field(sa_type=Text)


class Lease(Table, table=True):
    """Who of several processes does something that one of them has to do."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True, sa_type=Text)
    holder: str = Field(sa_type=Text)
    until_ns: int = Field(sa_type=BigInteger)
