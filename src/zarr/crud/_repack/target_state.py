"""What is at the target already, and what that allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._archives.keys import MARKER
from zarr.crud._document import node_io
from zarr.crud._errors import DocumentError
from zarr.crud._repack.marker import begun
from zarr.crud._stores.leftovers import SUFFIX
from zarr.crud._stores.location import Location
from zarr.crud._stores.trees import as_it_is, list_names
from zarr.crud.backends.direct import direct_location
from zarr.errors import ContainsArrayError, ContainsGroupError, NodeNotFoundError

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._repack.plan import RepackPlan


def check_free(plan: RepackPlan) -> None:
    """Refuse a target that something else occupies.

    Raises
    ------
    zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError
        A node is there, or keys are, or a node above it is an array.
    """
    target = as_it_is(direct_location(plan.target))
    _check_above(target)
    if plan.overwrite:
        return
    # What a killed writer has left is nobody's, and is removed by the next writer.
    names = [name for name in list_names(target) if not name.endswith(SUFFIX)]
    if not names:
        return
    if plan.resume:
        _check_resumed(plan, target)
        return
    if MARKER in names:
        raise ContainsGroupError(
            f"a repack into {plan.target} was broken off; pass resume=True to complete it, or "
            "overwrite=True to begin again"
        )
    found = _found(target)
    if found is not None and found.node_type == "array":
        raise ContainsArrayError(f"there is an array at {plan.target}; pass overwrite=True")
    what = "a group is" if found is not None else f"there are keys, such as {names[0]!r},"
    raise ContainsGroupError(f"{what} at {plan.target}; pass overwrite=True to delete all there")


def _check_resumed(plan: RepackPlan, target: Location) -> None:
    found = begun(target)
    if found is not None and found.digest != plan.digest:
        raise ContainsGroupError(
            f"the repack that was begun into {plan.target} was another one: of another source, "
            "or with other arguments; repeat that one, or pass overwrite=True"
        )
    if found is not None and found.is_deleting:
        # What is there now was there before, and will be deleted.
        return
    nodes = [(each.path, each.target) for each in plan.arrays]
    nodes += [(each.path, each.target) for each in plan.groups]
    for path, document in nodes:
        place = Location(target.store, target.key(path).rstrip("/"))
        _check_same(place, document)
        # A finished target has no marker; a store without deletion never has one.
        if found is None and plan.target.store.supports_deletes and not holds(place, document):
            raise ContainsGroupError(
                f"there are keys at {plan.target}, but neither the marker of a repack that was "
                "broken off nor all documents of a finished one; choose another target, or pass "
                "overwrite=True to delete all there"
            )


def _found(location: Location) -> Document | None:
    try:
        return node_io.read_metadata(location)
    except NodeNotFoundError:
        return None


def _check_above(target: Location) -> None:
    parts = target.path.split("/")[:-1] if target.path else []
    for depth in range(len(parts) + (1 if target.path else 0)):
        place = Location(target.store, "/".join(parts[:depth]))
        found = _found(place)
        if found is not None and found.node_type == "array":
            raise ContainsArrayError(
                f"there is an array at {place}; only a group can have a node below it"
            )


def _check_same(place: Location, wanted: Document) -> None:
    found = _found(place)
    if found is not None and not _equal(found, wanted):
        error = ContainsArrayError if found.node_type == "array" else ContainsGroupError
        raise error(
            f"the document at {place} is not the one that this repack would store there; "
            "choose another target, or pass overwrite=True"
        )


def holds(place: Location, wanted: Document) -> bool:
    """Return whether the document of a node is stored."""
    try:
        found = _found(place)
    except DocumentError:
        return False
    return found is not None and _equal(found, wanted)


def _equal(found: Document, wanted: Document) -> bool:
    def members(document: Document) -> dict[str, object]:
        left_out = ("consolidated_metadata", "node_type")
        kept = {name: value for name, value in document.items() if name not in left_out}
        return {**kept, "attributes": kept.get("attributes") or {}}

    return members(found) == members(wanted)
