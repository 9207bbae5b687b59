"""A server for each test, in the place of the benchmark's own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fork.fetch import ROOT
from tests.bench.remote.cases import Counting, Elsewhere
from tests.remote.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = """
import sys
from tests.remote.server import Server
print(Server().url, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[Counting]:
    server = Server()
    yield Counting(server)
    server.close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """The same in another process, for libraries that wait with the interpreter's lock held."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        yield Elsewhere(process.stdout.readline().strip())
        process.communicate()
