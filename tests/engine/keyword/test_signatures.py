"""The types of `engine=`: the probes for type checkers are complete."""

from __future__ import annotations

import ast
import inspect
from typing import Any, Final

import zarr
from fork.fetch import ROOT
from zarr._engine.keyword.groups import FILLED
from zarr.api import asynchronous, synchronous
from zarr.core import group as async_hierarchies
from zarr.core import sync_group

PROBES: Final[dict[str, dict[str, Any]]] = {
    "typed_engine_probe.py": {"api": synchronous, "aio": asynchronous},
    "typed_member_probe.py": {"many": sync_group, "aio_many": async_hierarchies},
}


def test_type_checkers_see_every_function_with_a_right_and_a_wrong_engine() -> None:
    """Catches a function that lost the type of its keyword, or that type checkers do not know."""
    assert _called("OURS") == _taking()
    assert _called("7") == _taking() - _untyped()


def _taking() -> set[Any]:
    """Everything public that has the keyword in its signature."""
    owners = [synchronous, asynchronous, sync_group, async_hierarchies, zarr.Group, zarr.AsyncGroup]
    public = [v for owner in owners for n, v in vars(owner).items() if not n.startswith("_")]
    functions = {inspect.unwrap(v): v for v in public if inspect.isfunction(v)}
    return {f for f, shown in functions.items() if "engine" in inspect.signature(shown).parameters}


def _untyped() -> set[Any]:
    """Functions whose `**kwargs: Any` accepts the keyword, and a wrong value too."""
    owners = [synchronous, asynchronous, zarr.Group, zarr.AsyncGroup]
    filled = {getattr(owner, name) for owner in owners for name in FILLED}
    return {inspect.unwrap(f) for f in {*filled, zarr.Group.require_group}}


def _called(engine: str) -> set[Any]:
    """The probes' calls with this engine; each wrong one has a comment that ignores the error."""
    found = set()
    for file, names in PROBES.items():
        text = (ROOT / "tests" / "fork" / file).read_text()
        for probe in ast.parse(text).body:
            if isinstance(probe, ast.FunctionDef | ast.AsyncFunctionDef):
                methods = zarr.AsyncGroup if probe.name.startswith("probe_async") else zarr.Group
                owners = names | {"group": methods}
                for owner, name, line in _calls(probe, engine):
                    if engine == "7":
                        assert text.splitlines()[line - 1].endswith("  # type: ignore[arg-type]")
                    found.add(inspect.unwrap(getattr(owners[owner], name)))
    return found


def _calls(probe: ast.AST, engine: str) -> list[tuple[str, str, int]]:
    """The owner, name and line of each call in a function with this engine."""
    found = []
    for call in ast.walk(probe):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            given = [ast.unparse(k.value) for k in call.keywords if k.arg == "engine"]
            if given == [engine]:
                found.append((ast.unparse(call.func.value), call.func.attr, call.lineno))
    return found
