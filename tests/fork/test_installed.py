"""The installed distribution: upstream and our packages under one name, with real signatures."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import zarr
import zarr.api.asynchronous
import zarr.crud
from fork.build import LICENCES, LIVE
from fork.fetch import ROOT
from fork.metadata import OURS, is_ours
from fork.upstream import Upstream
from zarr.core.array_spec import ArrayConfig, ArrayConfigParams

DIST = metadata.distribution("zarr")


def test_package_and_distribution_tell_one_version() -> None:
    """Catches a version that names upstream's release, or that differs between the two places."""
    assert zarr.__version__ == DIST.version
    assert "+crud." in zarr.__version__


def test_the_package_is_the_assembled_tree_of_this_checkout() -> None:
    """Catches tests that run on a different zarr from the one in this checkout."""
    assert Path(zarr.__file__).parent == ROOT / LIVE
    assert Path(zarr.crud.__file__).resolve().parent == ROOT / "src/zarr/crud"


def test_bare_src_on_the_path_does_not_hide_the_package() -> None:
    """Catches an `import zarr` in the folder `src` that finds only our packages."""
    code = "import zarr; print(zarr.__version__, zarr.crud)"
    command = [sys.executable, "-c", f"import zarr.crud; {code}"]
    done = subprocess.run(command, cwd=ROOT / "src", capture_output=True, text=True, check=True)
    assert done.stdout.startswith(DIST.version)


@pytest.mark.parametrize(
    "opening",
    [zarr.open_array, zarr.api.asynchronous.open_array],
    ids=["synchronous", "asynchronous"],
)
def test_open_array_has_the_engine_in_its_signature_and_docstring(opening: object) -> None:
    """Catches an argument that works but is invisible to editors, type checkers and readers."""
    assert callable(opening)
    signature = inspect.signature(opening)
    parameter = signature.parameters["engine"]
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert parameter.default is None
    assert list(signature.parameters)[-1] == "kwargs"
    assert "\nengine : str or CrudBackend, optional" in (inspect.getdoc(opening) or "")


def test_array_config_carries_the_engine_everywhere() -> None:
    """Catches an engine that replace, repr, equality, to_dict or pickle drops."""
    config = ArrayConfig("C", write_empty_chunks=False, engine="reference")
    assert dataclasses.replace(config, order="F").engine == "reference"
    assert "engine='reference'" in repr(config)
    assert config != ArrayConfig("C", write_empty_chunks=False)
    assert ArrayConfig.from_dict(config.to_dict()) == config
    assert pickle.loads(pickle.dumps(config)) == config
    assert "engine" in ArrayConfigParams.__annotations__
    with pytest.raises(TypeError):
        ArrayConfig("C", False, engine=7)  # type: ignore[arg-type]  # what the test is about


def test_a_config_pickled_before_there_were_engines_still_loads() -> None:
    """Catches state without the field that does not load, or does not mean zarr-python's own
    engine.
    """
    config = ArrayConfig("C", write_empty_chunks=False)
    object.__delattr__(config, "engine")
    assert pickle.loads(pickle.dumps(config)).engine == "zarr"


def test_the_global_default_is_the_native_engine() -> None:
    """Catches a fork that changes the results of users who do not choose an engine."""
    array = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="int16")
    assert array.engine == array.async_array.engine == "zarr"
    array[:] = np.arange(35, dtype="int16").reshape(7, 5)
    assert np.array_equal(array[::2, -1], [4, 14, 24, 34])


def test_list_engines_is_exported() -> None:
    """Catches a public function that `from zarr import *` does not provide."""
    assert "list_engines" in zarr.__all__
    assert {"zarr", "reference", "zarrista", "zarrs"} <= set(zarr.list_engines())


def test_entry_points_are_upstreams_and_ours(real_upstream: Upstream) -> None:
    """Catches a lost script or pytest plugin, or a backend that cannot be loaded."""
    found = {(e.group, e.name, e.value) for e in DIST.entry_points}
    ours = {e for e in found if is_ours(*e)}
    assert found - ours == real_upstream.entry_points
    pipelines, backends, data_types = ({e for e in ours if e[0] == group} for group in OURS)
    assert {name for _, name, _ in pipelines} == {"zarr-zarrs"}
    assert {name for _, name, _ in backends} == {"reference", "zarrista", "zarrs"}
    assert len(data_types) == 16
    for group in OURS:
        for entry in metadata.entry_points(group=group):
            assert inspect.isclass(entry.load())


def test_both_licences_travel_with_the_distribution() -> None:
    """Catches a package, mostly upstream's code, without upstream's license."""
    texts = {f.name: f for f in DIST.files or () if "licenses" in f.parts}
    assert texts["LICENSE"].read_binary() == (ROOT / "LICENSE").read_bytes()
    assert texts["LICENSE.txt"].read_binary() == (ROOT / LICENCES / "LICENSE.txt").read_bytes()


def test_the_package_is_typed_and_has_its_script() -> None:
    """Catches an assembly that loses py.typed or the console script."""
    assert (ROOT / LIVE / "py.typed").is_file()
    script = Path(sys.executable).with_name("zarr")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)
    assert "migrate" in done.stdout


def test_everything_installed_beside_the_fork_accepts_it() -> None:
    """Catches a package whose requirement on zarr excludes the fork's version."""
    for name in ("anndata", "icechunk", "zarrs"):
        assert any(r.startswith("zarr") for r in metadata.requires(name) or ())
    command = [sys.executable, "-m", "pip", "check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
