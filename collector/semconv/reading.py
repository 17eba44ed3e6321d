"""The attributes of a span, read.

Which attribute tells which field depends on their names alone, and programs send the same names again and again. So
that is worked out once for each set of names that is seen, and a span costs little more than parsing its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from collector.semconv.convention import Parse, Unpack
from collector.semconv.index import INDEX, Fields

_MAX_PLANS = 2_048
_MAX_NAMES_LENGTH = 8_192
"""Characters of all names together. A set of longer names is not remembered, so that nobody can fill the memory."""

Candidate = tuple[str, Parse]
"""An attribute's name and how its value is read."""


class Plan(NamedTuple):
    fields: tuple[tuple[str, str, Parse, tuple[Candidate, ...]], ...]
    """Each field with the attribute that tells it best, and those to ask when that says nothing."""
    objects: tuple[tuple[str, Unpack], ...]
    """Attributes that hold several fields, those that are asked first in front."""


_plans: dict[tuple[str, ...], Plan] = {}


def read_fields(attributes: Mapping[str, object]) -> Fields:
    """For every field the value of the best-ranked attribute that parses and isn't empty."""
    names = tuple(attributes)
    plan = _plans.get(names) or _remembered(names)
    found: dict[str, object] = {}
    for field, name, parse, others in plan.fields:
        value = parse(attributes[name])
        if value is not None:
            found[field] = value
        elif others:
            for other, parse_other in others:
                if (value := parse_other(attributes[other])) is not None:
                    found[field] = value
                    break
    for name, unpack in plan.objects:
        for field, value in (unpack(attributes[name]) or {}).items():
            found.setdefault(field, value)
    return cast(Fields, found)


def _remembered(names: tuple[str, ...]) -> Plan:
    plan = _plan(names)
    if sum(map(len, names)) <= _MAX_NAMES_LENGTH:
        if len(_plans) >= _MAX_PLANS:
            _plans.clear()
        _plans[names] = plan
    return plan


def _plan(names: tuple[str, ...]) -> Plan:
    by_rank = sorted(((rule, name) for name in names for rule in INDEX.get(name, ())), key=lambda told: told[0].rank)
    fields: dict[str, list[Candidate]] = {}
    for rule, name in by_rank:
        fields.setdefault(rule.field, []).append((name, rule.parse))
    objects = fields.pop("", [])
    return Plan(
        tuple((field, *best, tuple(others)) for field, (best, *others) in fields.items()),
        tuple((name, cast(Unpack, unpack)) for name, unpack in objects),
    )
