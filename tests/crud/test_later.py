"""Names that are imported at their first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zarr
from zarr import crud
from zarr.crud import _later
from zarr.crud.backends import later


@pytest.mark.parametrize(
    ("package", "places"), [(crud, _later.PLACES), (crud.backends, later.PLACES)]
)
def test_every_name_is_public_and_found(package: Any, places: dict[str, str]) -> None:
    """Catches a name whose module has moved."""
    assert set(places) <= set(package.__all__)
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= set(dir(package))


def test_other_names_are_not_found() -> None:
    """Catches a misspelled name that is some object."""
    with pytest.raises(AttributeError, match=r"module 'zarr\.crud' has no attribute 'repac'"):
        _ = crud.repac  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"'zarr\.crud\.backends' has no attribute 'val'"):
        _ = crud.backends.val  # type: ignore[attr-defined]


def test_reading_loads_nothing_of_archives() -> None:
    """Catches an import that makes the first read of every program slower."""
    code = """
import sys
import zarr, zarr.crud
array = zarr.create_array({}, shape=4, dtype="i4")
zarr.crud.read_region(array.metadata, array.store)
folders = ("_archives", "_cli", "_doctor", "_layout", "_repack", "_verify")
loaded = [name for name in sys.modules if name.startswith(tuple(f"zarr.crud.{f}" for f in folders))]
assert not loaded, loaded
zarr.crud.verify
assert "zarr.crud._verify.verify" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_opening_an_array_loads_no_functions() -> None:
    """Catches an import that makes the first array of every program slower to open."""
    code = """
import sys
import zarr
array = zarr.create_array({}, shape=4, dtype="i4")
zarr.open_array(array.store, engine="zarrs")
names = ("_async", "_batched.batch", "_iter_chunks", "_many_regions", "_nodes", "_streams.jobs")
loaded = [name for name in names if f"zarr.crud.{name}" in sys.modules]
assert not loaded, loaded
assert not [name for name in sys.modules if name.startswith("zarr.zarrs._remote._s3")]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_reading_files_loads_nothing_for_other_stores(tmp_path: Path) -> None:
    """Catches an import that makes the first read of every program slower: of all helpers for
    backends, and of what stores without files need.
    """
    zarr.create_array(tmp_path, shape=4, dtype="i4")
    code = f"""
import sys
import zarr
zarr.open_array({str(tmp_path)!r}, mode="r", engine="zarrs")[...]
helpers = ("_stores.assembled_files", "_stores.chunk", "_stores.feed", "backends.values")
loaded = [name for name in helpers if f"zarr.crud.{{name}}" in sys.modules]
loaded += {{"zarr.zarrs._store_bridge", "zarr.zarrs._zip_store", "difflib"}} & {{*sys.modules}}
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_of_backends_needs_no_import() -> None:
    """Catches `zarr.crud.backends`, which programs use, as an attribute that is not there."""
    code = "import zarr; assert zarr.crud.backends.CrudBackend is zarr.crud.CrudBackend"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("package", ["crud", "zarrs", "zarrista", "_engine"])
def test_every_module_can_be_the_first(package: str) -> None:
    """Catches modules that import each other, which an order of imports hides."""
    root = Path(zarr.__file__).parent / package
    files = (file.relative_to(root.parent).with_suffix("") for file in root.rglob("*.py"))
    names = sorted(".".join(("zarr", *file.parts)) for file in files if file.name != "__main__")
    code = """
import importlib, os, sys
import zarr
for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            importlib.import_module(name.removesuffix(".__init__"))
        except BaseException as error:
            print(name, repr(error), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *names], check=True, capture_output=True
    )
    assert (len(names) > 1, found.stdout.decode()) == (True, "")
