"""Repack an array or a hierarchy, or copy it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zarr.crud._repack.limits import MAX_MEMORY
from zarr.crud._repack.planned import repack_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._options import Options
    from zarr.crud._repack.report import RepackReport, Tell
    from zarr.crud._repack.wanted import Extents
    from zarr.crud._stores.location import StoreLike
    from zarr.crud.backends.policy import Engine


def repack(
    source: StoreLike,
    target: StoreLike,
    *,
    path: str = "",
    target_path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    target_storage_options: Mapping[str, Any] | None = None,
    chunks: Extents = None,
    shards: Extents = None,
    filters: Any = None,
    serializer: Any = None,
    compressors: Any = None,
    codecs: Any = None,
    zarr_format: Literal[2, 3] | None = None,
    region: Any = None,
    consolidated: bool | None = None,
    compact: bool = False,
    overwrite: bool = False,
    resume: bool = False,
    verify: bool = False,
    keep_going: bool = False,
    progress: bool | Tell | None = None,
    client: Any = None,
    max_memory: int = MAX_MEMORY,
    scratch: StoreLike = None,
    engine: Engine = None,
    options: Options | None = None,
) -> RepackReport:
    """Store an array or a whole hierarchy anew: elsewhere, in another layout, with other codecs.

    Each array goes by the cheapest way that is exact. *Copied*: its stored values are moved as they
    are. *Regrouped*: encoded chunks move between chunks and shards, or into the other zarr format;
    nothing is decoded. *Re-encoded*: elements are decoded and encoded. `repack_plan` says which.
    Attributes, names of dimensions, missing chunks and fill values are kept.

    Parameters
    ----------
    source, target : store-like
        Where the node is, and where it will be: as for `read_metadata`. The source is never
        changed.
    path, target_path : str
        The path of the node in each; `""` is the root. Members of a group keep their paths below.
    storage_options, target_storage_options : mapping of str, optional
        The options of each store, as for `create`.
    chunks, shards : int or tuple of int, optional
        The shape of chunks (of subchunks, if there are shards) and of shards, in elements; of
        `shards` also `False`, for none. As all changes, for every array; by default as they are.
    filters, serializer, compressors : codec or sequence of codecs, optional
        Codecs as for `zarr.create_array`; an empty sequence takes them away.
    codecs : sequence of codecs, optional
        The whole chain of codecs of format 3, in place of the three above.
    zarr_format : {2, 3}, optional
        The format of the target.
    region : int, slice, Ellipsis, or tuple of these, optional
        The part of an array to repack, in the basic dialect without steps; the target has its
        shape.
    consolidated : bool, optional
        Whether the node gets consolidated metadata, made anew. By default each group gets them that
        has them.
    compact : bool
        Whether shards are written anew although they could be copied: without bytes that no
        subchunk uses, and with the subchunks in order.
    overwrite : bool
        Whether to first delete everything at the target.
    resume : bool
        Whether to complete a repack that was broken off, also one with `overwrite`. Chunks that are
        there are not made again. Of a target that is finished only the documents are compared, so a
        second source with equal documents is not noticed.
    verify : bool
        Whether all elements of the target are read and compared with the source, bit by bit, before
        the array's document is stored.
    keep_going : bool
        Whether to collect the errors of chunks in the report and go on; not if the target is full.
        An array of which a chunk failed gets no document, and neither does the root of the target.
    progress : callable or bool, optional
        A function that gets a `Progress` after each piece of work, from any thread, one at a time.
        `True` shows a bar on a terminal; this needs the package `rich`.
    client : distributed.Client, optional
        A cluster that does the work on the chunks. Its workers must reach both stores.
    max_memory : int
        The most bytes of values and elements that are held at a time; of a cluster, in each task.
        The default is 512 MiB. The buffers of threads that run codecs count; with many processors
        and a small bound, they may take more.
    scratch : store-like, optional
        A store for arrays between two passes. It is used where one pass would decode chunks of the
        source again and again because memory is short; it then takes as many bytes as the elements
        of the array. They are deleted afterwards.
    engine, options
        As for `read_region`, for the elements that are re-encoded or compared.

    Returns
    -------
    RepackReport
        What was done with each array, and what failed.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no node at `path`; nothing is written.
    zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError
        The target is occupied, or another repack into it was begun; nothing is written. With
        `resume`, also: there are keys, but none that says what was begun, and not all documents.
    InvalidPathError
        One of source and target is the other, or within it.
    ReadOnlyError
        The target is read-only.
    DocumentError
        A document of the source is damaged, a group above a node has none, or the wanted one is not
        valid: shards that chunks do not divide, for example.
    DecodedSizeError
        A chunk is larger than `max_memory`.
    UnsupportedError
        The other format cannot spell the array, or the engine cannot encode it.
    DecodeError
        A chunk of the source is damaged. Values that are only moved are not looked at.
    MismatchError
        `verify` found other elements.

    An error of a store is the same object, with a note (``__notes__``) that names the array, the
    chunk and the key.

    Notes
    -----
    Cost: that of the plan, and the reads and writes that it names. A target that is not finished
    has a key `.zarr-crud-repack.json`; its root gets a document last, if nothing failed. After an
    error, Ctrl-C or `kill -9`, the same call with `resume=True` completes it, and `overwrite=True`
    begins again.

    Source: Zarr core specification v3.0, "Stored representation"; extension "sharding_indexed".

    Examples
    --------
    >>> import numpy as np, zarr
    >>> source, target = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(source, data=np.arange(12), chunks=3, zarr_format=2)
    >>> report = zarr.crud.repack(source, target, shards=6, zarr_format=3, verify=True)
    >>> report.arrays[0].way, report.arrays[0].written, report.ok
    ('regrouped', 2, True)
    >>> zarr.open_array(target).shards
    (6,)
    """
    plan = repack_plan(
        source,
        target,
        path=path,
        target_path=target_path,
        storage_options=storage_options,
        target_storage_options=target_storage_options,
        chunks=chunks,
        shards=shards,
        filters=filters,
        serializer=serializer,
        compressors=compressors,
        codecs=codecs,
        zarr_format=zarr_format,
        region=region,
        consolidated=consolidated,
        compact=compact,
        overwrite=overwrite,
        resume=resume,
        max_memory=max_memory,
        scratch=scratch,
        engine=engine,
        options=options,
    )
    return plan.run(verify=verify, keep_going=keep_going, progress=progress, client=client)


def copy(
    source: StoreLike,
    target: StoreLike,
    *,
    path: str = "",
    target_path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    target_storage_options: Mapping[str, Any] | None = None,
    consolidated: bool | None = None,
    overwrite: bool = False,
    resume: bool = False,
    verify: bool = False,
    keep_going: bool = False,
    progress: bool | Tell | None = None,
    client: Any = None,
    max_memory: int = MAX_MEMORY,
    options: Options | None = None,
) -> RepackReport:
    """Copy an array or a whole hierarchy to another place, as it is stored: nothing is decoded.

    Parameters
    ----------
    source, target, path, target_path, storage_options, target_storage_options
        As for `repack`.
    consolidated, overwrite, resume, verify, keep_going, progress, client, max_memory, options
        As for `repack`.

    Returns
    -------
    RepackReport
        What was copied.

    Raises
    ------
    zarr.errors.NodeNotFoundError, zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError
        As by `repack`.
    DocumentError
        A document of the source is damaged or names a codec that is not installed, or a group above
        a node has none.

    Notes
    -----
    Cost: one listing and two requests for each chunk. Between directories the operating system
    copies the files, and shares their blocks where the file system can. Keys that belong to no
    array or group are not copied. A copy that is broken off is completed by `resume=True`.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> source, target = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(source, name="a", data=np.arange(12), chunks=3)
    >>> zarr.crud.copy(source, target).arrays[0].written
    4
    >>> zarr.open_array(target, path="a")[:5]
    array([0, 1, 2, 3, 4])
    """
    plan = repack_plan(
        source,
        target,
        path=path,
        target_path=target_path,
        storage_options=storage_options,
        target_storage_options=target_storage_options,
        consolidated=consolidated,
        overwrite=overwrite,
        resume=resume,
        max_memory=max_memory,
        options=options,
    )
    return plan.run(verify=verify, keep_going=keep_going, progress=progress, client=client)
