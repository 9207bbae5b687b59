"""The tests of a source file are found by its name."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Final

import pytest

from tests.house import rust

ROOT: Final = Path(__file__).parents[2]
TREES: Final = {
    "src/zarr/crud": "tests/crud",
    "src/zarr/zarrs": "tests/zarrs",
    "src/zarr/zarrista": "tests/zarrista",
    "src/zarr/_engine": "tests/engine",
    "src/zarr/_data_types": "tests/data_types",
    "packages/zarr-crud/src": "tests/overlay",
    "fork": "tests/fork",
    "bench": "tests/bench",
    "website": "tests/website",
}
CRATE: Final = ROOT / "packages" / "zarrs-bindings"
ELSEWHERE: Final[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("house.toml").read_text()
)["tested_elsewhere"]


def missing(source: Path, tests: Path) -> list[str]:
    """Return the Python files without `test_<name>.py` or `test_<name>_*.py` in the folder of the
    same name; leading underscores do not count.
    """
    return [
        file.relative_to(source).as_posix()
        for file in sorted(source.rglob("*.py"))
        if not file.name.startswith("__") and _defines(file) and not _has_tests(file, source, tests)
    ]


def _defines(file: Path) -> bool:
    """Return whether a file defines a function or class, and does not only re-export others'
    names.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return any(isinstance(node, kinds) for node in ast.walk(tree))


def _has_tests(file: Path, source: Path, tests: Path) -> bool:
    folder = tests.joinpath(*(part.lstrip("_") for part in file.relative_to(source).parent.parts))
    name = file.stem.lstrip("_")
    return _any_tests(folder, name)


def _any_tests(folder: Path, name: str) -> bool:
    found = [*folder.glob(f"test_{name}.py"), *folder.glob(f"test_{name}_*.py")]
    return any("def test_" in file.read_text(encoding="utf-8") for file in found)


@pytest.mark.parametrize("source", TREES)
def test_every_python_file_has_a_test_file_of_its_name(source: str) -> None:
    """Catches a file that has no tests, or whose tests only a search of the whole tree would
    find.
    """
    found = [f"{source}/{name}" for name in missing(ROOT / source, ROOT / TREES[source])]
    assert [name for name in found if name not in ELSEWHERE] == []


def test_every_rust_file_has_tests_in_it_or_a_test_file_of_its_name() -> None:
    """Catches a file of the crate that no test belongs to, in `cargo test` or in the tests of the
    extension.
    """
    untested = [
        f"{CRATE.name}/src/{file.as_posix()}"
        for file, code in rust.sources(CRATE / "src").items()
        if file.stem != "lib" and "fn " in code and not _is_tested(file)
    ]
    assert [name for name in untested if name not in ELSEWHERE] == []


def _is_tested(file: Path) -> bool:
    stem = file.parent.name if file.stem == "mod" else file.stem
    folder = file.parent.parent if file.stem == "mod" else file.parent
    tests = CRATE / "tests" / folder
    return _any_tests(tests, stem) or rust.has_tests((CRATE / "src" / file).read_text())


def test_what_is_tested_elsewhere_exists() -> None:
    """Catches an exception for a file that has moved, or whose tests have moved."""
    for source, tests in ELSEWHERE.items():
        assert (ROOT / source).exists() or (ROOT / "packages" / source).exists(), source
        assert (ROOT / tests).exists(), tests


def test_a_file_without_tests_is_noticed(tmp_path: Path) -> None:
    """Catches a check that always passes."""
    source, tests = tmp_path / "source", tmp_path / "tests"
    for name in ("_a.py", "_b/c.py", "_b/d.py", "_b/names.py"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("from os import path" if "names" in name else "def f(): ...")
    (tests / "b").mkdir(parents=True)
    for name in ("test_a.py", "b/test_c_at_size.py", "test_d.py"):
        (tests / name).write_text("def test_it(): ...")
    (tests / "b" / "test_d.py").touch()
    assert missing(source, tests) == ["_b/d.py"]
