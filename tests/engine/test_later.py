"""Code that is imported at its first use."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zarr
from zarr._engine import later as module
from zarr._engine.later import found_later, later, made_later

FIRST_CALLS = """
import os, sys, threading
import zarr
place, count = sys.argv[1], 32
start, found = threading.Barrier(count + 1), []
def first():
    start.wait()
    found.append(zarr.open_array(place, mode="r")[3])
threads = [threading.Thread(target=first) for _ in range(count)]
for thread in threads: thread.start()
start.wait()
for thread in threads: thread.join()
assert found == [7] * count, found
"""

FORK = """
import importlib.abc, importlib.machinery, os, signal, sys, threading, time
import zarr

place, slow, use = sys.argv[1:]
begun = threading.Event()
class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != slow or threading.current_thread() is threading.main_thread():
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module
        def exec_module(module):
            begun.set()
            time.sleep(0.5)
            execute(module)
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Slow())
array = zarr.open_array(place, mode="r") if use.startswith("array") else None
thread = threading.Thread(target=lambda: exec(use))
thread.start()
assert begun.wait(20), "nothing of the module was used"
child = os.fork()
if not child:
    signal.alarm(20)
    # Its own event loop: threads are never there in a child.
    zarr.core.sync.loop[0] = None
    assert slow in sys.modules
    exec(use)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
thread.join()
"""

USES = {
    "keyword.decorators": "zarr.open_array(place, mode='r', engine='zarrs')",
    "reports.info": "array.with_engine('reference')",
    "batched": "array.batched_writes()",
    "engines.notebook": "array._repr_html_()",
    "pipeline.pipeline": "array.with_engine('zarrs').async_array.codec_pipeline",
    "calls.methods": "array.with_engine('zarrs')[0]",
}
"""Modules that are imported at their first use, and such a use."""


@pytest.fixture
def place(tmp_path: Path) -> str:
    zarr.create_array(tmp_path / "a", shape=5, chunks=2, dtype="i4", fill_value=7)
    return str(tmp_path / "a")


def test_threads_may_make_the_first_call_together(place: str) -> None:
    """Catches a function that is called before it is made."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", FIRST_CALLS, place], check=True)


@pytest.mark.parametrize("slow", USES)
def test_a_child_is_not_forked_while_a_module_is_half_imported(slow: str, place: str) -> None:
    """Catches a child that waits forever for an import that its parent's thread had begun."""
    arguments = [place, f"zarr._engine.{slow}", USES[slow]]
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, *arguments], check=True, timeout=200
    )


def test_importing_zarr_imports_what_seams_need_and_no_more() -> None:
    """Catches an import that every program pays for: of what the first call could import."""
    code = "import sys, zarr; print(*(n for n in sys.modules if n.startswith('zarr._engine')))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found = told.stdout.split()
    first = {f"zarr._engine.{name}" for name in module._modules}
    assert len(first) > 5
    assert not first & {*found}
    assert len(found) <= 25


def test_a_function_is_made_at_its_first_call_and_once() -> None:
    """Catches a module that is imported by the decorator, or a function made at each call."""

    async def native() -> str:
        """Do it."""
        return "done"

    made = later(native, "engines.display", "shown")
    assert (made.__name__, made.__doc__, inspect.unwrap(made)) == ("native", "Do it.", native)
    assert inspect.iscoroutinefunction(made)
    assert not inspect.iscoroutinefunction(later(len, "engines.display", "shown"))
    calls: list[Any] = []

    def maker(function: Any) -> Any:
        calls.append(function)
        return function

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zarr._engine.engines.display.shown", maker)
        made = made_later("engines.display", "shown")(native)
        assert calls == []
        assert [asyncio.run(made()), asyncio.run(made())] == ["done", "done"]
    assert calls == [native]


def test_a_name_is_found_once_and_others_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a look-up at each use, or a missing name that is another error."""
    package: Any = type(sys)("a_package")
    monkeypatch.setitem(sys.modules, "a_package", package)
    find = found_later("a_package", {"here": ("engines.names", "NATIVE")})
    assert find("here") == "zarr"
    assert vars(package)["here"] == "zarr"
    with pytest.raises(AttributeError, match="module 'a_package' has no attribute 'there'"):
        find("there")
