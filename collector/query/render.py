"""A tree as the text that `parse` reads as the same tree."""

from __future__ import annotations

import re

from collector.query.fields import DIMENSION, FIELDS, find_field
from collector.query.tree import Compare, Has, Identified, Match, Query, Scored, SpanWith, Term, Text, Value
from collector.query.units import write_number

_PLAIN = re.compile(r"[\w.$%@/+#~;][\w.$%@/+#~;\-]*")
_SPECIAL = re.compile(r'(["\\*])')


def render(query: Query) -> str:
    return " ".join(map(_term, query.terms))


def _term(term: Term) -> str:
    minus = "-" if term.negated else ""
    return minus + _affirmed(term)


def _affirmed(term: Term) -> str:
    match term:
        case Text(value):
            return _value(value, may_be_plain=_reads_as_text(value))
        case Match(field, values):
            texts = [_value(value) for value in values]
            return f"{_key(field)}:" + (texts[0] if len(texts) == 1 else f"({' OR '.join(texts)})")
        case Compare(field, operator, number):
            unit = find_field(field).unit
            assert unit is not None, field
            return f"{_key(field)}{operator}{write_number(number, unit)}"
        case Has(what):
            return f"has:{what}"
        case Identified(id):
            return f"id:{_text(id)}"
        case Scored():
            return _score(term)
        case SpanWith(conditions):
            return f"span({' '.join(map(_term, conditions))})"


def _score(score: Scored) -> str:
    if score.operator is not None and score.number is not None:
        return f"score:{_text(score.name)}{score.operator}{score.number!r}"
    return f"score:{_text(score.name)}" + (
        f"={_value(Value((score.label,)), may_be_plain=False)}" if score.label is not None else ""
    )


def _key(field: str) -> str:
    name = field.removeprefix(DIMENSION)
    return name if name not in FIELDS else field


def _reads_as_text(value: Value) -> bool:
    return value.exact is not None and value.exact != "OR"


def _text(text: str) -> str:
    return _value(Value((text,)))


def _value(value: Value, *, may_be_plain: bool = True) -> str:
    plain = all(not piece or _PLAIN.fullmatch(piece) for piece in value.pieces) and any(value.pieces)
    if plain and may_be_plain and value.pieces[0] and value.exact != "OR":
        return "*".join(value.pieces)
    return '"' + "*".join(_SPECIAL.sub(r"\\\1", piece) for piece in value.pieces) + '"'
