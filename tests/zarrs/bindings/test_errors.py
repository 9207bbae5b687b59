"""Kinds and their classes, bounds, shapes, budgets, documents, keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
    LITTLE,
    Axis,
    Bound,
    Bridge,
    bridged,
    document,
    files,
    local,
    ramp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def registered() -> Iterator[dict[str, type[Exception]]]:
    classes = {kind: type(kind, (Exception,), {}) for kind in zb.KINDS}
    zb.register_errors(dict(classes))
    yield classes
    zb.register_errors({})


def test_the_kinds_are_stable() -> None:
    """Catches a kind that is renamed, lost or added without those who map it."""
    assert zb.KINDS == (
        "metadata",
        "unsupported",
        "decode-failed",
        "chunk-not-found",
        "bounds",
        "value-shape",
        "budget",
        "read-only",
        "invalid-path",
        "internal",
    )


def test_the_registered_class_of_each_kind_is_raised(
    registered: dict[str, type[Exception]],
) -> None:
    """Catches errors that bypass the registered classes."""
    bridge = Bridge({"c/0/0": b"bad"})
    ours = bridged(bridge, document(), missing_chunks="error")
    cases: dict[str, Any] = {
        "metadata": lambda: zb.read_region("{", ours.store, (), "", np.dtype("i4"), None, None),
        "unsupported": lambda: zb.read_region(
            document(dtype="string", fill=""), ours.store, (0, 0), "", np.dtype("i4"), None, None
        ),
        "decode-failed": lambda: ours.read(0, 0),
        "chunk-not-found": lambda: ours.read(4, 4),
        "bounds": lambda: ours.read(7, 0),
        "value-shape": lambda: ours.write_chunk(ramp((2, 3)), 0, 0),
        "budget": lambda: bridged(bridge, document(), decoded_size_budget=10).read_all(),
        "read-only": lambda: Bound(
            document(),
            zb.PythonStore(bridge, read_only=True),
        ).write_all(ramp((7, 5))),
        "invalid-path": lambda: Bound(document(), ours.store, "../up").read_all(),
        "internal": lambda: bridged(Silent(), document()).read_all(),
    }
    assert tuple(cases) == zb.KINDS
    for kind, call in cases.items():
        with pytest.raises(registered[kind]) as caught:
            call()
        assert type(caught.value) is registered[kind]


class Silent(Bridge):
    def get_many(self, requests: object) -> Any:
        return []


BAD: list[tuple[Axis, ...]] = [
    (7, 0),
    (-1, 0),
    (0,),
    (0, 0, 0),
    ((0, 1, 8), (0, 1, 5)),
    ((6, -1, 8), 0),
    ((0, 4, 3), 0),
    ((0, 0, 2), 0),
    ((0, 1, -1), 0),
    ((2**63 - 1, 2**63 - 1, 2**63 - 1), 0),
    ((0, 1, 2**70), 0),
    (2**70, 0),
    (-(2**200), 0),
    ((0, 2**200, 2), 0),
]


@pytest.mark.parametrize("selection", BAD)
def test_a_selection_outside_of_the_array_is_refused(selection: tuple[Axis, ...]) -> None:
    """Catches a read outside of memory when a caller does not check."""
    ours = bridged(Bridge(), document())
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.read(*selection)
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.write(ramp((1,)), *selection)


@pytest.mark.parametrize("index", [(3, 0), (0, 3), (-1, 0), (0,), (0, 0, 0), (2**64, 0)])
def test_an_index_outside_of_the_grid_is_refused(index: tuple[int, ...]) -> None:
    """Catches chunks that no array has."""
    with pytest.raises(RuntimeError, match=r"^bounds: chunk index"):
        bridged(Bridge(), document()).read_chunk(*index)


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """Catches memory that is read or written beyond its end, or objects made of numbers."""
    ours = local(tmp_path, document(dtype="int64"))
    frozen = np.zeros((7, 5), "i8")
    frozen.flags.writeable = False
    wrong = [
        np.zeros((5, 7), "i8"),
        np.zeros((7, 5, 1), "i8"),
        np.zeros((7, 5), "i4"),
        np.zeros((7, 5), ">i8"),
        np.zeros((7, 5), "O"),
    ]
    for array in [*wrong, frozen]:
        with pytest.raises(RuntimeError, match=r"^value-shape: "):
            ours.read((0, 1, 7), (0, 1, 5), out=array)
    for array in wrong:
        with pytest.raises(RuntimeError, match=r"^value-shape: "):
            ours.write_all(array)
    text = document(dtype="r128", fill=[0] * 16)
    whole = ((0, 1, 7), (0, 1, 5))
    for dtype in (np.dtypes.StringDType(), np.dtype([("a", "O"), ("b", "i8")])):
        with pytest.raises(RuntimeError, match=r"^value-shape: "):
            zb.read_region(text, ours.store, whole, "", dtype, None, None)
    assert files(tmp_path) == {}


def test_supports_names_what_it_refuses() -> None:
    """Catches a refusal without a reason, and a call that serves what `supports` refuses."""
    cases = {
        "zarr_format 2": json.dumps({"zarr_format": 2}),
        "`hexagonal`": document(chunk_grid={"name": "hexagonal", "configuration": {}}),
        "`string`": document(dtype="string", fill=""),
        "`zfpy`": document(codecs=(LITTLE, {"name": "zfpy"})),
        "`new`": document(new={"must_understand": True}),
        "rank 65": document((1,) * 65, (1,) * 65),
    }
    store = bridged(Bridge(), document()).store
    for words, text in cases.items():
        assert words in (zb.supports(text) or "")
        with pytest.raises(RuntimeError, match=f"^unsupported: .*{words}"):
            zb.read_region(text, store, (), "", np.dtype("i4"), None, None)
    assert zb.supports(document(new={"must_understand": False})) is None
    assert zb.supports("[" * 10**6) is not None


def test_options_refuse_what_they_do_not_know() -> None:
    """Catches misspelt options that would be ignored."""
    wrong: list[dict[str, Any]] = [{"concurrency": 0}]
    wrong += [{name: "maybe"} for name in ("missing_chunks", "durability", "locking")]
    for options in wrong:
        with pytest.raises(ValueError, match="use "):
            zb.Options(**options)


def test_a_python_store_refuses_what_only_files_can_do() -> None:
    """Catches options that are taken and ignored."""
    bridge = Bridge()
    for options in ({"durability": "fsync"}, {"locking": "processes"}):
        with pytest.raises(RuntimeError, match=r"unsupported: .* only a FilesystemStore"):
            bridged(bridge, document(), **options).write_all(ramp((7, 5)))
    assert bridge.values == {}
