"""The texts of spans and log records as received: of any number of spans, one behind the other, in one call.

Protobuf takes messages in a row for one message: it merges what a field has once, and gathers what a field has any
number of times. Here all that leads to a text is declared as had once, and the texts as had often. So the parser
itself, which is C, gathers the texts of all attributes of all spans; a loop over attributes takes three times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "msgtrace.search"
_TEXTS = "texts"
_MESSAGES: Mapping[str, Sequence[tuple[str, int, str]]] = {
    "Value": (("own", 1, _TEXTS), ("array", 5, "Array"), ("list", 6, "List")),
    "Array": (("values", 1, "Value"),),
    "List": (("values", 1, "Attribute"),),
    "Attribute": (("value", 2, "Value"),),
    "Event": (("names", 2, _TEXTS), ("attributes", 3, "Attribute")),
    "Link": (("attributes", 4, "Attribute"),),
    "Status": (("messages", 2, _TEXTS),),
    "Spans": (
        ("names", 5, _TEXTS),
        ("attributes", 9, "Attribute"),
        ("events", 11, "Event"),
        ("links", 13, "Link"),
        ("status", 15, "Status"),
    ),
    "Record": (("body", 5, "Value"), ("attributes", 6, "Attribute")),
}
"""Field, its number in OTLP, and what it holds."""


def span_texts(payload: bytes) -> list[str]:
    """Names, status messages, and all texts of attributes, events and links. Raises protobuf's DecodeError."""
    spans = _SPANS.FromString(payload)
    texts = [*spans.names, *spans.status.messages]
    _add(spans.attributes.value, texts)
    if spans.HasField("events"):
        texts += spans.events.names
        _add(spans.events.attributes.value, texts)
    if spans.HasField("links"):
        _add(spans.links.attributes.value, texts)
    return texts


def record_texts(payload: bytes) -> list[str]:
    """Of a log record. Raises protobuf's DecodeError."""
    record = _RECORD.FromString(payload)
    texts: list[str] = []
    _add(record.body, texts)
    _add(record.attributes.value, texts)
    return texts


def _add(value: Any, texts: list[str]) -> None:
    texts += value.own
    if value.HasField("array"):
        _add(value.array.values, texts)
    if value.HasField("list"):
        _add(value.list.values.value, texts)


def _classes(*names: str) -> list[Any]:
    file = FileDescriptorProto(name="msgtrace/search.proto", package=_PACKAGE, syntax="proto3")
    for message, fields in _MESSAGES.items():
        declared = file.message_type.add(name=message)
        for name, number, holds in fields:
            if holds == _TEXTS:
                kind, label = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.LABEL_REPEATED
                declared.field.add(name=name, number=number, type=kind, label=label)
            else:
                kind, label = FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.LABEL_OPTIONAL
                type_name = f".{_PACKAGE}.{holds}"
                declared.field.add(name=name, number=number, type=kind, label=label, type_name=type_name)
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return [GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in names]


_SPANS, _RECORD = _classes("Spans", "Record")
