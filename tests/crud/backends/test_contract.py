"""The interface of backends, and what they inherit."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.crud.test_document import document_members
from zarr.crud import CrudBackend, Location, Options
from zarr.crud._document.cache import as_document
from zarr.crud.backends.contract import CONTRACT
from zarr.storage import MemoryStore

VERBS = ("supports", "read_chunk", "write_chunk", "read_region", "write_region")


def backend_with(*names: str) -> type[CrudBackend]:
    """A backend that implements some of the verbs."""
    return type("Mine", (CrudBackend,), dict.fromkeys(names, lambda *_, **__: None))


def test_a_backend_implements_five_verbs_and_no_more() -> None:
    """Catches a new abstract method, which would break the backends of other packages."""
    assert CrudBackend.__abstractmethods__ == set(VERBS)
    backend_with(*VERBS)()
    for name in VERBS:
        with pytest.raises(TypeError, match=name):
            backend_with(*set(VERBS) - {name})()


def test_what_a_backend_inherits_is_harmless() -> None:
    """Catches a default that changes what the backends of other packages do."""
    mine: Any = backend_with(*VERBS)
    assert (mine.contract, mine.preference, mine.unavailable()) == (CONTRACT, 0, None)
    location = Location(MemoryStore(), "a")
    assert mine().reader(as_document(document_members()), location) is None
    document, options = as_document(document_members()), Options(chunk_cache=1)
    assert mine().reader_with(document, location, options) is None
    assert mine().direct_store(location) is None
    assert mine().chunk_cache_info() is None
    assert mine().chunk_cache_use(document, location, options).startswith("not used: ")


def test_a_backend_need_not_store_documents_itself() -> None:
    """Catches an inherited verb that passes on the wrong arguments."""
    backend, store = backend_with(*VERBS)(), MemoryStore()
    root, location = Location(store, ""), Location(store, "a")
    document = as_document(document_members())
    backend.create(document, location, overwrite=False)
    with pytest.raises(ValueError, match="overwrite=True"):
        backend.create(document, location, overwrite=False)
    backend.create(document, location, overwrite=True)
    assert backend.read_metadata(location) == document
    changed = as_document(document_members(shape=[9, 9]))
    backend.write_metadata(changed, location)
    assert backend.list_children(root) == [("a", changed)]
    backend.delete_node(location)
    assert backend.list_children(root) == []


def test_the_arguments_of_the_verbs_are_these() -> None:
    """Catches a changed name or order of arguments, which breaks the backends of other packages."""
    expected = {
        "supports": "document location operation selection options",
        "read_chunk": "document location index out options",
        "write_chunk": "document location index value options",
        "read_region": "document location selection out options",
        "write_region": "document location selection value options",
        "reader": "document location",
        "direct_store": "location",
        "create": "document location overwrite",
    }
    for name, arguments in expected.items():
        found = inspect.signature(getattr(CrudBackend, name)).parameters
        assert list(found) == ["self", *arguments.split()]
