from __future__ import annotations

import pytest

from collector.analysis.contents import readable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"query": "a \\"b\\"", "top_k": 6}', 'query: a "b"\ntop_k: 6'),
        ('{"id": "6", "on": "true", "off": false}', 'id: "6"\noff: false\non: "true"'),
        ('{"ids": [1]}', '{\n  "ids": [\n    1\n  ]\n}'),
        ("plain", "plain"),
        ("{not json", "{not json"),
    ],
)
def test_arguments_are_laid_out_for_people(text: str, shown: str) -> None:
    assert readable(text) == shown
