"""The codec pipeline on zarr as released, without the seams of the fork."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Final

import pytest

from fork.fetch import ROOT, fetch_wheel
from fork.pin import load_pin

CODE: Final = """
import sys
import numpy as np
import zarr
assert not hasattr(zarr, "list_engines"), zarr.__file__
zarr.__path__.append(sys.argv[1])
import zarr.zarrs
from zarr.zarrs import counters

for name in ("zarr.zarrs.ZarrsCodecPipeline", "zarrs.ZarrsCodecPipeline"):
    values = np.arange(35, dtype="f4").reshape(7, 5)
    with zarr.config.set({"codec_pipeline.path": name, "codec_pipeline.strict": True}):
        array = zarr.create_array(sys.argv[2] + name, shape=(7, 5), chunks=(3, 2), dtype="f4")
        memory = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), shards=(6, 4), dtype="f4")
    assert type(array._async_array.codec_pipeline) is zarr.zarrs.ZarrsCodecPipeline
    for one in (array, memory):
        before = counters()
        one[...] = values
        one.oindex[[6, 0], 3] = -1
        values_now = values.copy()
        values_now[[6, 0], 3] = -1
        assert np.array_equal(one[...], values_now)
        assert np.array_equal(one[::3, 1:], values_now[::3, 1:])
        assert np.array_equal(one.vindex[[6, 0], [3, 4]], values_now[[6, 0], [3, 4]])
        assert np.array_equal(one.oindex[[6, 0], 1:3], values_now[[6, 0], 1:3])
        rows = (one.shards or one.chunks)[0]
        assert np.array_equal(one.blocks[1], values_now[rows : 2 * rows])
        after = counters()
        assert after["read_region"] - before["read_region"] == 5
        assert after["write_region"] - before["write_region"] == 2
assert not [name for name in sys.modules if name.startswith("zarr._engine")]
print("fine")
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with zarr as released, and links to all other packages but ours and `zarrs`."""
    folder = tmp_path_factory.mktemp("packages")
    with zipfile.ZipFile(fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml"))) as wheel:
        wheel.extractall(folder)
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        name = path.name.partition("-")[0].lower()
        target = folder / path.name
        if name not in ("zarr", "zarrs") and path.suffix != ".pth" and not target.exists():
            target.symlink_to(path)
    return folder


def test_the_pipeline_needs_nothing_of_the_fork(packages: Path, tmp_path: Path) -> None:
    """Catches an import of what only the fork has, or a call that only its seams make."""
    ours = tmp_path / "ours"
    ours.mkdir()
    for name in ("crud", "zarrs"):
        (ours / name).symlink_to(ROOT / "src" / "zarr" / name)
    # Without site-packages, whose zarr is the fork.
    code = f"import sys; sys.path.insert(0, {str(packages)!r})\n{CODE}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(ours), f"{tmp_path}/"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.stdout.strip(), done.returncode) == ("fine", 0), done.stderr
