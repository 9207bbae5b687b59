"""`python -m zarr_crud`: what a bug report needs to say about this environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator


def lines() -> Iterator[str]:
    """Say which packages are in use, from where, and what they can do."""
    import zarr.crud
    import zarr_crud

    fork = zarr_crud.provider() == "fork"
    owner = "the fork" if fork else f"zarr-crud {zarr_crud.__version__}"
    yield f"zarr {zarr.__version__} ({'the fork' if fork else 'as released'}): {zarr.__file__}"
    yield f"zarr.crud of {owner}: {zarr.crud.__file__}"
    yield f"arrays take engine=: {'yes' if fork else 'no'}"
    for name, status in zarr_crud.list_backends().items():
        yield f"engine {name!r}: {'available' if status.available else status.reason}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines())
