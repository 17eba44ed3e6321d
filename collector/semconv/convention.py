"""What a table of a convention consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Parse = Callable[[object], object | None]
"""An attribute's value as msgtrace keeps it; None when the value says nothing."""

Unpack = Callable[[object], Mapping[str, object] | None]
"""An attribute's value as several fields of `index.Fields`, parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    name: str
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field of `index.Fields` -> the attribute names that carry it, newest first."""
    kinds: Mapping[str, Mapping[str, str] | Parse] = field(default_factory=dict)
    """Attribute name -> its values in lower case -> msgtrace's kind. Values not listed say nothing."""
    root_kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same for a span without a parent, when nothing else tells its kind."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How a span's name begins -> its kind, when no attribute tells it; the first that fits wins."""
    scopes: tuple[str, ...] = ("",)
    """How the instrumentation scopes begin in which `names` is valid."""
    parse: Mapping[str, Parse] = field(default_factory=dict)
    """Attribute names whose values are in another unit or form than their field's."""
    objects: Mapping[str, Unpack] = field(default_factory=dict)
    """Attributes that hold several fields at once, as JSON: they say what no attribute of its own says."""
