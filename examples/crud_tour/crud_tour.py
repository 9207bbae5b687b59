"""A tour of zarr.crud: arrays in a store as documents and functions, without array objects.

Run it with any zarr that has `zarr.crud`; it checks each step as it goes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from zarr import crud
from zarr.errors import ChunkNotFoundError

# A document is plain JSON. It says all that there is to know about an array.
TEMPERATURE: dict[str, Any] = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [365, 7],
    "data_type": "float32",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [100, 3]}},
    "chunk_key_encoding": {"name": "default"},
    "fill_value": "NaN",
    "codecs": [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "zstd", "configuration": {"level": 3, "checksum": True}},
    ],
    "attributes": {"units": "degree_Celsius"},
    "dimension_names": ["day", "station"],
}


def write(store: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Create the array in a group, and write half a year into it."""
    crud.create({"zarr_format": 3, "node_type": "group"}, store)
    crud.create(TEMPERATURE, store, path="temperature")
    days = np.arange(180, dtype="f4")[:, None]
    values = 10 + 12 * np.sin(days / 58) + np.arange(7, dtype="f4")
    crud.write_region(TEMPERATURE, store, slice(0, 180), values, path="temperature")
    print("stored chunks:", crud.list_chunks(TEMPERATURE, store, path="temperature"))
    return values


def read(store: Path, values: np.ndarray[Any, Any], engine: str) -> None:
    """Read it back in every dialect; the document is read once, and knows its path."""
    document = crud.read_metadata(store, path="temperature")

    week = crud.read_region(document, store, (slice(50, 57), 3), engine=engine)
    assert np.array_equal(week, values[50:57, 3])

    # Days that were never written read as the fill value, or as an error for who asks for it.
    assert np.isnan(crud.read_region(document, store, (300, 0), engine=engine))
    strict = crud.Options(missing_chunks="error")
    try:
        crud.read_region(document, store, (300, 0), options=strict, engine=engine)
    except ChunkNotFoundError as err:
        print("strictly:", err)

    # A chunk is addressed by its place in the grid, and keeps its nominal shape at the edge.
    assert crud.read_chunk(document, store, (0, 2), engine=engine).shape == (100, 3)

    # Lists, points and masks. Whether a backend serves a call can be asked before it is made.
    stations = (slice(0, 180, 30), [6, 0])
    verdict = crud.explain(document, store, stations, kind="orthogonal")
    assert verdict[engine].serves, verdict[engine].reason
    found = crud.read_region(document, store, stations, kind="orthogonal", engine=engine)
    assert np.array_equal(found, values[::30][:, [6, 0]])


def read_through_other_documents(store: Path, values: np.ndarray[Any, Any]) -> None:
    """The document is authoritative: the store need not have seen the one that is passed."""
    # The same bytes as integers, to look at bit patterns. What is derived needs its path again.
    as_bits = {**TEMPERATURE, "data_type": "uint32", "fill_value": 0}
    bits = crud.read_region(as_bits, store, (slice(0, 3), 0), path="temperature")
    assert np.array_equal(bits.view("f4"), values[:3, 0])

    # Another fill value, and a larger shape.
    wider = {**TEMPERATURE, "shape": [400, 9], "fill_value": -999.0}
    assert crud.read_region(wider, store, (399, 8), path="temperature") == -999

    # No codec at all: the compressed chunk itself, as bytes, here seen as one array of them.
    encoded = crud.read_encoded_chunk(TEMPERATURE, store, (0, 0), path="temperature")
    assert encoded is not None
    as_bytes = {
        **TEMPERATURE,
        "shape": [len(encoded), 1],
        "data_type": "uint8",
        "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [len(encoded), 1]}},
        "codecs": [{"name": "bytes"}],
    }
    raw = crud.read_region(as_bytes, store, (slice(None), 0), path="temperature")
    assert raw.tobytes() == encoded
    print(f"chunk (0, 0): {100 * 3 * 4} bytes decoded, {len(encoded)} stored")

    # And the codecs without a store.
    assert np.array_equal(crud.decode_chunk(TEMPERATURE, encoded), values[:100, :3])


def main() -> None:
    """Write once, read with every backend that can run here, and take it all away again."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        values = write(store)
        for name, status in crud.list_backends().items():
            print(f"-- {name}" if status.available else f"-- {name}: {status.reason}")
            if status.available:
                read(store, values, name)
        read_through_other_documents(store, values)
        crud.delete_node(store, path="temperature")
        assert crud.list_children(store) == []


if __name__ == "__main__":
    main()
