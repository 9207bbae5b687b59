"""Which engine would serve, and why the others would not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import zarr
from tests.crud.backends.test_registry import Recording
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import CountingStore
from zarr.storage import LocalStore, LoggingStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = document_members()
NEITHER = (
    "it reaches a LocalStore and obstore's stores over the network, and CountingStore is neither"
)
VALUES = np.arange(35, dtype="i2").reshape(7, 5)
SERVING = ["reference", "zarrs"]
BACKENDS = ["reference", "zarrista", "zarrs"]

# Only the reference serves this: shards after a codec that exists only in Python.
DELTA: dict[str, Any] = {"name": "numcodecs.delta", "configuration": {"dtype": "<i2"}}
SHARDS: dict[str, Any] = {
    "name": "sharding_indexed",
    "configuration": {
        "chunk_shape": [3, 2],
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
        "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    },
}


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`")
def test_every_backend_gives_a_verdict_without_any_io() -> None:
    """Catches a reason for a refusal that differs from the one that the call raises."""
    store = CountingStore()
    assert crud.explain(DOCUMENT, store, ...) == {
        "reference": crud.Verdict(serves=True, reason=None),
        "zarrista": crud.Verdict(serves=False, reason=NEITHER, store=f"not at all: {NEITHER}"),
        "zarrs": crud.Verdict(
            serves=True,
            reason=None,
            store="through Python: CountingStore is not a store that the extension knows",
        ),
    }
    refused = DOCUMENT | {"codecs": [DELTA, SHARDS]}
    verdicts = crud.explain(refused, store)
    assert verdicts["reference"].serves
    assert not verdicts["zarrs"].serves
    with pytest.raises(crud.UnsupportedError, match=verdicts["zarrs"].reason):
        crud.read_region(refused, store, engine="zarrs")
    for selection in (
        {"selection": ([0, 1], 0), "kind": "orthogonal"},
        {"selection": VALUES > 3, "kind": "mask"},
    ):
        verdicts = crud.explain(DOCUMENT, store, **selection)
        assert [name for name, verdict in verdicts.items() if verdict.serves] == SERVING
    assert store.calls == []


def test_a_registered_backend_is_asked_too() -> None:
    """Catches a registered backend that is not asked about the caller's operation."""
    backend = Recording(refusal="not today")
    with crud.register_backend(backend):
        verdicts = crud.explain(DOCUMENT, MemoryStore(), operation="write_chunk")
    assert verdicts["recording"] == crud.Verdict(serves=False, reason="not today")
    assert backend.asked == ["write_chunk"]


class Missing(Recording):
    """A backend with a missing requirement."""

    name: ClassVar[str] = "missing"

    @classmethod
    def unavailable(cls) -> str | None:
        return "the moon is not installed"


def test_a_backend_that_is_passed_or_configured_is_asked_too() -> None:
    """Catches a missing verdict of the engine in use."""
    backend, store = Recording(refusal="not today"), MemoryStore()
    refused = crud.Verdict(serves=False, reason="not today")
    assert crud.explain(DOCUMENT, store, engine=backend)["recording"] == refused
    with zarr.config.set({"array.engine": backend}):
        assert crud.explain(DOCUMENT, store)["recording"] == refused
    backend.name = "zarrs"  # type: ignore[misc]
    verdicts = crud.explain(DOCUMENT, store, engine=backend)
    assert sorted(verdicts) == BACKENDS
    assert verdicts["zarrs"] == refused
    missing = crud.explain(DOCUMENT, store, engine=Missing())["missing"]
    assert missing == crud.Verdict(serves=False, reason="the moon is not installed")


def test_a_name_adds_no_verdict_and_must_be_one() -> None:
    """Catches a misspelled name that adds a verdict, or that is accepted."""
    for engine in ("reference", "zarrs", "zarr", "auto"):
        assert sorted(crud.explain(DOCUMENT, {}, engine=engine)) == BACKENDS
    with pytest.raises(crud.UnknownBackendError, match="did you mean 'zarrs'"):
        crud.explain(DOCUMENT, MemoryStore(), engine="zars")


def test_a_selection_that_fits_no_array_is_an_error() -> None:
    """Catches an invalid selection that is reported as a backend's verdict."""
    with pytest.raises(IndexError):
        crud.explain(DOCUMENT, MemoryStore(), (0, 0, 0))


def test_the_way_to_the_store_is_told_without_any_io(tmp_path: Path) -> None:
    """Catches a store that is used through Python unnoticed, and a folder that a question makes."""
    root = tmp_path / "a"
    assert crud.explain(DOCUMENT, LocalStore(root))["zarrs"].store == "natively"
    assert not root.exists()
    verdicts = crud.explain(DOCUMENT, LoggingStore(LocalStore(root)))
    assert "LoggingStore is not a store" in str(verdicts["zarrs"].store)
    assert verdicts["reference"].store is None


def test_a_backend_says_whether_it_keeps_chunks() -> None:
    """Catches an option that is ignored without a word, and words where it was not given."""
    options = crud.Options(chunk_cache=1 << 20)
    with crud.register_backend(Recording("not today")):
        told = crud.explain(DOCUMENT, MemoryStore(), options=options)
    assert all(one.chunk_cache is None for one in crud.explain(DOCUMENT, MemoryStore()).values())
    for name in ("recording", "reference"):
        assert told[name].chunk_cache == "not used: the backend keeps no decoded chunks"
    assert str(told["zarrs"].chunk_cache).startswith("not used: nothing shows whether a value")
    sure = crud.Options(chunk_cache=1 << 20, immutable_store=True)
    assert crud.explain(DOCUMENT, MemoryStore(), options=sure)["zarrs"].chunk_cache == "used"
