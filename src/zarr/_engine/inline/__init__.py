"""Coroutines of zarr-python that are run by the thread that calls, without its event loop."""
