"""Makes `zarr.crud` and other packages importable beside a zarr that lacks them.

`zarr_crud.pth` imports this module whenever an interpreter starts, so it imports next to nothing.
For the same reason it is beside the package `zarr_crud`, whose import includes that of zarr.
"""

from __future__ import annotations

import os
import sys

# The module `typing` takes longer to import than everything here; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

OLDEST = (3, 4, 1)
"""The first release of zarr that the packages work with."""

BELOW = (3, 5)
"""The first one that nobody has tried."""

NEEDS_SEAMS = ("_engine",)
"""The packages of the fork that work only in the fork."""

FOR_ANY_RELEASE = ("_data_types",)
"""The packages that zarr imports by itself: an error there would make zarr unusable."""

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # no import
_PACKED = os.path.join(_HERE, "zarr_crud", "_zarr")  # noqa: PTH118

# In a checkout, which an editable install points at, the sources are where they are for the fork.
FOLDER = (
    _PACKED
    if os.path.isdir(_PACKED)  # noqa: PTH112
    else os.path.normpath(os.path.join(_HERE, "..", "..", "..", "src", "zarr"))  # noqa: PTH118
)
"""The folder with the packages."""


class Finder:
    """Finds packages directly below `zarr` in our folder; all others are found as usual."""

    @staticmethod
    def find_spec(
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG004  # that of zarr
        target: ModuleType | None = None,  # noqa: ARG004
    ) -> ModuleSpec | None:
        """Return where a package is, if it is ours.

        Raises
        ------
        ModuleNotFoundError
            The package is one of the fork's.
        ImportError
            The installed zarr is too old or too new.
        """
        parent, _, name = fullname.rpartition(".")
        if parent != "zarr":
            return None
        from importlib.machinery import PathFinder

        if name in NEEDS_SEAMS:
            raise ModuleNotFoundError(
                f"{fullname} is a part of the fork of zarr, which is not installed here; "
                "install the fork in place of zarr",
                name=fullname,
            )
        spec = PathFinder.find_spec(fullname, [FOLDER])
        # A folder without modules, which an editor may leave behind, has no origin.
        if spec is None or spec.origin is None:
            return None
        if name not in FOR_ANY_RELEASE:
            _check_release()
        # Its configuration keys are needed by whoever uses the packages.
        import zarr_crud  # noqa: F401

        return spec


def _check_release() -> None:
    from zarr._version import __version__

    if not OLDEST <= release(__version__) < BELOW:
        needed = f">={'.'.join(map(str, OLDEST))},<{'.'.join(map(str, BELOW))}"
        raise ImportError(
            f"zarr-crud needs zarr{needed}, and {__version__} is installed; "
            "install a release of zarr in this range, or another one of zarr-crud",
            name="zarr",
        )


def release(version: str) -> tuple[int, ...]:
    """Return the numbers with which a version begins."""
    numbers = []
    for part in version.split("+")[0].split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def install() -> None:
    """Ask this finder last: a zarr that has the packages itself keeps its own."""
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)
