"""Compares two archives: their nodes, what readers notice of the metadata, and the elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from zarr.crud._arguments import checked_options, is_word, wrong_word
from zarr.crud._errors import UnsupportedError
from zarr.crud._stores.batched_location import written
from zarr.crud._stores.location import Location, locate
from zarr.crud._stores.sized_keys import sized_keys
from zarr.crud._stores.urls import named_store
from zarr.crud._verify.array import ArrayCheck
from zarr.crud._verify.differences import CompareReport, Difference
from zarr.crud._verify.document_differences import between_documents
from zarr.crud._verify.elements import Side, unequal
from zarr.crud._verify.findings import Findings
from zarr.crud._verify.nodes import listed
from zarr.crud.backends.policy import backend_for_nodes, choose
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zarr.crud._options import Options
    from zarr.crud._stores.location import StoreLike
    from zarr.crud._verify.differences import DifferenceKind
    from zarr.crud._verify.documents import Node
    from zarr.crud._verify.ownership import Contents
    from zarr.crud.backends.policy import Engine

type CompareLevel = Literal["metadata", "digest", "elements"]


def compare(
    a: StoreLike,
    b: StoreLike,
    *,
    path: str = "",
    other_path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    other_storage_options: Mapping[str, Any] | None = None,
    level: CompareLevel = "digest",
    engine: Engine = None,
    options: Options | None = None,
) -> CompareReport:
    """Compare two arrays, or two groups with all below them.

    Parameters
    ----------
    a, b : store-like
        The two archives, as for `read_metadata`.
    path, other_path : str
        Where in `a` and in `b` to begin; by default, `other_path` is `path`.
    storage_options, other_storage_options : mapping of str, optional
        As for `create`, of `a` and of `b`.
    level : {"metadata", "digest", "elements"}
        What of the elements is compared: nothing; a digest of each array, as `verify` makes it; or
        each element, so that the report has the number of those that differ and the first
        positions. Two elements are equal if all their bits are.
    engine, options
        As for `read_region`.

    Returns
    -------
    CompareReport
        The `differences`. Those of chunks, codecs and format do not matter to a reader, and `ok`
        ignores them.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no document at or below a path.
    UnsupportedError
        The keys of a store cannot be listed.
    TypeError, ValueError
        `level` is none of the words.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.

    Notes
    -----
    Cost: two listings, one request for each document, and those of reading both archives; where
    neither array has a chunk, nothing is read. Memory is bounded as in `verify`.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> one, other = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(one, data=np.array([1, 2, 3, 4]), chunks=(2,))
    >>> _ = zarr.create_array(other, data=np.array([1, 2, 3, 5]), chunks=(3,))
    >>> print(zarr.crud.compare(one, other, level="elements").differences[-1].positions)
    ((3,),)
    """
    if not is_word(level, get_args(CompareLevel.__value__)):
        raise wrong_word("level", level, get_args(CompareLevel.__value__))
    options = checked_options(options)
    backend_for_nodes(engine)
    one = Archive(written(locate(named_store(a, storage_options), path)))
    other_place = path if other_path is None else other_path
    other = Archive(written(locate(named_store(b, other_storage_options), other_place)))
    pair = Pair(one, other, level, engine, options)
    paths = sorted({*one.nodes, *other.nodes})
    differences = [found for place in paths for found in pair.differences(place)]
    both = len(one.nodes.keys() & other.nodes.keys())
    return CompareReport(one.name, other.name, level, both, tuple(differences))


class Archive:
    """The nodes at and below a location."""

    def __init__(self, location: Location) -> None:
        self.location, self.name = location, str(location)
        self.nodes: dict[str, Node]
        self.contents: dict[str, Contents]
        self.nodes, self.contents = listed(sized_keys(location), location, Findings())
        if not self.nodes:
            raise NodeNotFoundError(f"there is no array or group at or below {location}")

    def place_of(self, path: str) -> Location:
        """The location of a node."""
        return Location(self.location.store, self.location.key(path).rstrip("/"))


class Pair:
    """Two archives, compared node by node."""

    def __init__(
        self, one: Archive, other: Archive, level: str, engine: Engine, options: Options
    ) -> None:
        self._one, self._other, self._level = one, other, level
        self._engine, self._options = engine, options

    def differences(self, path: str) -> Iterator[Difference]:
        """Yield in what the nodes at a path differ."""
        mine, theirs = self._one.nodes.get(path), self._other.nodes.get(path)
        if mine is None or theirs is None:
            kind: DifferenceKind = "only-in-second" if mine is None else "only-in-first"
            which = "second" if mine is None else "first"
            yield Difference(kind, True, path, f"the node is only in the {which} archive")
        elif mine.document is None or theirs.document is None:
            which = "first" if mine.document is None else "second"
            text = f"the document in the {which} archive is not valid; `verify` says why"
            yield Difference("not-compared", True, path, text)
        elif mine.is_array != theirs.is_array:
            yield Difference("node-type", True, path, "one is an array, the other a group")
        else:
            found = list(between_documents(path, mine.document, theirs.document))
            yield from found
            is_comparable = not {"shape", "data-type"} & {one.kind for one in found}
            if mine.is_array and is_comparable and self._level != "metadata":
                yield from self._of_elements(path)

    def _of_elements(self, path: str) -> Iterator[Difference]:
        try:
            found = self._by_digest(path) if self._level == "digest" else self._by_element(path)
        except Exception as err:  # noqa: BLE001  # one array must not hide the others
            found = Difference("not-compared", True, path, f"{type(err).__name__}: {err}")
        if found is not None:
            yield found

    def _by_digest(self, path: str) -> Difference | None:
        digests = []
        for archive in (self._one, self._other):
            findings = Findings()
            contents, place = archive.contents[path], archive.place_of(path)
            check = ArrayCheck(contents, place, findings, self._options)
            check.indexes(self._engine, only_short=True)
            made = check.chunks(self._engine, digest=True)
            if made is None:
                reasons = [one.message for one in findings.listed()]
                raise UnsupportedError(f"{archive.name} is not readable: {reasons[0]}")
            digests.append(made)
        if digests[0] == digests[1]:
            return None
        text = f"elements differ: the digests are {digests[0]} and {digests[1]}"
        return Difference("elements", True, path, text)

    def _by_element(self, path: str) -> Difference | None:
        sides = []
        for archive in (self._one, self._other):
            contents, place = archive.contents[path], archive.place_of(path)
            document = contents.document
            backend = choose(self._engine, document, place, "read_region", None, self._options)
            sides.append(Side(document, place, backend, list(contents.chunks)))
        if 0 in sides[0].document.shape:
            return None
        found = unequal(sides[0], sides[1], self._options)
        if not found.elements:
            return None
        named = ", ".join(str(list(one)) for one in found.positions)
        text = f"{found.elements} elements differ, first at {named}"
        return Difference("elements", True, path, text, tuple(found.positions))
