"""Write with random configurations of codecs in this process, which may crash.

Arguments: the first number and the end of the numbers. Prints its progress and its findings, each
as one line of JSON: see `tests.faults.fuzz.parent`.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import warnings
from collections import Counter
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from tests.faults.fuzz.__main__ import SECONDS, say
from tests.faults.fuzz.configurations import ELEMENTS, configured
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

ENGINES: Final = ("reference", "zarrs")

REFUSALS: Final = ("DocumentError", "UnsupportedError")

type Values = npt.NDArray[Any]


class Tried:
    """The outcome of a call: an array, or an exception."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.value: Any = None
        self.error: BaseException | None = None
        try:
            self.value = call()
        # A panic of Rust is not an `Exception`.
        except BaseException as err:  # noqa: BLE001
            self.error = err

    @property
    def word(self) -> str:
        """A value, or the name of the error."""
        return "a value" if self.error is None else type(self.error).__name__


def stored(members: dict[str, Any]) -> MemoryStore:
    """A store that holds only the document."""
    key = ".zarray" if members["zarr_format"] == 2 else "zarr.json"
    return MemoryStore({key: Buffer.from_bytes(json.dumps(members).encode())})


def natively(members: dict[str, Any], values: Values) -> Values:
    """What zarr-python's own path writes and reads back."""
    array: Any = zarr.open_array(stored(members), mode="r+", zarr_format=members["zarr_format"])
    array[...] = values
    return np.asarray(array[...])


KNOWN: Final = (
    "with index_codecs",
    "typesize is a positive integer required",
    "codec 'shuffle' cannot encode every chunk",
)
"""What `zarrs` does not serve; and what only the data tell, of bytes that a compressor has made and
that are shuffled in words: a chunk may be written natively, and the next not."""


SIGNALLING: Final = [bytes.fromhex(word) for word in ("0100a07f", "7fa00001", "010000000000f47f")]
"""NaNs that conversions change."""

NUMBER: Final = re.compile(r"cannot encode with \w+ (-?\d+)?.*; it takes")


def is_cut(told: str) -> bool:
    """Whether a refusal is about a number that C, or Python, would convert to another one."""
    found = NUMBER.search(told)
    if found is None or found[1] is None:
        return found is not None or "; use an integer from" in told
    return not -(2**31) <= int(found[1]) < 2**31


def declared(members: dict[str, Any]) -> np.dtype[Any] | None:
    """The data type that a filter declares for the array's, if they differ."""
    if members["zarr_format"] == 2:
        given, filters = np.dtype(members["dtype"]), members["filters"] or []
        first = {"name": filters[0]["id"], **filters[0]} if filters else {"name": ""}
    else:
        codecs = members["codecs"]
        while codecs[0]["name"] == "sharding_indexed":
            codecs = codecs[0]["configuration"]["codecs"]
        given = np.dtype(members["data_type"])
        first = {"name": codecs[0]["name"].split(".")[-1], **codecs[0].get("configuration", {})}
    if first["name"] not in ELEMENTS:
        return None
    named = "|b1" if first["name"] == "packbits" else first.get("decode_dtype", first.get("dtype"))
    try:
        dtype = np.dtype(named)
    except TypeError:
        return None
    return None if named is None or dtype == given else dtype


def loses(members: dict[str, Any], values: Values, theirs: Tried) -> bool:
    """Whether zarr-python reads other elements after a filter for another data type, or may do
    so.
    """
    if declared(members) is None:
        return False
    if theirs.value.tobytes() != values.astype(theirs.value.dtype).tobytes():
        return True
    size, dtype = values.size, theirs.value.dtype
    for bits in (np.random.default_rng(0).bytes(size * dtype.itemsize), *SIGNALLING):
        other = np.resize(np.frombuffer(bits, "u1"), size * dtype.itemsize).view(dtype)
        again = Tried(partial(natively, members, other))
        if again.error is not None or again.value.tobytes() != other.tobytes():
            return True
    return False


def findings(members: dict[str, Any], counted: Counter[str]) -> Iterator[str]:
    """Write with both engines, read with each, and compare with zarr-python's own path."""
    count = members["shape"][0]
    values = np.arange(count) // 3 % 50 + 1
    theirs = Tried(lambda: natively(members, values))
    for engine in ENGINES:
        store = stored(members)
        wrote = Tried(partial(crud.write_region, members, store, ..., values, engine=engine))
        counted[wrote.word] += 1
        if wrote.error is None:
            yield from read(members, store, engine, theirs)
            if theirs.error is None and loses(members, values, theirs):
                yield f"{engine} writes what a filter for another data type loses"
            continue
        if any(known in str(wrote.error) for known in KNOWN):
            continue
        if wrote.word not in REFUSALS:
            yield f"{engine} writes: {wrote.word}: {wrote.error}"
        told = str(wrote.error)
        if theirs.error is None and not is_cut(told) and not loses(members, values, theirs):
            yield f"{engine} refuses what zarr-python writes and reads: {wrote.error}"
        if len(store._store_dict) > 1:
            yield f"{engine} refused, and stored something"


def read(members: dict[str, Any], store: MemoryStore, writer: str, theirs: Tried) -> Iterator[str]:
    """Read what an engine has written with all three, and compare."""
    found = {
        engine: Tried(partial(crud.read_region, members, store, engine=engine))
        for engine in ENGINES
    }
    found["zarr"] = Tried(lambda: np.asarray(zarr.open_array(store, mode="r")[...]))
    for reader, what in found.items():
        if what.error is not None:
            if not any(known in str(what.error) for known in KNOWN):
                yield f"{reader} does not read what {writer} wrote: {what.word}: {what.error}"
        elif theirs.error is not None and not any(known in str(theirs.error) for known in KNOWN):
            yield f"{reader} reads what {writer} wrote, and zarr-python fails: {theirs.error}"
        elif theirs.error is None and what.value.tobytes() != theirs.value.tobytes():
            yield f"{reader} reads other values of {writer} than of zarr-python"


def main() -> None:
    """Run the numbers."""
    first, end = int(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    # An unhandled alarm ends the process, wherever it hangs.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    counted: Counter[str] = Counter()
    for number in range(first, end):
        say(at=["writing", number])
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        members = configured(Random(f"writing {number}"))
        for finding in findings(members, counted):
            say(finding=f"{finding:.300}: {json.dumps(members)}")
    signal.setitimer(signal.ITIMER_REAL, 0)
    words = [["write", word, word, count, ""] for word, count in counted.items()]
    say(chain="writing", counted=words)


if __name__ == "__main__":
    main()
