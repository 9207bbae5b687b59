"""`doctor`: read a sample of an array in every way there is, and say what was found."""

from __future__ import annotations

from contextlib import suppress
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import shown
from zarr.crud._doctor.advice import Measured, advice_of
from zarr.crud._doctor.compared import compared
from zarr.crud._doctor.parts import parts_of
from zarr.crud._doctor.report import DoctorReport
from zarr.crud._doctor.risks import risks_of, too_large
from zarr.crud._doctor.sample import Sample, of_selection, sample_of, within
from zarr.crud._doctor.timing import Clock
from zarr.crud._doctor.words import array, box, codecs
from zarr.crud._nodes import read_metadata
from zarr.crud._stores.batched_location import unbatched
from zarr.crud._stores.location import Location, locate
from zarr.crud._stores.urls import named_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import StoreLike


def doctor(
    store: StoreLike,
    selection: Any = None,
    *,
    path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    max_bytes: int = 64 << 20,
    max_seconds: float = 10.0,
) -> DoctorReport:
    """Read a sample of an array with every engine, compare, and say what is slow or risky.

    The engines and zarr-python's own codec pipelines read the same sample in turns, and every
    element is compared bit by bit. Nothing is written to the store.

    Parameters
    ----------
    store, path, storage_options
        As for `read_metadata`.
    selection : int, slice, Ellipsis, or tuple of these, optional
        What your program reads at a time, in the basic dialect with steps of 1, to be measured. By
        default whole chunks around a stored one.
    max_bytes : int
        The largest sample, in bytes of decoded elements.
    max_seconds : float
        About how long to measure. Reads that have begun are finished.

    Returns
    -------
    DoctorReport
        Printed, it is one screen. `ways` has the median time of each way to read, in seconds;
        `parts` says where the time goes; `faster` what would help, and `risks` what could go wrong.
        `ok` is false if two ways read different elements, or none reads them.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no array at `path`.
    zarr.errors.NodeTypeValidationError
        There is a group.
    IndexError
        The selection does not fit the array, or has steps.
    ValueError
        The selection is larger than `max_bytes`.
    TypeError
        An argument has the wrong type; the message names it.

    Notes
    -----
    Cost: the sample is read up to a dozen times by each engine, and decoded a few times more; up
    to 16 of its chunks are also fetched one by one. Requests are counted in a separate read,
    through a store in Python, so their number may differ from that of a native read.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(store, data=np.arange(35).reshape(7, 5), chunks=(3, 2))
    >>> report = zarr.crud.doctor(store, max_seconds=0.5)
    >>> report.ok, report.sample
    (True, '0:7, 0:5')
    >>> [note.kind for note in report.risks]
    ['undetected-damage']
    """
    check_bounds(max_bytes, max_seconds)
    location = unbatched(locate(named_store(store, storage_options), path))
    document = read_metadata(location.store, path=location.path)
    if selection is not None:
        sample: Sample | None = of_selection(document, selection, max_bytes)
    else:
        sample = sample_of(document, location, max_bytes)
    if sample is None:
        return _not_read(document, max_bytes)
    location, clock = Location(_read_only(location.store), location.path), Clock(max_seconds)
    if selection is None:
        sample = within(document, location, sample, max_seconds)
    ways, decoded = compared(document, location, sample, clock)
    fetched = parts_of(document, location, sample, decoded, max_bytes, clock.left / 2)
    known = Measured(
        document, location, sample, decoded, ways, fetched, codecs(document), selection is not None
    )
    return DoctorReport(
        array(document),
        document.shape,
        box(sample.box),
        sample.nbytes,
        sample.chunks,
        fetched.stored_nbytes(sample.chunks),
        ways,
        fetched.parts,
        tuple(advice_of(known)) if decoded is not None else (),
        tuple(risks_of(document, fetched, is_stored=sample.is_stored)),
    )


def check_bounds(max_bytes: object, max_seconds: object) -> None:
    """Refuse bounds that are no numbers.

    Raises
    ------
    TypeError
        A bound is not a number; the message names it.
    """
    for name, given, unit in (
        ("max_bytes", max_bytes, "bytes"),
        ("max_seconds", max_seconds, "seconds"),
    ):
        kind = Integral if unit == "bytes" else Real
        if isinstance(given, bool) or not isinstance(given, kind):
            raise TypeError(f"{name} is {shown(given)}; use a number of {unit}")


def _read_only(store: Any) -> Any:
    """Return a store of the same place that refuses to write, if it has one."""
    if not store.read_only:
        with suppress(NotImplementedError):
            return store.with_read_only(read_only=True)
    return store


def _not_read(document: Document, most: int) -> DoctorReport:
    risks = (*too_large(document, most), *risks_of(document, None, is_stored=True))
    return DoctorReport(array(document), document.shape, None, 0, 0, None, (), None, (), risks)
