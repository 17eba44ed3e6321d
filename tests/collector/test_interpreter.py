"""How Python runs where spans are received."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_ROUNDS = """
import resource
from collector.interpreter import tune_interpreter

def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        taken = [bytearray(2**20) for _ in range(8)]
        del taken
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults(3)
untuned = faults(20)
tune_interpreter()
faults(3)
print(untuned, faults(20))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep what is freed")
def test_memory_of_one_request_serves_the_next() -> None:
    done = subprocess.run([sys.executable, "-c", _ROUNDS], capture_output=True, text=True, check=True, timeout=60)
    untuned, tuned = map(int, done.stdout.split())
    assert tuned <= untuned / 10
