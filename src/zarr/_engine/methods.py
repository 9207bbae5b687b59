"""The methods that seams add to arrays, as users see them; their code is imported at its use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr._engine.later import called_later

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zarr._engine.reports.info import EngineInfo
    from zarr.core.array import Array

_gathering: Final = called_later("batched", "gathering")
_info_of: Final = called_later("reports.info", "info_of")
_with_other_engine: Final = called_later("reports.info", "with_other_engine")


def batched_writes_of(
    self: Array[Any], *, max_bytes: int | None = None
) -> AbstractContextManager[Array[Any]]:
    """Gather writes to parts of chunks in memory, so that each chunk is replaced once.

    Within a ``with`` block, write to the array that it returns, and read from it what was written:
    ``a[...] = x``, ``a.oindex``, ``a.vindex``, ``a.blocks``, ``a.append`` and ``a.resize``, from
    any thread. Other arrays, this one included, see the changes of a chunk once it is replaced: at
    the end of the block, or when what is held exceeds the bound. See `zarr.crud.batched_writes`.

    Parameters
    ----------
    max_bytes : int, optional
        The most bytes that are held. By default 256 MiB, as of `zarr.crud.batched_writes`.

    Returns
    -------
    context manager of Array
        The array to use in the block. It has the engine of this array; where that is zarr-python's
        own path, ``"auto"``. Afterwards it refuses use, and this array has its shape.

    Raises
    ------
    BatchError
        This array belongs to a batch already.
    ValueError, TypeError
        `max_bytes` is not a number of bytes.

    Notes
    -----
    Cost: as for `zarr.crud.batched_writes`.

    Examples
    --------
    >>> import zarr
    >>> array = zarr.create_array({}, shape=(6, 4), chunks=(1, 4), shards=(6, 4), dtype="i2")
    >>> with array.batched_writes() as a:
    ...     for row in range(6):
    ...         a[row] = row
    ...     before = array[5].tolist(), a[5].tolist()
    >>> before, array[5].tolist()
    (([0, 0, 0, 0], [5, 5, 5, 5]), [5, 5, 5, 5])
    """
    return _gathering(self, max_bytes)  # type: ignore[no-any-return]


def engine_info(self: Any) -> EngineInfo:
    """Say which engine serves this array, why, and what it has served so far.

    Returns
    -------
    EngineInfo
        The requested `engine`, the one that `serves`, the `verdicts` of all engines, and the
        number of `operations` per engine since this array object was created. Operations of
        zarr-python's own path are counted if `"auto"` fell back to it. `detects_damage` says
        whether the array's codecs detect damage to stored bytes, and `options` contains the
        options in effect now. If these ask for a `chunk_cache`, `chunk_cache` says what it holds.

    Notes
    -----
    Cost: no store request. Engines that can run here are imported.

    Examples
    --------
    >>> import zarr
    >>> zarr.create_array({}, shape=7, chunks=3, dtype="i2").engine_info().serves
    'zarr'
    """
    return _info_of(self)  # type: ignore[no-any-return]


def with_engine_of[T](self: T, engine: Any) -> T:
    """Return this array with another engine; data, metadata and store are shared.

    Parameters
    ----------
    engine : str or CrudBackend
        One of `zarr.list_engines()`, `"auto"`, or a backend.

    Returns
    -------
    Array or AsyncArray
        A new array object; this one keeps its engine.

    Raises
    ------
    UnknownBackendError, BackendUnavailableError
        There is no such engine, or it cannot run here.
    TypeError
        `engine` is neither a name nor a backend.
    UnsupportedError
        The engine does not serve this array; the message says why.

    Examples
    --------
    >>> import zarr
    >>> array = zarr.create_array({}, shape=7, chunks=3, dtype="i2")
    >>> array.with_engine("reference").engine
    'reference'
    """
    return _with_other_engine(self, engine)  # type: ignore[no-any-return]
