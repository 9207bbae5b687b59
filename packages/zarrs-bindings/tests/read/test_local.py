"""Chunks read from files."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import Axis, Bound, document, done, local, positions, ramp

if TYPE_CHECKING:
    from pathlib import Path

ZLIB = {"name": "numcodecs.zlib", "configuration": {"level": 1}}
LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
CHAINS: dict[str, tuple[Any, ...]] = {"raw": (LITTLE,), "zlib": (LITTLE, ZLIB)}


@pytest.fixture(params=CHAINS)
def put(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Bound, Any]:
    """An array whose files, all but `c/1/2`, were made by NumPy, and its elements."""
    padded = np.zeros((9, 6), "<i4")
    padded[:7, :5] = ramp((7, 5))
    expected = ramp((7, 5))
    expected[3:6, 4] = -1
    for i, j in np.ndindex(3, 3):
        if (i, j) != (1, 2):
            data = padded[3 * i : 3 * i + 3, 2 * j : 2 * j + 2].tobytes()
            (tmp_path / f"c/{i}").mkdir(parents=True, exist_ok=True)
            value = zlib.compress(data) if request.param == "zlib" else data
            (tmp_path / f"c/{i}/{j}").write_bytes(value)
    return local(tmp_path, document(fill=-1, codecs=CHAINS[request.param])), expected


SELECTIONS: list[tuple[Axis, Axis]] = [
    ((0, 1, 7), (0, 1, 5)),
    ((6, -1, 7), (4, -2, 3)),
    (5, 4),
    ((2, 1, 3), (1, 1, 3)),
    (positions(6, 3, 3), positions(4, 0)),
    ((0, 1, 0), 2),
]


@pytest.mark.parametrize(("rows", "columns"), SELECTIONS)
def test_files_of_raw_bytes_read_as_the_elements_of_the_array(
    put: tuple[Bound, Any], rows: Axis, columns: Axis
) -> None:
    """Catches a file that is used for another chunk, and a missing one that is left unset."""
    ours, expected = put
    listed = [
        np.arange(axis[2]) * axis[1] + axis[0] if isinstance(axis, tuple) else np.atleast_1d(axis)
        for axis in (rows, columns)
    ]
    found = ours.read(rows, columns)
    np.testing.assert_array_equal(found.ravel(), expected[np.ix_(*listed)].ravel())


def test_each_file_is_read_once_and_the_missing_one_is_counted(put: tuple[Bound, Any]) -> None:
    """Catches a file that several jobs read, and a missing one that is counted wrongly."""
    ours, _ = put
    work = done(lambda: ours.read((6, -1, 7), positions(4, 4, 0)))
    assert (work["chunks_decoded"], work["chunks_missing"]) == (5, 1)


def test_an_error_names_the_file_that_is_wrong(put: tuple[Bound, Any], tmp_path: Path) -> None:
    """Catches the key of the first chunk, or of the job, instead of that of the damaged one."""
    ours, expected = put
    with pytest.raises(RuntimeError, match=r"^chunk-not-found: .*c/1/2"):
        local(tmp_path, ours.text, missing_chunks="error").read_all()
    (tmp_path / "c/2/1").write_bytes(b"bad")
    with pytest.raises(RuntimeError, match=r"^decode-failed: .*'c/2/1'"):
        ours.read_all()
    np.testing.assert_array_equal(ours.read((0, 1, 6), (0, 1, 5)), expected[:6])


def test_a_scalar_has_one_file_and_an_empty_array_none(tmp_path: Path) -> None:
    """Catches a scalar array without a chunk, and a chunk without elements."""
    (tmp_path / "c").write_bytes(b"\x07\0\0\0")
    assert local(tmp_path, document((), ())).read() == 7
    work = done(lambda: local(tmp_path, document((0, 5))).read_all())
    assert (work["chunks_decoded"], work["chunks_missing"]) == (0, 0)
