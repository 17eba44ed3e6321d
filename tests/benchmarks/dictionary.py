"""Makes the dictionary that small payloads are compressed with, and says what it saves.

    python -m tests.benchmarks.dictionary [--size 32768] [--write]

It learns from what clients really send: the recordings of `tests/corpus`, and some days of the demo's traces. Never
from the load of the benchmarks, which would flatter them. With --write it becomes the one that is shipped; what was
compressed with the one before can then only be read if that is kept beside it in `collector.store.payloads`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.demo.generate import generate
from collector.store import payloads
from tests.benchmarks.load import Load
from tests.corpus.recordings import runs, spans_of

DEMO_DAYS = 3
MOST_OF_THE_DEMO = 3_000
"""Spans, so that it doesn't outweigh the recordings."""
LEVEL = 3
PATH = Path(payloads.__file__).with_name("payloads.zdict")


def samples() -> list[bytes]:
    recorded = [span.SerializeToString() for run in runs() for span in spans_of(run)]
    demo = (span for request in generate(time.time_ns(), days=DEMO_DAYS) for span in _spans(request))
    return [*recorded, *islice(demo, MOST_OF_THE_DEMO)]


def _spans(request: ExportTraceServiceRequest) -> Iterator[bytes]:
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield span.SerializeToString()


def tell(name: str, spans: Sequence[bytes], dictionary: zstandard.ZstdCompressionDict) -> None:
    sent = sum(map(len, spans))
    for title, known in (("without", None), ("with", dictionary)):
        compress = zstandard.ZstdCompressor(level=LEVEL, dict_data=known).compress
        begun = time.process_time()
        stored = sum(len(compress(span)) for span in spans)
        cpu_us = (time.process_time() - begun) / len(spans) * 1e6
        print(f"{name}, {title:7} {stored / len(spans):8.1f} bytes a span, {stored / sent:.3f}, {cpu_us:5.1f} us CPU")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=32_768)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    found = samples()
    dictionary = zstandard.train_dictionary(asked.size, found[::2] + found[1::2], level=LEVEL)
    dictionary.precompute_compress(level=LEVEL)
    print(f"{len(found)} spans, {len(dictionary.as_bytes())} bytes, dictionary {dictionary.dict_id()}")
    tell("what it learnt from", found, dictionary)
    tell("the benchmarks' load", [span for one in islice(Load().requests(504), 8) for span in _spans(one)], dictionary)
    if asked.write:
        PATH.write_bytes(dictionary.as_bytes())


if __name__ == "__main__":
    main()
