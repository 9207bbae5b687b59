"""A state machine: compares any sequence of calls with a dictionary of NumPy arrays."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from zarr import crud
from zarr.abc.store import Store
from zarr.crud._document.document import Document
from zarr.crud.testing._documents import chunk_starts
from zarr.crud.testing._oracle import assert_same
from zarr.crud.testing._selections import Drawn, selections
from zarr.errors import ContainsArrayError, NodeNotFoundError
from zarr.storage import MemoryStore

NAMES = ("a", "b", "group/a", "group/b")
FILL = -9

names = st.sampled_from(NAMES)
lengths = st.lists(st.integers(0, 7), min_size=2, max_size=2)


class BackendMachine(RuleBasedStateMachine):
    """Create, write, read, resize and delete arrays, and list them; compare at every step.

    Arrays are sharded only if the backend serves shards. Documents from `read_metadata` are passed
    without a path, since they remember it.

    Subclass it, set `engine`, and let pytest collect the subclass' `TestCase`.
    """

    engine: ClassVar[str]
    """The name under which the backend is registered."""

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make_store()
        self.model: dict[str, npt.NDArray[Any]] = {}
        crud.create({"zarr_format": 3, "node_type": "group"}, self.store, path="group")

    def make_store(self) -> Store:
        """Return an empty store; override this to test the backend on another kind of store."""
        return MemoryStore()

    @rule(name=names, shape=lengths, sharded=st.booleans(), overwrite=st.booleans())
    def create(self, name: str, shape: list[int], sharded: bool, overwrite: bool) -> None:
        """Create a new array, or get an error that leaves the old one unchanged."""
        document = _document(shape, sharded=sharded)
        if sharded and not crud.explain(document, self.store)[self.engine].serves:
            document = _document(shape, sharded=False)
        if name in self.model and not overwrite:
            with pytest.raises(ContainsArrayError):
                crud.create(document, self.store, path=name, engine=self.engine)
            return
        crud.create(document, self.store, path=name, overwrite=overwrite, engine=self.engine)
        self.model[name] = np.full(shape, FILL, "i4")

    @rule(name=names, data=st.data(), value=st.integers(-10, 10))
    def write(self, name: str, data: st.DataObject, value: int) -> None:
        """Write a scalar or distinct values to any part."""
        if name not in self.model:
            return
        model = self.model[name]
        document = crud.read_metadata(self.store, path=name)
        drawn = self._drawn(data, document)
        count, shape = drawn.places.size, drawn.places.shape
        values = np.arange(value, value + count, dtype="i4").reshape(shape)
        drawn.put(model, values)
        crud.write_region(
            document,
            self.store,
            drawn.selection,
            values,
            kind=drawn.kind,
            engine=self.engine,
        )

    @rule(name=names, data=st.data())
    def read(self, name: str, data: st.DataObject) -> None:
        """Read any part, with the stored document."""
        if name not in self.model:
            with pytest.raises(NodeNotFoundError):
                crud.read_metadata(self.store, path=name, engine=self.engine)
            return
        document = crud.read_metadata(self.store, path=name, engine=self.engine)
        drawn = self._drawn(data, document)
        found = crud.read_region(
            document, self.store, drawn.selection, kind=drawn.kind, engine=self.engine
        )
        assert_same(found, drawn.of(self.model[name]))

    def _drawn(self, data: st.DataObject, document: Document) -> Drawn:
        drawn = data.draw(selections(document.shape, chunk_starts(document)))
        explained = crud.explain(document, self.store, drawn.selection, kind=drawn.kind)
        if explained[self.engine].serves:
            return drawn
        places = np.arange(math.prod(document.shape)).reshape(document.shape)
        return Drawn("basic", ..., places)

    @rule(name=names, shape=lengths)
    def resize(self, name: str, shape: list[int]) -> None:
        """Change the shape: delete chunks outside of it, and clear the cut parts of others."""
        if name not in self.model:
            return
        old, new = self.model[name], np.full(shape, FILL, "i4")
        kept = tuple(slice(0, min(a, b)) for a, b in zip(old.shape, shape, strict=True))
        new[kept] = old[kept]
        document = crud.read_metadata(self.store, path=name)
        for index in crud.list_chunks(document, self.store):
            crud.delete_chunk(document, self.store, index)
        resized = {**document, "shape": shape}
        crud.write_metadata(resized, self.store, path=name, engine=self.engine)
        crud.write_region(resized, self.store, ..., new, path=name, engine=self.engine)
        self.model[name] = new

    @rule(name=names)
    def delete(self, name: str) -> None:
        """Delete an existing array, or get an error for a missing one."""
        if self.model.pop(name, None) is None:
            with pytest.raises(NodeNotFoundError):
                crud.delete_node(self.store, path=name, engine=self.engine)
        else:
            crud.delete_node(self.store, path=name, engine=self.engine)

    @invariant()
    def every_array_is_what_it_should_be(self) -> None:
        """No call changes another array, and listing returns exactly the existing arrays."""
        listed = {
            path: document
            for parent in ("", "group")
            for path, document in crud.list_children(self.store, path=parent, engine=self.engine)
            if document.node_type == "array"
        }
        assert listed.keys() == self.model.keys()
        for name, document in listed.items():
            found = crud.read_region(document, self.store, engine=self.engine)
            assert_same(found, self.model[name])


def _document(shape: list[int], *, sharded: bool) -> dict[str, Any]:
    codecs: list[dict[str, Any]] = [{"name": "bytes", "configuration": {"endian": "big"}}]
    if sharded:
        inner = {"chunk_shape": [1, 2], "codecs": codecs, "index_codecs": [_INDEX, _CHECKSUM]}
        codecs = [{"name": "sharding_indexed", "configuration": inner}]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": "int32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": FILL,
        "codecs": codecs,
    }


_INDEX = {"name": "bytes", "configuration": {"endian": "little"}}
_CHECKSUM = {"name": "crc32c"}
