"""`chunks` shows what is stored."""

from __future__ import annotations

from pathlib import Path

from tests.crud.cli.running import error, found, run, said


def test_missing_chunks_are_seen(ocean: Path) -> None:
    """Catches a map that is turned, or a chunk that is counted although it is missing."""
    (ocean / "depth" / "c" / "0" / "2").unlink()
    lines = said("chunks", ocean / "depth").splitlines()
    assert [line[2] == "·" for line in lines[-4:-1]] == [True, False, False]
    turned = said("chunks", ocean / "depth", "--axes", "1,0").splitlines()
    assert turned[-2][0] == "·"
    assert found("chunks", ocean / "depth")["missing_chunks"] == 1


def test_each_chunk_is_listed(ocean: Path) -> None:
    """Catches a size of another chunk."""
    lines = [line.split() for line in said("chunks", ocean / "depth", "--list").splitlines()]
    assert [line[0] for line in lines] == [f"{a},{b}" for a in range(3) for b in range(3)]
    size = (ocean / "depth" / "c" / "2" / "1").stat().st_size
    assert lines[7] == ["2,1", str(size)]
    assert {"index": [2, 1], "nbytes": size} in found("chunks", ocean / "depth")["stored"]


def test_indexes_of_shards_are_read(archive: Path) -> None:
    """Catches subchunks that are not counted."""
    [one] = found("chunks", archive / "deep" / "heat", "--level", "index")["stored"]
    assert (one["subchunks"], one["dead"]) == (4, 0)


def test_a_map_is_drawn(ocean: Path, tmp_path: Path) -> None:
    """Catches a file that is not written."""
    run("chunks", ocean / "depth", "--plot", tmp_path / "map.svg")
    assert "<svg" in (tmp_path / "map.svg").read_text()


def test_mistakes_are_one_sentence(ocean: Path) -> None:
    """Catches a traceback."""
    assert "is a group" in error("chunks", ocean)
    error("chunks", ocean / "depth", "--axes", "x", status=2)
    error("chunks", ocean / "depth", "--axes", "0,0")
