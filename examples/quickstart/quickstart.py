"""Write and read one array as functions of its document, then as an ordinary zarr.Array."""

import numpy as np

import zarr
from zarr import crud

zarr.create_array("warmth.zarr", shape=(180, 360), chunks=(50, 70), dtype="f4", overwrite=True)
latitude = np.deg2rad(np.arange(-89.5, 90))
warmth = np.cos(latitude)[:, None] * np.ones(360)

document = crud.read_metadata("warmth.zarr")  # all that a read or a write needs to know
crud.write_region(document, "warmth.zarr", ..., warmth, engine="zarrs")
tropics = crud.read_region(document, "warmth.zarr", slice(66, 114), engine="zarrs")

array = zarr.open_array("warmth.zarr", engine="zarrs")  # the same engine under ordinary code
assert np.array_equal(array[66:114], tropics)
print(f"{array.engine} says {tropics.mean():.3f}; there are {sorted(zarr.list_engines())}")
