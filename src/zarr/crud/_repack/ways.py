"""By which way an array gets into its target: the cheapest exact one, and why not another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from zarr.crud._repack.pieces import PieceForm, in_format3, piece_form_of, spelled
from zarr.crud._repack.trial import mean_the_same

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

type Name = Literal["copied", "regrouped", "re-encoded"]

type Mode = Literal["values", "pieces", "elements"]
"""What is moved: stored values as they are, encoded pieces of them, or decoded elements."""


class Way(NamedTuple):
    """How an array gets into its target."""

    name: Name
    mode: Mode
    reason: str
    """Why not by a cheaper way, as a sentence."""


class Case(NamedTuple):
    """A source and its target; `origin` is where the target begins in the source, in elements."""

    source: Document
    target: Document
    origin: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the target has all elements of the source."""
        return self.source.shape == self.target.shape

    def begins_and_ends_at(self, unit: tuple[int, ...]) -> bool:
        """Whether no piece of this shape lies across the edge of the region."""
        axes = zip(self.origin, self.target.shape, self.source.shape, unit, strict=True)
        return all(
            start % n == 0 and (start + length == full or (start + length) % n == 0)
            for start, length, full, n in axes
        )


def way_of(case: Case, *, compact: bool) -> Way:
    """Return the cheapest way that is exact. With `compact`, shards are written anew."""
    refusal = None if compact else _why_not_copied(case)
    if refusal is None and not compact:
        same_format = case.source["zarr_format"] == case.target["zarr_format"]
        if same_format:
            return Way("copied", "values", "Stored values are copied as they are.")
        return Way("regrouped", "values", "The other format spells the same stored values.")
    forms = piece_form_of(case.source), piece_form_of(case.target)
    refused = _why_not_regrouped(case, *forms)
    if refused is None:
        reason = "Shards are written anew." if refusal is None else f"Not copied: {refusal}."
        return Way("regrouped", "pieces", reason)
    return Way("re-encoded", "elements", f"Not regrouped: {refused}.")


def _why_not_copied(case: Case) -> str | None:
    source, target = case.source, case.target
    if source.chunk_shape is None or target.chunk_shape is None:
        if not case.is_whole or _grid(source) != _grid(target):
            return "the chunk grids differ"
    elif source.chunk_shape != target.chunk_shape:
        return f"stored chunks of {source.chunk_shape} become {target.chunk_shape}"
    elif not case.begins_and_ends_at(source.chunk_shape):
        return "the region cuts stored chunks"
    if source["zarr_format"] == target["zarr_format"] and _essence(source) == _essence(target):
        return None
    try:
        chains = [spelled(in_format3(each).array.codecs) for each in (source, target)]  # type: ignore[union-attr]
    except Exception as err:  # noqa: BLE001  # no spelling, or a codec that is not installed
        return str(err).rstrip(".")
    if chains[0] != chains[1]:
        return _differ(*chains)
    return _why_not_alike(source, target)


def _grid(document: Document) -> Any:
    return in_format3(document)["chunk_grid"]


def _essence(document: Document) -> dict[str, Any]:
    """What decides how elements become stored values."""
    members: dict[str, Any] = json.loads(document.json)
    names = ("shape", "chunk_key_encoding", "dimension_separator", "dimension_names", "fill_value")
    return {name: value for name, value in members.items() if name not in names}


def _why_not_alike(source: Document, target: Document) -> str | None:
    if source["zarr_format"] == target["zarr_format"] or mean_the_same(source, target):
        return None
    return "the codecs have the same names in both formats, but a trial gave other elements"


def _differ(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    names = [[str(json.loads(codec)["name"]) for codec in chain] for chain in (one, other)]
    if names[0] != names[1]:
        return f"the codecs {names[0]} become {names[1]}"
    pairs = zip(names[0], one, other, strict=True)
    changed = [name for name, a, b in pairs if a != b]
    return f"the configuration of {changed} differs"


def _why_not_regrouped(case: Case, source: PieceForm | str, target: PieceForm | str) -> str | None:
    if isinstance(source, str) or isinstance(target, str):
        return str(source if isinstance(source, str) else target).rstrip(".")
    if source.core != target.core:
        return _differ(source.codecs, target.codecs)
    if source.shape != target.shape:
        return f"chunks of {source.shape} become {target.shape}"
    if not case.begins_and_ends_at(source.shape):
        return "the region cuts chunks"
    return _why_not_alike(case.source, case.target)
