"""Deletes what writers left behind, after asking; never a document or a chunk of the grid."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._arguments import checked_flag, shown
from zarr.crud._errors import store_name
from zarr.crud._stores import file_locks
from zarr.crud._stores.batched_location import written
from zarr.crud._stores.leftovers import is_old
from zarr.crud._stores.local_folders import local_folder
from zarr.crud._stores.location import delete_keys, locate
from zarr.crud._stores.sized_keys import sized_keys
from zarr.crud._stores.system_files import open_itself
from zarr.crud._stores.urls import named_store
from zarr.crud._stores.writable import check_writable
from zarr.crud._verify.findings import Findings
from zarr.crud._verify.nodes import listed
from zarr.crud._verify.report import VerifyReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarr.abc.store import Store
    from zarr.crud._stores.location import Location, StoreLike

_DOUBTFUL: Final = {
    *("formats-disagree", "conflicting-documents", "invalid-document"),
    *("not-checked", "unreadable"),
}
"""Findings about a node of which another document may count a chunk in."""


def repair(
    report: VerifyReport,
    store: StoreLike,
    *,
    confirm: Callable[[list[str]], bool],
    storage_options: Mapping[str, Any] | None = None,
    beyond_grid: bool = False,
) -> tuple[str, ...]:
    """Delete the leftovers that a report of `verify` names; nothing else is ever changed.

    Keys and documents are read again before and after `confirm`: what is by then a document, or a
    chunk of the grid, is kept. On a local disk, whatever the class of the store, a temporary file
    is only deleted if it is a day old and no process has it locked. Where that cannot be told, as
    of a subclass of `LocalStore`, temporary files are kept.

    Parameters
    ----------
    report : VerifyReport
        What `verify` found.
    store, storage_options
        The store that was verified.
    confirm : callable
        Called once with the keys that would be deleted; nothing is deleted unless it returns
        `True`. It is not called if there are none.
    beyond_grid : bool
        Whether chunks beyond the chunk grid are deleted, too. A larger shape would need them again.
        They are kept at a node whose documents disagree, or cannot all be read.

    Returns
    -------
    tuple of str
        The keys that were deleted.

    Raises
    ------
    ValueError
        The report is of another store.
    ReadOnlyError
        The store is read-only; nothing is deleted.
    TypeError
        `report` is no report of `verify`, or `confirm` cannot be called.

    Notes
    -----
    Cost: two listings, two requests for each document, and one for each deleted key. Not atomic:
    after an error, some of the keys may be left. An array must not be resized while its chunks
    beyond the grid are deleted.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(store, data=np.arange(4), chunks=(2,))
    >>> document = zarr.crud.read_metadata(store)
    >>> zarr.crud.write_metadata({**document, "shape": [2]}, store)
    >>> report = zarr.crud.verify(store)
    >>> zarr.crud.repair(report, store, confirm=lambda keys: True, beyond_grid=True)
    ('c/1',)
    """
    beyond_grid = checked_flag("beyond_grid", beyond_grid)
    if not isinstance(report, VerifyReport):
        raise TypeError(f"report is {shown(report)}; use what `verify` returns")
    if not callable(confirm):
        raise TypeError(f"confirm is {shown(confirm)}; use a function that gets a list of keys")
    location = locate(named_store(store, storage_options), report.path)
    if store_name(location.store) != report.store:
        raise ValueError(f"the report is of {report.store}, not of {store_name(location.store)}")
    check_writable(location.store, deletes=True, puts=False)
    location = written(location)
    kinds = {"leftover", "beyond-grid"} if beyond_grid else {"leftover"}
    keys = _named(report, location, kinds)
    if not keys or confirm(list(keys)) is not True:
        return ()
    # The archive may have changed while somebody thought about the answer.
    still = _named(report, location, kinds)
    return _deleted(
        {key: is_temporary for key, is_temporary in keys.items() if still.get(key) is is_temporary},
        location.store,
    )


def _named(report: VerifyReport, location: Location, kinds: set[str]) -> dict[str, bool]:
    """Return keys of these kinds in the nodes that the report names, and which are temporary."""
    wanted = {(one.kind, one.path) for one in report.findings if one.kind in kinds}
    if not wanted:
        return {}
    findings = Findings(f"{location.path}/" if location.path else "", most=None)
    # `verify` has said that links lead in circles; what is below them is found above, too.
    listed(sized_keys(location, []), location, findings)
    doubtful = {one.path for one in findings.listed() if one.kind in _DOUBTFUL}
    found = {
        one.key: one.kind == "leftover"
        for one in findings.listed()
        if one.key is not None
        and (one.kind, one.path) in wanted
        and (one.kind == "leftover" or one.path not in doubtful)
    }
    folder = local_folder(location.store)
    return {
        key: is_temporary
        for key, is_temporary in found.items()
        if not is_temporary or folder is None or _with_file(folder, key, _nothing)
    }


def _deleted(keys: Mapping[str, bool], store: Store) -> tuple[str, ...]:
    folder = local_folder(store)
    gone = []
    for key, is_temporary in keys.items():
        if folder is not None and is_temporary:
            if not _with_file(folder, key, os.unlink):
                continue
        else:
            delete_keys(store, [key])
        gone.append(key)
    return tuple(gone)


def _with_file(folder: Path | str, key: str, act: Callable[[Path], None]) -> bool:
    """Act on a file while nobody writes it; return whether it is old, and was not locked."""
    if isinstance(folder, str):
        # The file is not known, so nobody can tell whether it is written.
        return False
    path = folder / key
    with suppress(OSError):
        fd = open_itself(path)
        try:
            if not is_old(os.fstat(fd)):
                return False
            if file_locks.HAS_LOCKS:
                if not file_locks.try_lock(fd, path):
                    return False
                act(path)
                return True
        finally:
            file_locks.release(fd)
        # Systems without locks do not remove an open file either.
        act(path)
        return True
    return False


def _nothing(_: Path) -> None:
    pass
