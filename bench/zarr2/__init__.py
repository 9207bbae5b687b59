"""Reads of format 2 beside zarr 2."""
