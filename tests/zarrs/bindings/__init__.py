"""The Rust module itself: `_zarrs_bindings` against upstream zarr, NumPy and raw bytes."""
