"""Documents as zarr's metadata objects, and errors that name the member at fault."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.crud.test_bad_documents import v2_members
from tests.crud.test_document import document_members
from zarr.core.group import GroupMetadata
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.crud import DocumentError
from zarr.crud._document.parse import node_type_of, parsed


@pytest.mark.parametrize(
    ("members", "node_type", "made"),
    [
        (document_members(), "array", ArrayV3Metadata),
        ({"zarr_format": 3, "node_type": "group"}, "group", GroupMetadata),
        (v2_members(), "array", ArrayV2Metadata),
        (v2_members(shape=[], chunks=[]), "array", ArrayV2Metadata),
        ({"zarr_format": 2}, "group", GroupMetadata),
    ],
)
def test_each_kind_of_document_becomes_its_own_object(
    members: dict[str, Any], node_type: str, made: type
) -> None:
    """Catches an array of format 2, which has no `node_type`, taken for a group."""
    assert node_type_of(members) == node_type
    assert type(parsed(members)) is made


@pytest.mark.parametrize(
    ("members", "name"),
    [
        (document_members(data_type="int17"), "data_type"),
        (document_members(fill_value="x"), "fill_value"),
        (document_members(data_type="uint8", fill_value=-1), "fill_value"),
        (document_members(chunk_key_encoding={"name": "own"}), "chunk_key_encoding"),
        (document_members(codecs=[{"name": "own"}]), "codecs"),
        (document_members(codecs=[{"name": "crc32c"}]), "codecs"),
        (v2_members(dtype="<i17"), "dtype"),
        (v2_members(fill_value="x"), "fill_value"),
        (v2_members(filters=[{"id": "own"}]), "filters"),
        (v2_members(compressor={"id": "own"}), "compressor"),
    ],
)
def test_the_member_that_zarr_refuses_is_named(members: dict[str, Any], name: str) -> None:
    """Catches a message that names a valid member, or no member."""
    with pytest.raises(DocumentError, match=f"is not valid: `{name}` ") as caught:
        parsed(members)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("version", [1, 4, True, "3", 3.0, None])
def test_there_are_two_formats(version: Any) -> None:
    """Catches a number that is accepted as the format because it equals 3."""
    with pytest.raises(DocumentError, match=r"`zarr_format` is .*; use 2 or 3"):
        parsed(document_members(zarr_format=version))


def test_a_wrong_engine_is_no_fault_of_the_document() -> None:
    """Catches an error that blames a valid document for a wrong configured engine."""
    with (
        zarr.config.set({"array.engine": 5}),
        pytest.raises(TypeError, match=r"array\.engine is 5"),
    ):
        parsed(document_members())


def test_the_given_members_are_not_changed() -> None:
    """Catches a repair in the caller's own mapping."""
    members = v2_members(shape=[0, 5], chunks=[0, 2])
    before = v2_members(shape=[0, 5], chunks=[0, 2])
    assert parsed(members).shape == (0, 5)  # type: ignore[union-attr]
    assert members == before
