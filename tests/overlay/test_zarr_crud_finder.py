"""The packages of zarr-crud are found beside zarr, and never instead of what zarr has."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import zarr
from _zarr_crud_finder import BELOW, FOLDER, NEEDS_SEAMS, OLDEST, Finder, install, release
from fork.fetch import ROOT
from tests.overlay.conftest import Folders

READ = """
import zarr, zarr.crud
store = zarr.storage.MemoryStore()
array = zarr.create_array(store, data=__import__("numpy").arange(35).reshape(7, 5), chunks=(3, 2))
print(zarr.crud.read_region(array.metadata, store, (2, slice(1, 3)), engine="reference"))
"""


def test_the_file_that_interpreters_read_makes_the_packages_importable(folders: Folders) -> None:
    """Catches an overlay whose packages exist only for those who know its name."""
    assert folders.said(folders.started() + READ) == "[11 12]"
    assert folders.run(READ).returncode == 1


@pytest.mark.parametrize("options", [(), ("-S",), ("-s",), ("-B", "-O")])
def test_without_that_file_an_import_of_the_package_does(
    folders: Folders, options: tuple[str, ...]
) -> None:
    """Catches folders of `PYTHONPATH`, or a `python -S`, in which nothing works."""
    # -S also hides what is installed for the tests.
    needed = Path(zarr.core.sync.__file__).parents[2]
    site = [Path(entry) for entry in sys.path if "site-packages" in entry]
    assert needed.exists()
    path = [folders.stock, folders.overlay, *site]
    assert folders.said("import zarr_crud\n" + READ, *options, folders=path) == "[11 12]"


def test_the_start_of_an_interpreter_imports_nothing_more(folders: Folders) -> None:
    """Catches a start that takes longer for programs that do not use zarr."""
    code = f"import sys; before = set(sys.modules)\n{folders.started()}"
    new = "new = set(sys.modules) - before\nprint(*sorted(new))"
    assert folders.said(code + new).split() == ["__future__", "_zarr_crud_finder"]


def test_a_new_process_finds_the_packages_of_pickled_objects(
    folders: Folders, tmp_path: Path
) -> None:
    """Catches an object of `zarr.crud` that a spawned process cannot load."""
    program = tmp_path / "program.py"
    program.write_text(
        "import zarr_crud, multiprocessing\n"
        "def shape(document): return document.metadata.shape\n"
        "if __name__ == '__main__':\n"
        "    import zarr, zarr.crud\n"
        "    store = zarr.storage.MemoryStore()\n"
        "    zarr.create_array(store, shape=(7, 5), dtype='i2')\n"
        "    document = zarr.crud.read_metadata(store)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(shape, [document]))\n"
    )
    code = f"import runpy; runpy.run_path({str(program)!r}, run_name='__main__')"
    assert folders.said(code) == "[(7, 5)]"


def test_a_package_that_zarr_has_itself_is_its_own() -> None:
    """Catches modules that exist twice, beside the fork."""
    assert Path(zarr.crud.__file__).is_relative_to(Path(zarr.__file__).parent)
    # Others may have come after it.
    assert Finder not in sys.meta_path[: sys.meta_path.index(PathFinder)]


def test_beside_the_fork_nothing_is_imported_from_the_overlay(folders: Folders) -> None:
    """Catches a mixture of two versions of the packages."""
    code = f"{folders.started()}import sys, zarr_crud, zarr.zarrs, zarr_crud.registered as r\n"
    code += f"r.BFloat16; ours = {str(folders.overlay)!r}\n"
    code += "print(*sorted(n for n, m in sys.modules.items() if ours in str(m.__dict__.get("
    code += "'__file__')))); print(zarr_crud.provider(), zarr.__version__)"
    names, said = folders.said(code, folders=[folders.overlay]).splitlines()
    own = ["", "._provider", "._settings", ".registered"]
    assert names.split() == ["_zarr_crud_finder", *(f"zarr_crud{name}" for name in own)]
    assert said == f"fork {zarr.__version__}"


def test_a_part_of_the_fork_says_what_it_is(folders: Folders) -> None:
    """Catches an import that fails without a hint at the fork."""
    done = folders.run(f"{folders.started()}import zarr._engine")
    assert "zarr._engine is a part of the fork of zarr, which is not installed here" in done.stderr


@pytest.mark.parametrize("version", ["3.4.0", "3.5.0.dev1", "4.0"])
def test_another_zarr_is_refused_by_its_version(folders: Folders, version: str) -> None:
    """Catches an error about a name that an untried release lacks."""
    code = f"{folders.started()}import zarr._version as v; v.__version__ = {version!r}\n"
    done = folders.run(code + "import zarr.crud")
    assert f"zarr-crud needs zarr>=3.4.1,<3.5, and {version} is installed" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("ImportError: ")


def test_on_another_zarr_its_own_arrays_still_work(folders: Folders) -> None:
    """Catches an upgrade of zarr after which it cannot look up any data type."""
    code = f"{folders.started()}import zarr._version as v; v.__version__ = '3.9.0'\nimport zarr\n"
    code += "print(*(zarr.create_array({}, shape=1, dtype=t).dtype for t in ('f4', 'bfloat16')))"
    assert folders.said(code) == "float32 bfloat16"
    code += "\nwith zarr.config.set({'codec_pipeline.path': 'zarr.zarrs.ZarrsCodecPipeline'}):"
    code += "\n try: zarr.create_array({}, shape=1, dtype='f4')"
    code += "\n except ImportError as err: print(err)"
    assert "and 3.9.0 is installed" in folders.said(code)


def test_a_folder_without_modules_is_no_package(folders: Folders, tmp_path: Path) -> None:
    """Catches a namespace package in the place of one that is missing."""
    (tmp_path / "empty").mkdir()
    code = f"import zarr, _zarr_crud_finder as f; f.FOLDER = {str(tmp_path)!r}\n"
    code += "print(f.Finder.find_spec('zarr.empty'), f.Finder.find_spec('zarr.crud.x', []))"
    assert folders.said(code) == "None None"


def test_the_numbers_of_versions() -> None:
    """Catches a development release that counts as an older one."""
    assert release("3.4.2+crud.0.1.0") == (3, 4, 2)
    assert release("3.5.0.dev3") == (3, 5, 0)
    assert not release("3.5.0rc1") >= (3, 5, 0)
    assert OLDEST <= release("3.4.2") < BELOW


def test_in_a_checkout_the_packages_are_those_of_the_fork() -> None:
    """Catches an editable install that needs a build after each change."""
    assert Path(FOLDER) == ROOT / "src" / "zarr"
    assert all((Path(FOLDER) / name).is_dir() for name in NEEDS_SEAMS)


def test_it_is_installed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a finder that is asked twice for each missing module."""
    monkeypatch.setattr(sys, "meta_path", [])
    install()
    install()
    assert sys.meta_path == [Finder]
