"""What a table of a convention consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Parse = Callable[[object], object | None]
"""An attribute's value as msgtrace keeps it; None when the value says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    name: str
    fields: Mapping[str, tuple[str, ...]]
    """Field of `index.Fields` -> the attribute names that carry it, newest first."""
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Attribute name -> its values in lower case -> msgtrace's kind. Values not listed say nothing."""
    root_kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same for a span without a parent, when nothing else tells its kind."""
    parse: Mapping[str, Parse] = field(default_factory=dict)
    """Attribute names whose values are in another unit or form than their field's."""
