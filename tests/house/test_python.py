"""Python modules are where one expects them, and import only from lower layers."""

from __future__ import annotations

import ast
import importlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.house.order import cycles, graph_of, upward
from tests.house.python import code_lines, imports, modules

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[2]
PLAN: Final[Mapping[str, Any]] = tomllib.loads((Path(__file__).parent / "house.toml").read_text())
PACKAGES: Final = {
    "crud": ("zarr.crud", "zarr.zarrs", "zarr.zarrista"),
    "engine": ("zarr._engine",),
    "data_types": ("zarr._data_types",),
}


def named(part: str, root: Path = ROOT / "src") -> dict[str, Path]:
    """The modules of one part of the source."""
    return {name: path for it in PACKAGES[part] for name, path in modules(root, it).items()}


def folders(part: str) -> list[str]:
    """The folders of one part, in all its layers."""
    return [folder for layer in PLAN[part]["layers"] for folder in layer]


@pytest.mark.parametrize("part", PACKAGES)
def test_no_folder_imports_from_its_layer_or_above(part: str) -> None:
    """Catches an import from above, such as a verb that the code for stores calls."""
    found = graph_of(folders(part), imports(named(part)))
    assert upward(PLAN[part]["layers"], found.edges) == []
    assert cycles(found.folders, found.edges) == []


@pytest.mark.parametrize("part", PACKAGES)
def test_every_folder_exists_and_every_file_is_in_one(part: str) -> None:
    """Catches a list of layers that names a moved folder, or lacks a new one."""
    files = named(part)
    assert [folder for folder in folders(part) if folder not in files] == []
    top = PACKAGES[part][0]
    loose = [n for n in files if n.count(".") == top.count(".") + 1 and n not in folders(part)]
    assert [name for name in loose if not name.startswith(PACKAGES[part][1:])] == []


@pytest.mark.parametrize("part", PACKAGES)
def test_modules_do_not_need_each_other_to_be_imported(part: str) -> None:
    """Catches imports that work only in one order."""
    files = named(part)
    packages = {name for name, path in files.items() if path.name == "__init__.py"}
    pairs = [pair for pair in imports(files, types=False) if packages.isdisjoint(pair)]
    assert cycles(files, pairs) == []


@pytest.mark.parametrize("package", ["fork", "bench", "website"])
def test_tools_import_each_other_in_one_direction(package: str) -> None:
    """Catches two files that import each other."""
    files = modules(ROOT, package)
    pairs = [pair for pair in imports(files) if package not in pair]
    assert cycles(files, pairs) == []


@pytest.mark.parametrize("package", ["zarr.zarrs", "zarr.zarrista"])
def test_the_engines_are_built_on_public_names(package: str) -> None:
    """Catches a name that only our own backends have, although other backends would need it."""
    # The codec pipeline is above backends.
    engine = modules(ROOT / "src", package)
    for path in (path for name, path in engine.items() if "._pipeline" not in name):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zarr.crud"):
                assert node.module in ("zarr.crud.backends", "zarr.crud.reference"), path
                public = importlib.import_module(str(node.module)).__all__
                assert {alias.name for alias in node.names} <= set(public), path


@pytest.mark.parametrize("folder", PLAN["lengths"])
def test_files_are_short(folder: str) -> None:
    """Catches a file that holds two concepts."""
    most = PLAN["lengths"][folder]
    lengths = {path: code_lines(path) for path in sorted((ROOT / folder).rglob("*.py"))}
    assert {str(path): n for path, n in lengths.items() if n > most} == {}


def test_an_import_that_runs_upwards_is_found(tmp_path: Path) -> None:
    """Catches a check that always passes."""
    for name, text in {
        "__init__": "",
        "low": "def f():\n    from a.high import g\n",
        "high": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import low\n",
    }.items():
        path = tmp_path / "a" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    files = modules(tmp_path, "a")
    found = graph_of(["a.low", "a.high"], imports(files))
    assert upward([["a.low"], ["a.high"]], found.edges) == ["a.low imports a.high"]
    assert cycles(found.folders, found.edges) == [["a.high", "a.low"]]
    assert imports(files, types=False) == [("a.low", "a.high")]


def test_only_code_is_counted(tmp_path: Path) -> None:
    """Catches a limit on length that is met by deleting comments and docstrings."""
    path = tmp_path / "a.py"
    text = '"""One.\n\nTwo."""\n\n# Three.\nx = [\n    1,\n]\n"""Of x."""\n\n\n'
    path.write_text(f'{text}def f():\n    """F."""\n')
    assert code_lines(path) == 4
