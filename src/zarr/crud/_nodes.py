"""Nodes: arrays and groups as documents in a store."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag
from zarr.crud._document import known as _known
from zarr.crud._document.cache import fresh_document
from zarr.crud._document.known import forgetting, miss, note_document
from zarr.crud._document.origins import locate_new, locate_node, origin_of
from zarr.crud._stores.batched_location import replacing, unbatched
from zarr.crud._stores.location import Location, StoreLike, locate
from zarr.crud._stores.urls import named_store
from zarr.crud._stores.writable import check_writable
from zarr.crud.backends.direct import direct_location
from zarr.crud.backends.policy import backend_for_nodes, check_served
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import Document, MetadataLike
    from zarr.crud.backends.policy import Engine


def create(
    metadata: MetadataLike,
    store: StoreLike,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    engine: Engine = None,
) -> None:
    """Create an array or a group by writing its document.

    The document decides whether the node is an array or a group, and is stored as given. Missing
    groups above the node are created, too. No chunk is written.

    Parameters
    ----------
    metadata : mapping or zarr metadata object
        The document, of zarr format 2 or 3. It is validated before anything is written.
    store : store-like
        A zarr store, `StorePath`, path, URL, or obstore store.
    path : str, optional
        The node's path in the store; `""` is the root. By default the path that `metadata` was
        read from, if it is a `Document` from this store (this creates the same node again);
        otherwise the root.
    storage_options : mapping of str, optional
        The arguments of fsspec's file system for a URL such as `"s3://bucket/array.zarr"`, for
        example `{"anon": True}`. Calls with one URL and equal options use one store object: values
        are compared, objects of classes other than Python's own by identity. It is kept as long as
        fsspec keeps its file system, at most 128 in a process. No message shows the options.
    overwrite : bool
        Whether to first delete an existing node, its chunks and all nodes below it.
    engine : str or CrudBackend, optional
        As for `read_region`. A named engine must be able to read and write the array; the stored
        document does not depend on the engine.

    Raises
    ------
    DocumentError
        The document is not valid; nothing is written or deleted.
    zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError
        A node exists there and `overwrite` is not set, or a node above it is an array. In a
        `LocalStore` and in object stores with conditional puts, one of several simultaneous
        creators of a node succeeds, and the others get this error.
    ReadOnlyError
        The store is read-only.
    InvalidPathError
        `path` would lead outside the store. Or it is omitted, and zarr cannot tell whether the
        document came from this store, or `overwrite` would replace the root of another store with
        a node that was not at the root.
    UnsupportedError
        The backend that `engine` names cannot read or write the array; nothing is written.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.
    TypeError
        An argument has the wrong type; the message names it. Or there are `storage_options`, but
        `store` is not the URL of a file system that takes them.

    Notes
    -----
    Cost: one store request to check, one to write, and the same for each group above it. Where the
    store offers it, the document is stored on the condition that there is none, so of two callers
    that create a node one gets an error. Such a document has a random token as metadata of its
    object (`zarrcreator`), which tells its creator from another one with an equal document.

    Source: Zarr core specification v3.0, "Stored representation".

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> zarr.crud.create({"zarr_format": 3, "node_type": "group"}, store, path="ocean")
    >>> zarr.open_group(store)["ocean"]
    <Group memory://.../ocean>
    """
    document = fresh_document(metadata)
    overwrite = checked_flag("overwrite", overwrite)
    store = named_store(store, storage_options)
    location = (locate_new if overwrite else locate_node)(document, store, path)
    check_writable(location.store, deletes=overwrite)
    check_served(engine, document, location)
    backend, since = backend_for_nodes(engine), _known.forgotten
    with (
        replacing(location) if overwrite else nullcontext(unbatched(location)) as place,
        forgetting(location) if overwrite else nullcontext(),
    ):
        backend.create(document, direct_location(place, engine), overwrite=overwrite)
    note_document(document, location, since)


def read_metadata(
    store: StoreLike,
    *,
    path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    engine: Engine = None,
) -> Document:
    """Read the document of an array or a group.

    Parameters
    ----------
    store, storage_options, engine
        As for `create`.
    path : str
        The node's path in the store; `""` is the root.

    Returns
    -------
    Document
        An immutable mapping. If both formats are stored, zarr format 3 takes precedence over
        format 2. In format 2 the members of `.zattrs` are under `"attributes"`. Pass the document
        to the other functions: it is parsed once, and remembers the path that it was read from.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no node at `path`.
    DocumentError
        The stored document is not valid.

    Notes
    -----
    Cost: one store request for zarr format 3, three for format 2; four in two round trips if the
    store is neither local nor in memory. Chunks are not read.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2")
    >>> document = zarr.crud.read_metadata(store)
    >>> document["shape"], document["data_type"]
    ([7, 5], 'int16')
    """
    store = named_store(store, storage_options)
    location, backend = unbatched(locate(store, path)), backend_for_nodes(engine)
    since = _known.forgotten
    try:
        document = backend.read_metadata(direct_location(location, engine))
    except NodeNotFoundError:
        miss(location)
        raise
    # A store that was made for this call has no entries.
    if not isinstance(store, Path):
        note_document(document, location, since)
    return document._read_from(origin_of(location, store))


def write_metadata(
    metadata: MetadataLike,
    store: StoreLike,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    engine: Engine = None,
) -> None:
    """Replace the document of an array or a group; its chunks stay.

    Use it to change attributes or the shape. Chunks outside the new shape are not deleted.

    Parameters
    ----------
    metadata, store, path, storage_options, engine
        As for `create`.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no node at `path`.
    zarr.errors.NodeTypeValidationError
        The node is of another type or zarr format than the document.
    DocumentError
        The document is not valid; nothing is written.
    ReadOnlyError
        The store is read-only.

    Notes
    -----
    Cost: one store request to check, one to write. A reader sees the old or the new document.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2")
    >>> document = zarr.crud.read_metadata(store)
    >>> zarr.crud.write_metadata({**document, "shape": [9, 5]}, store)
    >>> zarr.open_array(store).shape
    (9, 5)
    """
    document = fresh_document(metadata)
    store = named_store(store, storage_options)
    location = locate_node(document, store, path)
    check_writable(location.store)
    location = unbatched(location)
    backend, since = backend_for_nodes(engine), _known.forgotten
    try:
        backend.write_metadata(document, direct_location(location, engine))
    except NodeNotFoundError:
        miss(location)
        raise
    note_document(document, location, since)


def list_children(
    store: StoreLike,
    *,
    path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    engine: Engine = None,
) -> list[tuple[str, Document]]:
    """List the arrays and groups directly below a group.

    Parameters
    ----------
    store, path, storage_options, engine
        As for `read_metadata`.

    Returns
    -------
    list of tuple of str and Document
        Paths in the store and documents, sorted by name. Each document remembers its path.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no node at `path`.
    zarr.errors.NodeTypeValidationError
        The node is an array.

    Notes
    -----
    Cost: one store request for a group with consolidated metadata, which is trusted; otherwise
    one listing, and one request or more for each listed name. If the store is neither local nor
    in memory, these take one round trip for nodes of the group's zarr format.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(store, name="ocean/depth", shape=(7,), dtype="i2")
    >>> [(path, child["node_type"]) for path, child in zarr.crud.list_children(store)]
    [('ocean', 'group')]
    """
    store = named_store(store, storage_options)
    location, backend = unbatched(locate(store, path)), backend_for_nodes(engine)
    since = _known.forgotten
    children = []
    for name, document in backend.list_children(direct_location(location, engine)):
        child = Location(location.store, location.key(name))
        note_document(document, child, since)
        children.append((child.path, document._read_from(origin_of(child, store))))
    return children


def delete_node(
    store: StoreLike,
    *,
    path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    engine: Engine = None,
) -> None:
    """Delete an array with its chunks, or a group with all nodes below it.

    Parameters
    ----------
    store, path, storage_options, engine
        As for `read_metadata`.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no node at `path`; nothing is deleted.
    ReadOnlyError
        The store is read-only.

    Notes
    -----
    Cost: one store request to check, then one per stored key (in an object store that the engine
    reaches directly, a list and one per thousand keys), or one tree deletion for a
    directory. Not atomic: a failure may leave some keys undeleted.

    Examples
    --------
    >>> import zarr
    >>> store = zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(store, name="a", shape=(7, 5), chunks=(3, 2), dtype="i2")
    >>> zarr.crud.delete_node(store, path="a")
    >>> list(zarr.open_group(store))
    []
    """
    store = named_store(store, storage_options)
    location = locate(store, path)
    check_writable(location.store, deletes=True, puts=False)
    backend = backend_for_nodes(engine)
    with replacing(location) as place, forgetting(location):
        backend.delete_node(direct_location(place, engine))
