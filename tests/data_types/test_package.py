"""`ml_dtypes` is optional, and imported when it is needed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from zarr._data_types.package import is_native, native

WITHOUT = """
import importlib.abc, json, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "ml_dtypes":
            raise ModuleNotFoundError("No module named 'ml_dtypes'", name=name)

sys.meta_path.insert(0, Refuse())
import numpy as np
import zarr
from zarr import crud
from tests.data_types.cases import document
from zarr.core.buffer import cpu

DOCUMENT = document("bfloat16")
store, stored = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
zarr.create_group(stored)
text = json.dumps(DOCUMENT).encode()
zarr.core.sync.sync(stored.set("x/zarr.json", cpu.Buffer.from_bytes(text)))
"""


def run(code: str) -> str:
    """Run a program; return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_zarr_does_not_import_it() -> None:
    """Catches a slower `import zarr`, and a slower first array of another data type."""
    assert run(
        "import sys, zarr\n"
        "from zarr import crud\n"
        "zarr.create_array({}, shape=3, dtype='f4')\n"
        "print('ml_dtypes' in sys.modules)\n"
        "zarr.create_array({}, shape=3, dtype='bfloat16')\n"
        "print('ml_dtypes' in sys.modules)\n"
    ).split() == ["False", "True"]


CALLS = (
    "zarr.create_array(store, shape=3, dtype='bfloat16')",
    "zarr.create_array(store, shape=3, dtype='bfloat16', engine='zarrs')",
    "crud.create(DOCUMENT, store)",
    "crud.read_region(DOCUMENT, store)",
    "crud.explain(DOCUMENT, store)",
    "zarr.open_array(stored, path='x')",
    "zarr.open_array(stored, path='x', engine='zarrs')",
    "zarr.open_group(stored)['x']",
    "zarr.open_group(stored, engine='zarrs')['x']",
)


def test_without_it_every_call_names_it() -> None:
    """Catches an error that calls the document invalid, or an unknown data type."""
    code = f"""{WITHOUT}
for call in {CALLS}:
    try:
        exec(call)
    except ModuleNotFoundError as err:
        print(err.name, err)
array = zarr.create_array(store, shape=3, dtype=np.dtype("f4"), engine="zarrs")
print(array[...].dtype, "ml_dtypes" in sys.modules)
"""
    *errors, last = run(code).splitlines()
    expected = (
        "ml_dtypes data type 'bfloat16' needs the package ml_dtypes, which is not installed; "
        "install it, for example with `pip install ml_dtypes`"
    )
    assert errors == [expected] * len(CALLS)
    assert last == "float32 False"


def test_an_older_version_is_named() -> None:
    """Catches an `AttributeError` for a data type that the installed version lacks."""
    with pytest.raises(ImportError, match=r"'float8_x' needs a newer version .* than \d") as error:
        native("float8_x")
    assert error.value.name == "ml_dtypes"


def test_a_data_type_is_told_from_one_of_its_size() -> None:
    """Catches bytes that are taken for numbers."""
    dtype = native("bfloat16")
    assert is_native(dtype, "bfloat16")
    assert is_native(dtype.newbyteorder("S"), "bfloat16")
    assert not is_native(np.dtype("V2"), "bfloat16")
    assert not is_native(np.dtype("f2"), "bfloat16")
