"""The data types of the package `ml_dtypes`, as data types of zarr.

Zarr's registry finds them through entry points, when it first looks for a data type. `ml_dtypes` is
optional, and imported when an array has one of its data types.
"""
