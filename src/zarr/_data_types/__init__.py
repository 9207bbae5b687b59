"""The data types of the package `ml_dtypes`, as data types of zarr.

Zarr's registry finds them through entry points, when it first looks for a data type. `ml_dtypes` is
optional, and imported when an array has one of its data types.
"""

from zarr.dtype import data_type_registry

# Programs go through all registered data types, and the registry may load these meanwhile: such a
# loop has a dictionary that stays as it is.
object.__setattr__(data_type_registry, "contents", dict(data_type_registry.contents))
