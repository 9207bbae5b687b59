"""One read into an array, or one write from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    document,
    everything,
    files,
    local,
    ramp,
)

if TYPE_CHECKING:
    from pathlib import Path

CODED = document(codecs=(LITTLE, ZSTD))


class Named(Bridge):
    def __str__(self) -> str:
        return "memory://named"


class Nameless(Bridge):
    def __str__(self) -> str:
        raise ValueError("no name")


@pytest.mark.parametrize("kind", ["files", "named", "nameless"])
def test_damage_is_reported_with_the_name_of_the_store(tmp_path: Path, kind: str) -> None:
    """Catches an error that does not say which of several stores is damaged."""
    bridge = Named() if kind == "named" else Nameless()
    bridge.values = {"a/c/0/0": b"bad"}
    ours = Bound(CODED, zb.PythonStore(bridge), "a")
    name = "memory://named" if kind == "named" else "its store"
    if kind == "files":
        (tmp_path / "a/c/0").mkdir(parents=True)
        (tmp_path / "a/c/0/0").write_bytes(b"bad")
        ours, name = Bound(CODED, zb.FilesystemStore(str(tmp_path)), "a"), f"file://{tmp_path}"
    words = f"^decode-failed: the stored value of 'a/c/0/0' in {name} "
    with pytest.raises(RuntimeError, match=words):
        ours.read_all()
    with pytest.raises(RuntimeError, match=words):
        ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1))


def test_a_result_is_the_array_that_was_passed_or_a_new_one(ours: Bound) -> None:
    """Catches a result that is a copy of `out`, or that a later call changes."""
    out = np.zeros((7, 5), "i4")
    assert ours.read(*everything((7, 5)), out=out) is out
    first, second = ours.read_all(), ours.read_all()
    first[...] = 0
    np.testing.assert_array_equal(second, out)
    whole = np.zeros((6, 2) if "sharding" in ours.text else (3, 2), "i4")
    assert ours.read_chunk(0, 0, out=whole) is whole
    np.testing.assert_array_equal(whole, ramp((7, 5))[: len(whole), :2])


@pytest.mark.parametrize("shape", [(), (1,), (35,), (7, 5, 1), (5, 7), (7, 4)])
def test_a_value_of_another_shape_is_refused_before_anything_is_stored(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    """Catches values that are silently broadcast or reshaped, and half a write."""
    ours = local(tmp_path, document())
    with pytest.raises(RuntimeError, match=r"^value-shape: value has shape .*shape \[7, 5\]"):
        ours.write_all(np.ones(shape, "i4"))
    assert files(tmp_path) == {}


def test_rank_0_and_empty_selections_are_written_and_read(tmp_path: Path) -> None:
    """Catches an array of one element, or of none, that takes another path and is lost."""
    scalar = local(tmp_path / "scalar", document((), ()))
    scalar.write(np.array(5, "i4"))
    assert scalar.read().shape == ()
    assert scalar.read() == 5
    nothing = local(tmp_path / "none", document((0, 5), (3, 2)))
    nothing.write_all(np.ones((0, 5), "i4"))
    assert nothing.read_all().shape == (0, 5)
    assert files(tmp_path / "none") == {}
