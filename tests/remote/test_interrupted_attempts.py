"""Ctrl-C while a write waits to be repeated after a conflict."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import HANG
from tests.remote.conflicts import WRITERS, Writer

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

ROOT = Path(__file__).parents[2]

PROGRAM = """
import os, sys, warnings
warnings.simplefilter("ignore")
import zarr
from obstore.store import S3Store
from zarr.crud._stores import attempts
from zarr.storage import ObjectStore

class Bridged(ObjectStore):
    pass

class Noted(attempts.Latch):
    def wait(self, seconds=-1):
        print("pausing", flush=True)
        super().wait(seconds)

attempts.Latch = Noted
attempts._SHORTEST_PAUSE = attempts._LONGEST_PAUSE = 600.0
attempts.random = lambda: 1.0
url, kind = sys.argv[1:]
engine, of = {"reference": ("reference", ObjectStore), "bridge": ("zarrs", Bridged)}[kind]
inner = S3Store("bucket", prefix="data", endpoint=url, region="r", skip_signature=True,
                client_options={"allow_http": True})
array = zarr.open_array(of(inner), mode="r+", engine=engine)
try:
    array[1] = 101
except KeyboardInterrupt:
    array[8] = 108
    print("interrupted", flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("kind", WRITERS)
def test_an_interrupt_ends_a_pause(server: Server, kind: str) -> None:
    """Catches a Ctrl-C that waits for the next attempt, an attempt after it, and a key that stays
    locked.
    """
    writer = Writer(server, kind)
    writer.fill()

    def change(request: Request, reply: Reply) -> None:
        if request.method == "GET" and request.path == writer.key:
            server.objects[writer.key] = writer.theirs(2, 102)

    server.hook = change
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, server.url, kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "pausing\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=HANG)[0] == "interrupted\n"
    finally:
        process.kill()
        process.wait()
    expected = list(range(16))
    expected[2], expected[8] = 102, 108
    assert writer.read() == expected
