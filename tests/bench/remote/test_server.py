"""The benchmark talks to its server, and never leaves it behind."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bench.remote.server import BINARY, Counts, LatencyServer

COUNTS = '{"received": 1, "sent": 2, "most_in_flight": 3, "requests": {"GET": 4, "PUT": 5}}'

STAND_IN = """#!PYTHON
import sys
print("listening 127.0.0.1:7", flush=True)
log = open("LOG", "a")
for line in sys.stdin:
    log.write(line)
    if line == "fail 9\\n":
        break
    answers = {"counts\\n": 'COUNTS', "bandwidth -1\\n": "error: no"}
    print(answers.get(line, "ok"), flush=True)
log.write("ended")
"""


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    """A program that writes down what it is told."""
    path = tmp_path / "server"
    text = STAND_IN.replace("PYTHON", sys.executable).replace("LOG", str(tmp_path / "log"))
    path.write_text(text.replace("COUNTS", COUNTS))
    path.chmod(0o755)
    return path


def test_commands_are_sent_and_the_process_ends(binary: Path) -> None:
    """Catches a server that outlives the benchmark, and a latency in another unit."""
    with LatencyServer(binary) as server:
        assert server.url == "http://127.0.0.1:7"
        server.set_latency(0.05)
        server.set_bandwidth(10)
        server.fail(2)
        server.reset()
        counts = server.counts()
    assert counts == Counts({"GET": 4, "PUT": 5}, 1, 2, 3)
    assert counts.total == 9
    said = (binary.parent / "log").read_text().splitlines()
    assert said == ["latency 50.0", "bandwidth 10", "fail 2", "reset", "counts", "ended"]


def test_the_commands_are_those_of_the_server() -> None:
    """Catches a command that was renamed on one side."""
    source = (BINARY.parents[2] / "src/control.rs").read_text()
    known = set(re.findall(r'^ +"(\w+)" =>', source, re.MULTILINE))
    assert known == {"latency", "bandwidth", "fail", "reset", "counts"}


def test_a_command_that_is_not_obeyed_is_an_error(binary: Path) -> None:
    """Catches a latency that was never set."""
    with LatencyServer(binary) as server:
        with pytest.raises(RuntimeError, match="does not take `bandwidth -1`: error: no"):
            server.set_bandwidth(-1)
        with pytest.raises(RuntimeError, match="has ended"):
            server.fail(9)


def test_a_server_that_is_not_built_is_named(tmp_path: Path) -> None:
    """Catches an error that does not say what to do."""
    with pytest.raises(RuntimeError, match=r"is not built; run `./dev bench --remote`"):
        LatencyServer(tmp_path / "latency-server")
