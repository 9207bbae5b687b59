"""Converts the members of a document to zarr's metadata object; errors name the member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.core.array import parse_array_metadata
from zarr.core.chunk_key_encodings import parse_chunk_key_encoding
from zarr.core.dtype import get_data_type_from_json
from zarr.core.group import GroupMetadata
from zarr.core.metadata.repair import repair_array_document
from zarr.core.metadata.v2 import get_object_codec_id, parse_compressor, parse_filters
from zarr.core.metadata.v3 import parse_chunk_grid, parse_codecs
from zarr.crud._arguments import is_of_engine
from zarr.crud._document.checks import (
    check_array,
    check_attributes,
    check_experimental,
    shown,
    wrong,
)
from zarr.crud._document.chunks import check_chunks
from zarr.crud._document.codecs import check_codecs, check_fill_value
from zarr.crud._errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata


def node_type_of(members: Mapping[str, Any]) -> str:
    """Return `"array"`, `"group"`, or whatever else the document says."""
    if members.get("zarr_format") == 2:
        return "array" if "shape" in members else "group"
    return str(members.get("node_type"))


def parsed(members: Mapping[str, Any]) -> ArrayV2Metadata | ArrayV3Metadata | GroupMetadata:
    """Return zarr's own metadata object for a document, validated.

    Raises
    ------
    DocumentError
        A member is missing, malformed, or unknown although it must be understood.
    """
    version = members.get("zarr_format")
    if type(version) is not int or version not in (2, 3):
        raise wrong("zarr_format", f"is {shown(version)}; use 2 or 3")
    node_type = node_type_of(members)
    try:
        if node_type == "group":
            check_attributes(members)
            return GroupMetadata.from_dict(dict(members))
        if node_type == "array":
            check_experimental(members)
            # As zarr repairs documents of older software: `true` means 1, chunks of 0 mean no
            # elements.
            check_array(repair_array_document(members, 2 if version == 2 else 3)[0])
            metadata = parse_array_metadata(dict(members))
            check_fill_value(metadata)
            check_codecs(metadata)
            check_chunks(metadata)
            return metadata
    except (DocumentError, ImportError):
        # The document is valid for whoever has the package that is missing.
        raise
    except Exception as err:
        if is_of_engine(err):
            # Zarr's parsers make array configurations, which look up the configured engine.
            raise
        # Zarr's parsers raise arbitrary exceptions for an invalid document.
        explained, reason = _explained(members, node_type, err)
        raise explained from reason
    raise wrong("node_type", f"is {shown(node_type)}; use 'array' or 'group'")


def _explained(
    members: Mapping[str, Any], node_type: str, err: Exception
) -> tuple[DocumentError, Exception]:
    """The error for a refused document, which names the member at fault, and its cause.

    Runs the parsers of the members one by one: the first that fails identifies the member.
    """
    parsers = _PARSERS[members["zarr_format"]] if node_type == "array" else {}
    for name, parse in parsers.items():
        try:
            parse(members)
        except Exception as reason:  # noqa: BLE001  # parsers raise whatever they like
            return wrong(name, f"is {shown(members.get(name))}: {_said(reason)}"), reason
    if parsers:
        # Each part is valid by itself, so the codecs do not fit the rest.
        name = "codecs" if "codecs" in members else "filters"
        return wrong(name, f"is {shown(members.get(name))}: {_said(err)}"), err
    return DocumentError(f"the metadata document is not valid: {_said(err)}"), err


def _said(err: Exception) -> str:
    text = f"member {err} is missing" if type(err) is KeyError else str(err) or type(err).__name__
    return text if len(text) <= 300 else f"{text[:297]}..."


def _data_type(members: Mapping[str, Any]) -> Any:
    return get_data_type_from_json(members["data_type"], zarr_format=3)


def _v2_data_type(members: Mapping[str, Any]) -> Any:
    codecs = (*(members.get("filters") or ()), members.get("compressor"))
    spec: Any = {"name": members["dtype"], "object_codec_id": get_object_codec_id(codecs)}
    return get_data_type_from_json(spec, zarr_format=2)


def _v2_fill_value(members: Mapping[str, Any]) -> Any:
    fill_value = members["fill_value"]
    if fill_value is None:
        return None
    return _v2_data_type(members).from_json_scalar(fill_value, zarr_format=2)


_PARSERS: Final[Mapping[int, Mapping[str, Callable[[Mapping[str, Any]], Any]]]] = {
    2: {
        "filters": lambda members: parse_filters(members.get("filters")),
        "compressor": lambda members: parse_compressor(members.get("compressor")),
        "dtype": _v2_data_type,
        "fill_value": _v2_fill_value,
    },
    3: {
        "data_type": _data_type,
        "fill_value": lambda members: _data_type(members).from_json_scalar(
            members["fill_value"], zarr_format=3
        ),
        "chunk_key_encoding": lambda m: parse_chunk_key_encoding(m["chunk_key_encoding"]),
        "chunk_grid": lambda members: parse_chunk_grid(members["chunk_grid"]),
        "codecs": lambda members: parse_codecs(members["codecs"]),
    },
}
