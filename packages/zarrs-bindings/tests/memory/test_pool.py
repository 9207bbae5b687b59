"""The memory of freed results is reused for later ones, without visible effects."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, ZSTD, Bound, document, files, local, sharding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHAPE = (2050, 1030)
SIZE = 4 * 2050 * 1030


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    zb.memory_pool_clear()
    yield
    zb.memory_pool_clear()


def array(root: Path, *codecs: dict[str, Any], fill: int = 7, **options: Any) -> Bound:
    """An array of 8 MiB in ragged chunks, half of which are missing."""
    text = document(SHAPE, (400, 300), fill=fill, codecs=codecs or (LITTLE,))
    made = local(root, text, **options)
    made.write(np.full((1100, 1030), 3, "i4"), (0, 1, 1100), (0, 1, 1030))
    assert files(root)
    return made


def expected(fill: int = 7) -> Any:
    values = np.full(SHAPE, fill, "i4")
    values[:1100] = 3
    return values


def address(values: Any) -> int:
    return int(values.__array_interface__["data"][0])


@pytest.mark.parametrize("codecs", [(), (LITTLE, ZSTD), (sharding((200, 100)),)])
def test_memory_of_a_result_is_used_again_and_set_in_full(
    tmp_path: Path, codecs: tuple[dict[str, Any], ...]
) -> None:
    """Catches values of an earlier result: in gaps, at edges, in missing chunks."""
    ours = array(tmp_path, *codecs)
    first = ours.read_all()
    place = address(first)
    first[...] = -1
    del first
    assert zb.memory_pool_info() == (1, SIZE)
    again = ours.read_all()
    assert address(again) == place
    assert zb.memory_pool_info() == (0, 0)
    np.testing.assert_array_equal(again, expected())
    again[...] = -1
    del again
    rows = np.arange(2049, -1, -1)
    np.testing.assert_array_equal(ours.read(rows, (0, 1, 1030)), expected()[::-1])


def test_memory_with_a_living_view_is_not_reused(tmp_path: Path) -> None:
    """Catches memory that is reused while a view of it is alive."""
    ours = array(tmp_path)
    view = ours.read_all()[5:6, ::-3]
    exported = memoryview(ours.read_all())
    assert zb.memory_pool_info() == (0, 0)
    others = [ours.read_all() for _ in range(3)]
    for other in others:
        other[...] = -1
    assert (view == 3).all()
    assert exported[0, 0] == 3
    assert len({address(other) for other in others}) == 3


def test_a_failed_read_gives_its_memory_back(tmp_path: Path) -> None:
    """Catches memory that is lost, or that exposes half a result."""
    ours = array(tmp_path)
    (tmp_path / "c" / "2" / "0").write_bytes(b"short")
    for _ in range(3):
        with pytest.raises(RuntimeError, match="decode-failed"):
            ours.read_all()
        assert zb.memory_pool_info() == (1, SIZE)


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    """Catches a pool that grows with the number of results, or that cannot be turned off."""
    ours = array(tmp_path, memory_pool=3 * SIZE)
    many = [ours.read_all() for _ in range(5)]
    del many
    assert zb.memory_pool_info() == (3, 3 * SIZE)
    without = array(tmp_path, memory_pool=0)
    del ours
    result = without.read_all()
    assert zb.memory_pool_info() == (3, 3 * SIZE)
    del result
    assert zb.memory_pool_info() == (3, 3 * SIZE)
    zb.memory_pool_clear()
    assert zb.memory_pool_info() == (0, 0)


def test_small_results_and_others_of_other_sizes_take_no_kept_memory(tmp_path: Path) -> None:
    """Catches a small result that occupies a large block of memory."""
    ours = array(tmp_path)
    ours.read_all()
    ours.read((0, 1, 1500), (0, 1, 1000))
    assert zb.memory_pool_info()[0] == 2
    ours.read((0, 1, 10), (0, 1, 10))
    assert zb.memory_pool_info()[0] == 2


def test_a_forked_child_begins_with_nothing(tmp_path: Path) -> None:
    """Catches pages that are shared with the parent, each of which would cost a copy."""
    ours = array(tmp_path)
    ours.read_all()
    child = os.fork()
    if child == 0:
        right = zb.memory_pool_info() == (0, 0) and (ours.read_all() == expected()).all()
        os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert zb.memory_pool_info() == (1, SIZE)
