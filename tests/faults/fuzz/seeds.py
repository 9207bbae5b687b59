"""Write the inputs that the fuzz targets of the crate start from.

They are documents, chunks, shards and archives that this project writes: `./dev fuzz merge` calls
this.
Argument: the folder in which each target gets one of its own.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.faults.fuzz.chains import BIG, CHAINS, CRC, GZIP, LITTLE, codec, sharding
from tests.faults.fuzz.stored import stored_chunk
from zarr.zarrs._document import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

FUZZ: Final = Path(__file__).parents[3] / "packages" / "zarrs-bindings" / "fuzz"

SHARDS: Final = (((6, 4), (2, 2)), ((5,), (1,)), ((), ()), ((2, 1, 4), (2, 1, 1)))
"""Shapes of shards and subchunks, in the order of the target."""


def documents() -> Iterator[bytes]:
    """Documents as the extension receives them."""
    for chain in CHAINS.values():
        prepared = prepare(chain.document)
        if prepared.refusal is None and "python" not in prepared.json:
            yield prepared.json.encode()
    for one in _chains():
        grid = {"name": "regular", "configuration": {"chunk_shape": one["shape"]}}
        yield json.dumps(_members(one, grid)).encode()
    uneven = {"kind": "inline", "chunk_shapes": [[[3, 2], 1], 2]}
    plain = {"shape": [7, 5], "data_type": "int32", "fill_value": 0, "codecs": [LITTLE]}
    yield json.dumps(_members(plain, {"name": "rectilinear", "configuration": uneven})).encode()


def _members(one: dict[str, Any], grid: dict[str, Any]) -> dict[str, Any]:
    fixed = {"zarr_format": 3, "node_type": "array", "chunk_key_encoding": {"name": "default"}}
    return {**fixed, "chunk_grid": grid} | {name: one[name] for name in one if name != "lossy"}


def _chains() -> list[dict[str, Any]]:
    chains: list[dict[str, Any]] = json.loads((FUZZ / "chains.json").read_text())
    return chains


def chunks() -> Iterator[bytes]:
    """A chunk of each chain, whole, and as what its last codec encodes."""
    for number, one in enumerate(_chains()):
        data_type, codecs = one["data_type"], one["codecs"]
        if isinstance(data_type, dict):
            yield bytes((number, 0, 0, 1, 1)) + _opaque(data_type, one["shape"])
            continue
        value = _values(one["shape"], np.dtype(data_type))
        # The encoders of packbits and bitround differ from those of Python.
        if {"packbits", "bitround"} & {codec["name"] for codec in codecs}:
            yield bytes((number, 0, len(codecs) - 1, 1, 1)) + value.tobytes()[:64]
            continue
        for outer in range(2):
            kept = codecs[: len(codecs) - outer]
            if not kept or kept[-1]["name"] == "transpose":
                continue
            stored = stored_chunk(data_type, kept, value, one["fill_value"]).whole()
            yield bytes((number, 0, outer, 1, 2)) + stored


def _opaque(data_type: dict[str, Any], shape: Sequence[int]) -> bytes:
    if data_type["name"] == "opaque":
        return bytes(range(shape[0] * shape[1] * 3))
    texts = [b"", b"a", "é".encode(), b"abc", b""][: shape[0]]
    elements = [len(text).to_bytes(4, "little") + text for text in texts]
    return len(texts).to_bytes(4, "little") + b"".join(elements)


def _values(shape: Sequence[int], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    values = np.random.default_rng(7).integers(0, 2, shape) * np.arange(np.prod(shape)).reshape(
        shape
    )
    return np.asarray(values).astype(dtype)


def shards() -> Iterator[bytes]:
    """A shard of each form, and made-up indexes."""
    rng = Random("shards")
    for flags, inner in product(range(32), range(5)):
        shape, chunk = SHARDS[flags >> 3]
        order = BIG if flags & 2 else LITTLE
        turned = codec("transpose", order=[*reversed(range(len(chunk)))])
        nested = sharding((1,) * len(chunk), LITTLE, index=(LITTLE,))
        codecs = ([LITTLE], [BIG, CRC], [turned, LITTLE], [LITTLE, GZIP], [nested])[inner]
        index = (order, CRC) if flags & 4 else (order,)
        shard = sharding(chunk, *codecs, first=bool(flags & 1), index=index)
        value = _values(shape, np.dtype("uint16"))
        head = bytes((flags, inner))
        yield head + b"\0" + stored_chunk("uint16", [shard], value, 7).whole()
        yield head + b"\2" + rng.randbytes(60)


def plans() -> Iterator[bytes]:
    """Selections of some arrays."""
    rng = Random("plans")
    return (rng.randbytes(40) for _ in range(400))


def archives() -> Iterator[bytes]:
    """Entries of archives: stored and deflated, as they should be, and with other numbers."""
    value = b"a value that is stored, and stored, and stored"
    for flags, padding in product(range(0, 32, 2), (0, 0x23)):
        yield bytes((flags | 1, padding, 0, 0, 0)) + value
    header = b"PK\x03\x04" + bytes(22) + b"\x03\0\0\0c/0"
    for flags, change in product((0, 2), (5, 252, 253, 254, 255)):
        yield bytes((flags | 1, 0x11, change, change, change)) + value
        yield bytes((flags, 0, 0, change, change)) + header + value


def main() -> None:
    """Write a folder for each target."""
    targets = {
        "document": documents,
        "chain": chunks,
        "shard": shards,
        "plan": plans,
        "archive": archives,
    }
    for name, seeds in targets.items():
        folder = Path(sys.argv[1], name)
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds()):
            (folder / f"{number:03}").write_bytes(data)


if __name__ == "__main__":
    main()
