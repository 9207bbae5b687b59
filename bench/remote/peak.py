"""Peak memory of a read, in a process of its own, above what the process holds before it.

.venv/bin/python -m bench.remote.peak PEER URL NAME
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.remote.cells import EVERYTHING
from bench.remote.peers import PEERS
from bench.remote.stores import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.remote.peers import RemotePeer

PROCESS = Path("/proc/self")


def peaks(place: Place, peers: Sequence[type[RemotePeer]]) -> dict[str, int]:
    """Return the bytes that reading a whole array takes, by peer; none where Linux is missing."""
    if not (PROCESS / "clear_refs").exists():
        return {}
    found = {}
    for peer in peers:
        command = [sys.executable, "-m", "bench.remote.peak", peer.name, *place]
        # A library that crashes there has told so, and ends no run of many minutes.
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.stdout:
            found[peer.name] = int(done.stdout)
    return found


def peak(peer: type[RemotePeer], place: Place) -> int:
    """Return the bytes that reading a whole array takes in this process."""
    opened = peer(place)
    # What the first read loads is no part of the cost.
    opened.read((slice(0, 1), slice(0, 1)))
    (PROCESS / "clear_refs").write_text("5")
    before = _kibibytes("VmRSS")
    found: Any = opened.read(EVERYTHING)
    taken = _kibibytes("VmHWM") - before
    del found
    return taken << 10


def _kibibytes(name: str) -> int:
    line = re.search(rf"^{name}:\s*(\d+) kB", (PROCESS / "status").read_text(), re.MULTILINE)
    assert line is not None
    return int(line[1])


def main(arguments: Sequence[str]) -> None:
    """Print the bytes of one peer."""
    name, url, prefix = arguments
    (peer,) = (it for it in PEERS if it.name == name)
    print(peak(peer, Place(url, prefix)), flush=True)
    # Some libraries crash where their threads meet the end of the interpreter.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
