"""The cost of the seams is measured between two processes, one with each zarr."""

from __future__ import annotations

import ast
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

import zarr
from bench import native
from bench.native import CHILD, _child, _pair_seconds, native_seconds

NAMES = ["arr[...]", "arr[0, 0]"]


class Side:
    """A fake child process that answers with times from a list."""

    def __init__(self, log: list[str], label: str, *seconds: float, engines: bool) -> None:
        self.log, self.label = log, label
        self.answers = iter([json.dumps([engines, NAMES]), *map(str, seconds)])
        self.stdout = SimpleNamespace(readline=lambda: next(self.answers) + "\n")
        self.stdin = SimpleNamespace(
            write=lambda text: log.append(f"{label} {json.loads(text)}"),
            flush=lambda: None,
            close=lambda: log.append(f"{label} closed"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


def sides(monkeypatch: pytest.MonkeyPatch, ours: Side, theirs: Side) -> None:
    monkeypatch.setattr(native, "_child", lambda before: theirs if before else ours)


def test_two_sides_take_turns_and_the_best_times_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the times of one side under the name of the other, or a side that always comes
    second.
    """
    log = list[str]()
    ours = Side(log, "ours", 5, 70, 3, 80, engines=True)
    sides(monkeypatch, ours, Side(log, "theirs", 2, 60, 4, 50, engines=False))
    assert _pair_seconds(Path("x"), 2) == {NAMES[0]: (3, 2), NAMES[1]: (70, 50)}
    assert log == [
        *(f"{side} {name}" for name in NAMES for side in ("theirs", "ours")),
        *(f"{side} {name}" for name in NAMES for side in ("ours", "theirs")),
        "ours closed",
        "theirs closed",
    ]


@pytest.mark.parametrize(("ours", "theirs"), [(True, True), (False, False), (False, True)])
def test_two_sides_with_the_same_zarr_are_refused(
    monkeypatch: pytest.MonkeyPatch, ours: bool, theirs: bool
) -> None:
    """Catches a difference of zero, because both sides have the seams."""
    log = list[str]()
    sides(monkeypatch, Side(log, "a", engines=ours), Side(log, "b", engines=theirs))
    with pytest.raises(RuntimeError, match="has imported the zarr of the other"):
        _pair_seconds(Path("x"), 1)


def test_two_sides_with_other_calls_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches rows for one side's calls with the other side's times."""
    theirs = Side([], "b", engines=False)
    theirs.answers = iter([json.dumps([False, NAMES[:1]])])
    sides(monkeypatch, Side([], "a", engines=True), theirs)
    with pytest.raises(RuntimeError, match="measure different calls"):
        _pair_seconds(Path("x"), 1)


def test_the_figures_are_differences_of_the_best_times_of_all_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches the best difference of a single pair: a process with a bad place in memory makes it
    negative.
    """
    with zipfile.ZipFile(tmp_path / "zarr.whl", "w") as wheel:
        wheel.writestr("zarr/__init__.py", "")
    pairs: Iterator[tuple[float, float]] = iter([(5, 2), (3, 4), (4, 8)])

    def pair(upstream: Path, rounds: int) -> dict[str, tuple[float, float]]:
        assert (upstream / "zarr/__init__.py").is_file()
        assert rounds == 10
        return {"arr[...]": next(pairs)}

    monkeypatch.setattr(native, "PAIRS", 3)
    monkeypatch.setattr(native, "fetch_wheel", lambda _: tmp_path / "zarr.whl")
    monkeypatch.setattr(native, "_pair_seconds", pair)
    assert native_seconds(2) == {"arr[...]": 3 - 2}


def test_a_child_has_the_zarr_that_is_first_on_its_path_and_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an engine set in the environment, which one side uses and the other ignores."""
    (tmp_path / "zarr.py").write_text("")
    code = (
        "import importlib.util as util, json, os\n"
        "print(json.dumps([util.find_spec('zarr').origin, sorted(os.environ)]))"
    )
    monkeypatch.setattr(native, "CHILD", code)
    monkeypatch.setenv("ZARR_ARRAY__ENGINE", "zarrs")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    for before, file in ((tmp_path, str(tmp_path / "zarr.py")), (None, zarr.__file__)):
        with _child(before) as child:
            found: list[Any] = json.loads(child.communicate()[0])
        assert found[0] == file
        assert "ZARR_ARRAY__ENGINE" not in found[1]
        assert ("PYTHONPATH" in found[1]) is (before is not None)


def test_the_child_replaces_names_that_upstream_has() -> None:
    """Catches a measurement that includes the event loop, because upstream has renamed a function
    that the child replaces.
    """
    core = vars(zarr.core.array)
    assigned = [n for n in ast.walk(ast.parse(CHILD)) if isinstance(n, ast.Assign)]
    targets = [ast.unparse(target) for node in assigned for target in node.targets]
    replaced = {name.removeprefix("core.") for name in targets if name.startswith("core.")}
    dialects = ("Basic", "Orthogonal", "Coordinate", "Mask", "Block")
    assert all(f'"{dialect}"' in CHILD for dialect in dialects)
    assert len(replaced) == 5
    assert replaced | {f"{dialect}Indexer" for dialect in dialects} <= set(core)
