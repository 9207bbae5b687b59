"""Whether a fresh install works: each engine reads what the other one wrote.

It needs only zarr and the extension.
"""

from __future__ import annotations

import tempfile

import numpy as np

import zarr
from zarr import crud

VALUES = np.arange(35, dtype="i4").reshape(7, 5)
ENGINES = ("reference", "zarrs")


def main() -> None:
    """Write with each engine, and read with each."""
    for written in ENGINES:
        with tempfile.TemporaryDirectory() as folder:
            array = zarr.create_array(
                folder, shape=(7, 5), chunks=(3, 2), shards=(6, 4), dtype="i4"
            )
            document = crud.read_metadata(folder)
            crud.write_region(document, folder, ..., VALUES, engine=written)
            for read in ENGINES:
                found = crud.read_region(document, folder, engine=read)
                assert np.array_equal(found, VALUES), (written, read)
            assert np.array_equal(array[...], VALUES), written
    print(f"zarr {zarr.__version__}: {', '.join(ENGINES)}")


if __name__ == "__main__":
    main()
