"""The console script `zarr-crud` of the overlay, also where the `.pth` file is not read."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    import zarr_crud  # noqa: F401  # makes the packages importable
    from zarr.crud._cli.main import main as run

    run()
