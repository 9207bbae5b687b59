"""What `cp` and `repack` share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import zarr
from tests.crud.cli.running import error, found, run, started
from zarr.storage import LocalStore


@pytest.mark.parametrize("command", ["cp", "repack"])
def test_a_dry_run_writes_nothing(ocean: Path, tmp_path: Path, command: str) -> None:
    """Catches a plan that is carried out."""
    for name in ("a.zarr", "a.zip"):
        plan = found(command, ocean, tmp_path / name, "--dry-run")
        assert {one["path"]: one["way"] for one in plan["arrays"]} == {
            "deep/heat": "copied",
            "deep/names": "copied",
            "depth": "copied",
        }
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize("command", ["cp", "repack"])
def test_what_is_there_is_kept(ocean: Path, tmp_path: Path, command: str) -> None:
    """Catches a target that is replaced without being asked for."""
    run(command, ocean, tmp_path / "a.zarr")
    before = (tmp_path / "a.zarr" / "depth" / "zarr.json").read_bytes()
    assert "--overwrite" in error(command, ocean / "depth", tmp_path / "a.zarr")
    assert (tmp_path / "a.zarr" / "depth" / "zarr.json").read_bytes() == before
    run(command, ocean / "depth", tmp_path / "a.zarr", "--overwrite")
    assert zarr.open_array(LocalStore(tmp_path / "a.zarr"), mode="r").shape == (7, 5)


def test_a_failed_chunk_is_a_failure(ocean: Path, tmp_path: Path) -> None:
    """Catches a success with a chunk that is missing, or a failure without its key."""
    (ocean / "depth" / "c" / "1" / "1").write_bytes(b"damaged")
    where = (ocean / "depth", tmp_path / "a.zarr", "--chunks", "5,5")
    assert "c/1/1" in run("repack", *where, status=1).stderr
    result = run("repack", *where, "--resume", "--keep-going", "--json", status=1)
    assert '"key": "c/1/1"' in result.stdout or '"key": "c/0/0"' in result.stdout


def test_options_belong_to_urls(ocean: Path, tmp_path: Path) -> None:
    """Catches an option that goes nowhere."""
    for flag in ("-o", "-O"):
        error("cp", ocean, tmp_path / "a.zarr", flag, "anon=true", status=2)


def test_a_source_within_the_target_is_kept(ocean: Path, tmp_path: Path) -> None:
    """Catches a source that `--overwrite` deletes: an archive, or a folder behind a URL."""
    folder = tmp_path / "d"
    folder.mkdir()
    run("cp", ocean, folder / "s.zip")
    before = (folder / "s.zip").read_bytes()
    for source, target in (("s.zip", "."), ("s.zip/depth", "s.zip"), ("s.zip", "./s.zip")):
        assert "source" in error("cp", folder / source, f"{folder}/{target}", "--overwrite")
    assert (folder / "s.zip").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["s.zip"]
    for more in ("", "/new"):
        assert "source" in error(
            "cp", ocean / more.strip("/"), f"local://{ocean}{more}", "--overwrite"
        )
    assert "source" in error("cp", ocean / "deep", f"local://{ocean}", "--overwrite")
    assert (ocean / "deep" / "zarr.json").exists()


def test_an_interrupt_says_how_to_go_on(ocean: Path, tmp_path: Path) -> None:
    """Catches a target that is left without a word, or looks complete."""
    code = """
import time
from zarr.crud._repack import run as ran
from zarr.crud import RepackPlan
def slow(self, **how):
    print("begun", flush=True)
    time.sleep(60)
RepackPlan.run = slow
from zarr.crud._cli.main import main; main()
"""
    for name, note in (
        ("a.zarr", b"note: the target is not complete; --resume goes on"),
        ("a.zip", b"note: no ZIP file was made, and an old one is as it was"),
    ):
        process = started("cp", ocean, tmp_path / name, code=code)
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (130, b"")
        assert err.startswith(note)
        assert b"--resume" not in err or name == "a.zarr"
