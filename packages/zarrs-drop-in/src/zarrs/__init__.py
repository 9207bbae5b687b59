"""The public names of zarrs-python, with the codec pipeline of `zarr.zarrs`."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec


def _check() -> None:
    """Refuse to take the place of another package's module, and say what is missing."""
    try:
        other = version("zarrs")
    except PackageNotFoundError:
        pass
    else:
        raise ImportError(
            f"the distributions 'zarrs' {other} and 'zarrs-drop-in' are both installed, and both "
            "have the module 'zarrs'; run `pip uninstall zarrs-drop-in zarrs`, then install the "
            "one that you want"
        )
    if find_spec("zarr.zarrs") is None:
        raise ImportError(
            "the module 'zarrs' of 'zarrs-drop-in' needs the package 'zarr.zarrs', "
            "and the installed zarr has none; install zarr-crud"
        )


_check()

from zarr.zarrs import (  # noqa: E402
    DiscontiguousArrayError,
    UnsupportedVIndexingError,
    ZarrsCodecPipeline,
)

__version__ = version("zarrs-drop-in")

__all__ = [
    "DiscontiguousArrayError",
    "UnsupportedVIndexingError",
    "ZarrsCodecPipeline",
    "__version__",
]
