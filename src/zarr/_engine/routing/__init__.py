"""Class decorators that send the methods of zarr's arrays to their engine."""
