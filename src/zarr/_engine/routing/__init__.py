"""Class decorators that route the methods of zarr's arrays to their engine."""
