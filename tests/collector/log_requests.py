"""Builders of OTLP log requests: a test says only what it is about."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from tests.collector.otlp_requests import SECOND_NS, START_NS, TRACE_ID, json_value, proto_value


def proto_record(
    number: int, *, body: Any = None, attributes: dict[str, Any] | None = None, **changes: Any
) -> LogRecord:
    """What a user said in span `number` of TRACE_ID, when it began."""
    values: dict[str, Any] = {
        "trace_id": bytes.fromhex(TRACE_ID),
        "span_id": number.to_bytes(8, "big"),
        "time_unix_nano": START_NS + number * SECOND_NS,
        "event_name": "gen_ai.user.message",
    }
    record = LogRecord(**(values | changes))
    record.attributes.extend(KeyValue(key=k, value=proto_value(v)) for k, v in (attributes or {}).items())
    if body is not None:
        record.body.CopyFrom(proto_value(body))
    return record


def logs_body(*records: LogRecord) -> bytes:
    message = ExportLogsServiceRequest()
    resource_logs = message.resource_logs.add()
    resource_logs.resource.attributes.append(KeyValue(key="service.name", value=proto_value("tests")))
    scope_logs = resource_logs.scope_logs.add()
    scope_logs.scope.name = "tests.scope"
    scope_logs.log_records.extend(records)
    return bytes(message.SerializeToString())


def json_logs(*records: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "tests"}}]}
    scope_logs = [{"scope": {"name": "tests.scope"}, "logRecords": list(records)}]
    return {"resourceLogs": [{"resource": resource, "scopeLogs": scope_logs}]}


def json_record(number: int, *, body: Any = None, attributes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same record as `proto_record(number)`."""
    record = {
        "traceId": TRACE_ID.upper(),
        "spanId": f"{number:016x}",
        "timeUnixNano": str(START_NS + number * SECOND_NS),
        "eventName": "gen_ai.user.message",
        "attributes": [{"key": k, "value": json_value(v)} for k, v in (attributes or {}).items()],
    }
    return record if body is None else record | {"body": json_value(body)}
