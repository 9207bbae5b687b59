"""Reads an archive and reports what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag, checked_options
from zarr.crud._encoding.damage import detects_damage
from zarr.crud._errors import store_name
from zarr.crud._repack.bar import checked_progress, counting
from zarr.crud._stores.batched_location import written
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.location import Location, locate
from zarr.crud._stores.sized_keys import sized_keys
from zarr.crud._stores.unsized_keys import folders_below, in_folders
from zarr.crud._stores.urls import named_store
from zarr.crud._verify.array import ArrayCheck
from zarr.crud._verify.findings import Findings
from zarr.crud._verify.levels import checked_level
from zarr.crud._verify.nodes import listed_in
from zarr.crud._verify.report import ArrayReport, VerifyReport
from zarr.crud.backends.policy import backend_for_nodes
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zarr.crud._options import Options
    from zarr.crud._repack.report import Tell
    from zarr.crud._stores.location import StoreLike
    from zarr.crud._stores.unsized_keys import Folder
    from zarr.crud._verify.levels import Level
    from zarr.crud._verify.ownership import Contents
    from zarr.crud.backends.policy import Engine


def verify(
    store: StoreLike,
    *,
    path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    level: Level | None = None,
    digest: bool = False,
    progress: bool | Tell | None = None,
    engine: Engine = None,
    options: Options | None = None,
) -> VerifyReport:
    """Read an array, or a group with all below it, and report what is wrong; nothing is changed.

    Parameters
    ----------
    store, path, storage_options, engine, options
        As for `read_metadata` and `read_region`. A node of which the engine does not read the
        chunks gets a finding.
    level : {"list", "index", "decode"}, optional
        How thorough the checks are. `"list"`: keys, their sizes, and documents. `"index"`: also the
        index of each shard. `"decode"`: also each chunk is decoded. By default `"index"`, or
        `"decode"` if there are to be digests.
    digest : bool
        Whether each array gets a digest of its elements, which needs `level="decode"`. Two arrays
        with equal digests have the same shape, data type and elements, whatever their chunks,
        codecs, format, fill value and byte order. It is no proof against forgery.
    progress : callable or bool, optional
        A function that gets a `Progress` while chunks are checked, or `True` for a bar, if the
        output for errors is a terminal. The listing comes before the first one.

    Returns
    -------
    VerifyReport
        The `findings`, and what each of the `arrays` has stored. `ok` is whether no finding is an
        error; `str` gives a table, and `to_dict` values for JSON.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no document at or below `path`.
    UnsupportedError
        The keys of the store cannot be listed.
    TypeError, ValueError
        `level` is none of the words, or too low for a digest; `digest` is no flag, or `progress`
        neither a flag nor a function.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.

    Also an error of the store in the listing. Later ones are findings.

    Notes
    -----
    Cost: one listing, one request for each document, one for each shard from `"index"` on, and with
    `"decode"` those of reading the arrays; elements are forgotten at once, so memory is bounded by
    128 MiB and two chunks, besides about 200 bytes for each key. A digest costs about as much time
    as decoding zstd. Where the store does not tell the sizes of values in its listing, each needs a
    request. What the archive's codecs cannot tell, no level finds: see `ArrayReport.detects_damage`
    and `docs/damage.md`. A value that others replace meanwhile may be reported in error. Links to
    folders are followed, unless they lead back to a folder above them, which is a finding.

    Source: Zarr core specification v3.0; extension "sharding_indexed" v1.0.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> store = zarr.storage.MemoryStore()
    >>> array = zarr.create_array(store, data=np.arange(4), chunks=(2,), compressors=None)
    >>> zarr.crud.verify(store).ok
    True
    >>> zarr.crud.write_encoded_chunk(array.metadata, store, (1,), b"short")
    >>> [(one.kind, one.key) for one in zarr.crud.verify(store).findings]
    [('truncated', 'c/1')]
    """
    digest = checked_flag("digest", digest)
    chosen: Level = ("decode" if digest else "index") if level is None else checked_level(level)
    if digest and chosen != "decode":
        raise ValueError(f"level is {chosen!r}; a digest needs level='decode'")
    options, progress = checked_options(options), checked_progress(progress)
    # A named engine must exist, also if nothing is decoded.
    backend_for_nodes(engine)
    location = written(locate(named_store(store, storage_options), path))
    loops: list[str] = []
    findings = Findings(f"{location.path}/" if location.path else "")
    folder, folders = _unsized(location) if chosen == "decode" and not digest else (None, None)
    if folders is None:
        folder, folders = None, list(in_folders(sized_keys(location, loops).items()))
    nodes, contents = listed_in(folders, location, findings, loops)
    if not nodes:
        raise NodeNotFoundError(f"there is no array or group at or below {location}")
    arrays = []
    with counting(sum(len(one.chunks) for one in contents.values()), progress, "verify") as count:
        for place, one in contents.items():
            below = Location(location.store, location.key(place).rstrip("/"))
            files = None if folder is None else folder / place
            check = ArrayCheck(one, below, findings, options, count, files)
            made = check.up_to(chosen, engine, digest=digest)
            arrays.append(_reported(one, check, options, made))
    groups = tuple(place for place, node in nodes.items() if not node.is_array)
    name = store_name(location.store)
    return VerifyReport(name, location.path, chosen, groups, tuple(arrays), findings.listed())


def _unsized(location: Location) -> tuple[Path, list[Folder]] | tuple[None, None]:
    """Return the folder of a location and what is below, if its sizes need not be known yet."""
    local = directory_of(location.store)
    if local is None:
        return None, None
    folder = local.root / location.path
    folders = folders_below(folder)
    return (None, None) if folders is None else (folder, folders)


def _reported(
    contents: Contents, check: ArrayCheck, options: Options, digest: str | None
) -> ArrayReport:
    document = contents.document
    return ArrayReport(
        path=contents.node.path,
        chunks=check.total,
        stored=len(contents.chunks),
        nbytes=sum(contents.chunks.values()),
        checked=check.checked,
        detects_damage=detects_damage(document, options),
        digest=digest,
    )
