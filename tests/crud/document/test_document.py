"""Documents are immutable, and equal if their members are."""

from __future__ import annotations

import pickle

import pytest

from tests.crud.test_document import document_members
from zarr.crud._document.cache import as_document


def test_two_documents_that_differ_in_attributes_are_one_to_an_engine() -> None:
    """Catches attributes in the key of a cache of constructed arrays."""
    one, two = (as_document(document_members(attributes={"n": n})) for n in (1, 2))
    assert one != two
    assert one.json == two.json


def test_a_document_is_a_mapping_that_callers_cannot_change() -> None:
    """Catches a document that changes under the same cache key, which gives wrong answers later."""
    document = as_document(document_members())
    document["shape"].append(9)  # type: ignore[union-attr]
    assert document["shape"] == [7, 5]
    assert dict(document) == document_members()
    assert document == document_members()
    assert {**document, "shape": [8, 8]}["shape"] == [8, 8]
    with pytest.raises(TypeError):
        document["shape"] = [8, 8]  # type: ignore[index]


def test_equal_documents_are_one_in_a_set() -> None:
    """Catches equal documents that differ because of the order of their members."""
    members = document_members()
    one, two = as_document(members), as_document(dict(reversed(members.items())))
    assert one is not two
    assert len({one, two}) == 1
    assert one != as_document(document_members(fill_value=1))


def test_a_document_survives_pickling() -> None:
    """Catches a document that cannot be sent to a worker."""
    document = as_document(document_members())
    assert pickle.loads(pickle.dumps(document)) == document
