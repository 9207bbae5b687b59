"""Documents that are stored again keep the bits of their fill value.

A NaN other than the standard one is spelled by its bits: `"0x7fc12345"`. Zarr's metadata objects
hold a number, and would store `"NaN"` for it when attributes or the shape of the array change.
"""

from __future__ import annotations

import copy
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from zarr.core.metadata import ArrayMetadata

SPELLED: Final = "_spelled_fill_value"


def keeps_fill_value[T](cls: type[T]) -> type[T]:
    """Make a metadata class keep a fill value that the stored document spells by its bits."""
    changed: Any = cls
    from_dict, to_dict = changed.from_dict.__func__, changed.to_dict

    @wraps(from_dict)
    def read(cls: type[Any], /, data: dict[str, Any], **kwargs: Any) -> Any:
        metadata = from_dict(cls, data, **kwargs)
        fill_value = data.get("fill_value")
        if _has_bits(fill_value):
            object.__setattr__(metadata, SPELLED, copy.deepcopy(fill_value))
        return metadata

    @wraps(to_dict)
    def written(self: Any) -> dict[str, Any]:
        members: dict[str, Any] = to_dict(self)
        spelled = self.__dict__.get(SPELLED)
        if spelled is not None:
            members["fill_value"] = copy.deepcopy(spelled)
        return members

    read_by_class: Any = classmethod(read)
    changed.from_dict, changed.to_dict = read_by_class, written
    for name in ("update_shape", "update_attributes"):
        setattr(changed, name, _passing_on(getattr(changed, name)))
    return cls


def _passing_on(update: Any) -> Any:
    @wraps(update)
    def updated(self: Any, *args: Any, **kwargs: Any) -> Any:
        metadata = update(self, *args, **kwargs)
        spelled = self.__dict__.get(SPELLED)
        if spelled is not None:
            object.__setattr__(metadata, SPELLED, spelled)
        return metadata

    return updated


def spell_fill_value(metadata: ArrayMetadata) -> None:
    """Spell the bits of the fill value in a document that is about to be stored for an engine."""
    if metadata.zarr_format == 2 or SPELLED in metadata.__dict__:
        return
    from zarr.crud._document.fill_value import exact_json

    value, data_type = metadata.fill_value, metadata.data_type
    dtype = data_type.to_native_dtype()
    if dtype.kind not in "fcV":
        return
    exact = exact_json(value, dtype, data_type.to_json_scalar(value, zarr_format=3))
    if _has_bits(exact):
        object.__setattr__(metadata, SPELLED, exact)


def _has_bits(fill_value: object) -> bool:
    """Return whether a fill value, or a part of it, is spelled by its bits."""
    match fill_value:
        case str():
            return fill_value.startswith("0x")
        case list() | tuple():
            return any(map(_has_bits, fill_value))
        case dict():
            return any(map(_has_bits, fill_value.values()))
    return False
