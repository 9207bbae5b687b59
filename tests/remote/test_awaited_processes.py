"""Awaited reads in forked children, and at the end of the interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

ROOT = Path(__file__).parents[2]

BEGIN = """
import asyncio, gc, os, signal, sys, threading, time, warnings
from datetime import UTC, datetime
warnings.simplefilter("ignore")
import numpy as np
from obstore.store import S3Store
from zarr import crud
from zarr.storage import ObjectStore

url, how = sys.argv[1:]
def make(prefix):
    return ObjectStore(S3Store("bucket", prefix=prefix, endpoint=url, region="r",
                               skip_signature=True, client_options={"allow_http": True}))
store = make("data")
document = crud.read_metadata(store)
async def read(n):
    return await crud.read_chunk_async(document, store, (n % 5, 0), engine="zarrs", detached=True)
async def all():
    return np.stack(await asyncio.gather(*(read(n) for n in range(200))))
"""

FORKS = f"""{BEGIN}
expected = asyncio.run(all())
stop = threading.Event()
def busy():
    # One read at a time is under way in this loop when a child is forked, and results arrive.
    while not stop.is_set():
        asyncio.run(all())
threads = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
def child():
    # What was begun in the parent is freed here, and must end nothing there.
    gc.collect()
    return np.array_equal(asyncio.run(all()), expected)
children = []
for _ in range(20):
    process = os.fork()
    if process == 0:
        signal.alarm(60)
        os._exit(0 if child() else 3)
    children.append(process)
codes = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children]
stop.set()
for thread in threads:
    thread.join()
assert np.array_equal(asyncio.run(all()), expected)
print(codes)
"""

EXITS = f"""{BEGIN}
async def reads():
    tasks = [asyncio.ensure_future(read(n)) for n in range(2000)]
    await asyncio.sleep(0.1)
    if how == "exception":
        raise SystemExit(7)
    if how == "daemon":
        began.set()
    await asyncio.gather(*tasks)
began = threading.Event()
if how == "daemon":
    threading.Thread(target=lambda: asyncio.run(reads()), daemon=True).start()
    began.wait()
elif how == "open loop":
    loop = asyncio.new_event_loop()
    task = loop.create_task(reads())
    loop.run_until_complete(asyncio.sleep(0.2))
else:
    asyncio.run(reads())
"""

PROVIDES = f"""{BEGIN}
def provider():
    # They end so soon that the provider is asked for each request.
    return {{"access_key_id": "ME", "secret_access_key": "x", "token": None,
            "expires_at": datetime.now(UTC)}}
store = ObjectStore(S3Store("bucket", prefix="data", endpoint=url, region="r",
                            credential_provider=provider, client_options={{"allow_http": True}}))
class Late:
    def __del__(self):
        time.sleep(0.5)
async def reads():
    while True:
        await asyncio.gather(*(read(n) for n in range(200)))
        began.set()
began = threading.Event()
if how == "awaited":
    threading.Thread(target=lambda: asyncio.run(reads()), daemon=True).start()
    began.wait()
    sys.late = Late()
else:
    def late():
        return crud.read_chunk(document, store, (0, 0), engine="zarrs", detached=True)
"""

# What is registered first is called last.
LATE = f"""
import atexit
atexit.register(lambda: print("read", late().any()))
{PROVIDES}
"""


def run(server: Server, program: str, how: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program with an array of five chunks in the first column."""
    stores.make(server, compressors="auto")
    return subprocess.run(
        [sys.executable, "-c", program, server.url, how],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )


def test_twenty_forked_children_await_at_once(server: Server) -> None:
    """Catches threads, tasks or locks of the parent that a child waits for."""
    done = run(server, FORKS)
    assert done.stdout.strip() == str([0] * 20), done.stderr[-2000:]


@pytest.mark.parametrize(("how", "code"), [("exception", 7), ("daemon", 0), ("open loop", 0)])
@pytest.mark.parametrize("latency", [0.02, 600])
def test_the_interpreter_ends_well_while_reads_are_awaited(
    server: Server, how: str, code: int, latency: float
) -> None:
    """Catches a thread that needs the interpreter after its end, and an end that waits."""

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET" and "/c/" in request.path:
            reply.after = latency

    server.hook = hook
    done = run(server, EXITS, how)
    assert (done.returncode, done.stderr.count("Traceback"), done.stderr.count("panic")) == (
        code,
        0,
        0,
    ), done.stderr[-2000:]


def test_the_interpreter_ends_well_while_a_provider_is_asked(server: Server) -> None:
    """Catches a thread that asks a provider after the end, which aborts the process."""
    server.latency = 0.02
    done = run(server, PROVIDES, "awaited")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_call_at_the_end_of_the_interpreter_asks_its_provider(server: Server) -> None:
    """Catches credentials that are refused to the last call of a process."""
    done = run(server, LATE, "late")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "read True", "")
