"""The command line: `zarr-crud`, and in the fork also `zarr`. Needs `typer`, which brings `rich`.

Nothing else of `zarr.crud` imports this package.
"""
