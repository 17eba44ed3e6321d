"""The tree of expanders as a view of a trace: for phones and for screen readers."""

from __future__ import annotations

from app.components.span_tree import span_tree
from app.components.trace_views import Viewed
from app.frames.span_tree import outline


def tree_view(viewed: Viewed) -> None:
    span_tree(outline(viewed.study.tree, viewed.span_id), viewed.choose)
