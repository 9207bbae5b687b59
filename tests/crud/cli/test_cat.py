"""`cat` prints elements."""

from __future__ import annotations

import json
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.cli.conftest import DEPTH
from tests.crud.cli.running import COMMAND, error, own_environment, run, said
from zarr.storage import LocalStore


@pytest.mark.parametrize(("text", "expected"), [
    ("...", DEPTH), ("2", DEPTH[2]), ("1:3, ::-2", DEPTH[1:3, ::-2]), ("-1, 2", DEPTH[-1, 2]),
    ("[0, 5], :", DEPTH[[0, 5]]), (":, [0:2, 4:5]", DEPTH[:, [0, 1, 4]]), ("3:3", DEPTH[3:3]),
])  # fmt: skip
def test_a_selection_is_printed(ocean: Path, text: str, expected: Any) -> None:
    """Catches a selection that means something else than in Python."""
    printed = said("cat", "--", ocean / "depth", text)
    values = [int(word) for word in printed.split()]
    assert values == np.asarray(expected).reshape(-1).tolist()
    members = json.loads(said("cat", "--json", "--", ocean / "depth", text))
    assert members["values"] == np.asarray(expected).tolist()
    assert members["shape"] == list(np.shape(expected))


def test_rows_are_lines(ocean: Path, tmp_path: Path) -> None:
    """Catches rows that run together, or planes without an empty line."""
    assert said("cat", ocean / "depth", "0:2").splitlines() == ["0 1 2 3 4", "5 6 7 8 9"]
    zarr.create_array(LocalStore(tmp_path / "a"), data=np.arange(8).reshape(2, 2, 2))
    assert said("cat", tmp_path / "a") == "0 1\n2 3\n\n4 5\n6 7\n"


def test_a_table_is_read_by_numpy(ocean: Path) -> None:
    """Catches a separator that is missing."""
    text = said("cat", ocean / "depth", "--format", "csv")
    assert np.array_equal(np.loadtxt(StringIO(text), delimiter=",", dtype="i4"), DEPTH)
    assert said("cat", ocean / "depth", "0", "-f", "csv").splitlines() == list("01234")


def test_text_is_escaped_in_lines_and_exact_in_tables(ocean: Path) -> None:
    """Catches control characters that reach a terminal."""
    assert said("cat", ocean / "deep" / "names").split() == ["a", "b", "c\\x1b[2J"]
    table = run("cat", ocean / "deep" / "names", "-f", "csv").stdout_bytes
    assert table == b'a b\nc\x1b[2J\n""\n'


@pytest.mark.parametrize("dtype", ["f4", ">i2", "c8", "M8[s]", "S3", "?"])
def test_a_file_is_read_by_numpy(tmp_path: Path, dtype: str) -> None:
    """Catches a header of another type or order than the data."""
    values = np.arange(35).reshape(7, 5).astype(dtype)
    zarr.create_array(LocalStore(tmp_path / "a"), data=values, chunks=(3, 2), zarr_format=2)
    run("cat", tmp_path / "a", "1:, 2:", "-f", "npy", "--output", tmp_path / "a.npy")
    read = np.load(tmp_path / "a.npy")
    assert read.tobytes() == np.ascontiguousarray(values[1:, 2:]).tobytes()
    assert read.dtype == values.dtype


def test_a_file_goes_through_a_pipe(ocean: Path) -> None:
    """Catches text that is mixed into binary output."""
    command = [*COMMAND, "cat", str(ocean / "depth"), "-f", "npy"]
    done = subprocess.run(command, capture_output=True, env=own_environment(), check=True)
    assert done.stdout.startswith(b"\x93NUMPY")
    assert done.stdout.endswith(DEPTH.tobytes())


def test_a_file_is_complete_or_not_there(ocean: Path, tmp_path: Path) -> None:
    """Catches half a file, or a temporary one that stays."""
    (ocean / "depth" / "c" / "2" / "1").write_bytes(b"damaged")
    (tmp_path / "a.npy").write_bytes(b"old")
    assert "c/2/1" in error("cat", ocean / "depth", "-f", "npy", "--output", tmp_path / "a.npy")
    assert (tmp_path / "a.npy").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "ocean.zarr"]


@pytest.mark.parametrize("text", ["x", "1:2:3:4", "::0", "[1", "1,,2", "[1, 2:3]", "1.5", ""])
def test_what_is_no_selection_is_refused(ocean: Path, text: str) -> None:
    """Catches a traceback for a typo."""
    assert "is no selection" in error("cat", ocean / "depth", text, status=2)


@pytest.mark.parametrize("text", ["7", "0, 0, 0", "[9]"])
def test_what_does_not_fit_is_refused(ocean: Path, text: str) -> None:
    """Catches a selection beyond the array that is cut off."""
    error("cat", ocean / "depth", text, status=2)


def test_mistakes_are_one_sentence(ocean: Path) -> None:
    """Catches a traceback."""
    assert "is a group" in error("cat", ocean)
    assert "no engine named" in error("cat", ocean / "depth", "--engine", "zars", status=2)
    assert "variable length" in error("cat", ocean / "deep" / "names", "-f", "npy", status=2)
    zarr.create_array(LocalStore(ocean), name="cube", data=np.zeros((2, 2, 2)))
    assert "two axes" in error("cat", ocean / "cube", "-f", "csv", status=2)
