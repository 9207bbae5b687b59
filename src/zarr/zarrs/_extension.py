"""The compiled extension, imported at first use."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from zarr.crud.backends import check_cancelled, errors, requests_in_flight
from zarr.errors import BoundsCheckError, ChunkNotFoundError
from zarr.zarrs._direct_io import NoDirectIOError

if TYPE_CHECKING:
    from types import ModuleType

EXTENSION: Final = "_zarrs_bindings"

HOW_TO_GET_IT: Final = (
    "run `pip install packages/zarrs-bindings` in a checkout of the project, which needs a Rust "
    "toolchain"
)

# The name of an unrelated package on PyPI, equal to the engine's.
NAMESAKE: Final = "zarrs"

# The kinds of error that the extension raises, and their classes.
ERRORS: Final[dict[str, type[BaseException]]] = {
    "bounds": BoundsCheckError,
    "budget": errors.DecodedSizeError,
    "chunk-not-found": ChunkNotFoundError,
    "decode-failed": errors.DecodeError,
    "internal": errors.InternalError,
    "invalid-path": errors.InvalidPathError,
    "metadata": errors.DocumentError,
    "no-direct-io": NoDirectIOError,
    "read-only": errors.ReadOnlyError,
    "unsupported": errors.UnsupportedError,
    "value-shape": errors.ValueShapeError,
}


def is_available() -> bool:
    """Return whether the compiled extension is installed."""
    return find_spec(EXTENSION) is not None


def missing() -> str | None:
    """Return why there is no extension, and how to get it; `None` if there is one."""
    if is_available():
        return None
    try:
        version(NAMESAKE)
    except PackageNotFoundError:
        return f"its compiled extension is not installed; {HOW_TO_GET_IT}"
    return (
        f"its compiled extension is not installed (the installed package {NAMESAKE!r} is another "
        f"one: a codec pipeline, also known as zarrs-python); {HOW_TO_GET_IT}"
    )


@cache
def extension() -> ModuleType:
    """Return the compiled extension, ready to raise the errors of `zarr.crud`.

    Raises
    ------
    BackendUnavailableError
        It is not installed, or does not load.
    """
    try:
        import _zarrs_bindings
    except ImportError as err:
        reason = missing() or f"its compiled extension does not load: {err}; {HOW_TO_GET_IT}"
        said = f"the backend 'zarrs' is not available: {reason}"
        raise errors.BackendUnavailableError(said) from err
    from zarr.zarrs._python_codec import make_codec

    _zarrs_bindings.register_errors(ERRORS)
    _zarrs_bindings.register_codecs(make_codec)
    _zarrs_bindings.register_cancellation(check_cancelled)
    # Missing in an extension that was built without the network.
    if hasattr(_zarrs_bindings, "register_request_limit"):
        _zarrs_bindings.register_request_limit(requests_in_flight)
    return _zarrs_bindings


def counters() -> dict[str, int]:
    """Return how many calls of each verb the extension has served in this process.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2")
    >>> before = counters()["read_region"]
    >>> _ = zarr.crud.read_region(array.metadata, store, engine="zarrs")
    >>> counters()["read_region"] - before
    1
    """
    served: dict[str, int] = extension().counters()
    return served
