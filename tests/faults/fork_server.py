"""Forks processes on command, with zarr and both engines imported: a fresh start takes seconds.

Reads one JSON object per line and answers each with one: see `tests.faults.support.Faults`.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from typing import Any

import _zarrs_bindings  # noqa: F401
import zarr


def child(order: dict[str, Any]) -> None:
    """Run the code of a request in this process, then exit."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
            fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            os.dup2(fd, number)
            os.close(fd)
        text = order["code"].encode()
        ctypes.CDLL(None).faults_set(order["faults"].encode(), order["log"].encode())
        exec(compile(text, "<child>", "exec"), {"__name__": "__main__", **order["names"]})
        sys.stdout.flush()
        status = 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    """Answer requests until there are no more."""
    zarr.crud.get_backend("zarrs")
    for line in sys.stdin:
        order = json.loads(line)
        answer: int | None
        if "code" in order:
            answer = os.fork()
            if answer == 0:
                child(order)
        else:
            pid, status = os.waitpid(order["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
