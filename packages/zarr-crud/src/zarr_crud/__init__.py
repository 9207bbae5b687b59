"""The functions of `zarr.crud` beside a zarr-python that stays as it is.

Importing this package makes `zarr.crud` and `zarr.zarrs` importable, and adds their configuration
keys to those of zarr. All public names of `zarr.crud` are also names of this package:

>>> import zarr_crud
>>> import zarr.crud
>>> zarr_crud.read_region is zarr.crud.read_region
True

In most environments `import zarr.crud` works without it: the file `zarr_crud.pth` does the same
when the interpreter starts. It is not read in folders of `PYTHONPATH`, nor by `python -S`.

If the fork of zarr is installed, its own packages are used; `provider` says which.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import _zarr_crud_finder
from zarr_crud._provider import provider as provider
from zarr_crud._provider import require_engines as require_engines
from zarr_crud._settings import register

if TYPE_CHECKING:
    from zarr.crud import *  # noqa: F403  # all of them, as `__getattr__` gives them

_zarr_crud_finder.install()
if provider() == "overlay":
    register()

__version__: Final = "0.1.0"

_OWN: Final = ("provider", "require_engines")


def __getattr__(name: str) -> Any:
    # Zarr's registries import this package for a single name, without the need for all modules.
    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module 'zarr_crud' has no attribute {name!r}")
    crud = import_module("zarr.crud")
    if name == "__all__":
        return [*crud.__all__, *_OWN]
    if name in crud.__all__:
        return getattr(crud, name)
    raise AttributeError(f"module 'zarr_crud' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *import_module("zarr.crud").__all__})
