"""The classes that seams decorate, and the methods that our decorators replace."""

from __future__ import annotations

import ast

import pytest

from fork.decorated import decorated_classes as classes_of
from fork.decorated import method_names as patterns_of
from tests.fork.conftest import SEAM, Project

SEAMS = {
    "core/array": [("@_engine.routes", "Array"), ("@_engine.routes(1)", "AsyncArray")],
    "core/__init__": [("@_engine.counts", "Part")],
    "things": [("@_engine.crud", "Thing"), ("@functools.cache", "Thing"), ("@routes", "Thing")],
}
FILES = {
    "_engine/routing.py": "def routes(cls): ...\nclass A:\n    def counts(self): ...\n",
    "_engine/counts.py": "def counts(cls): ...\ndef idle(cls): ...\n",
    "crud/names.py": "def crud(cls): ...\n",
}


def test_each_file_has_the_classes_that_seams_give_to_its_decorators(project: Project) -> None:
    """Catches a class whose methods we replace without a guard, or a guard for one that we leave
    alone.
    """
    for path, seams in SEAMS.items():
        tables = (
            {**SEAM, "op": "decorator", "insert": text, "target": target} for text, target in seams
        )
        project.seams(*tables, path=path)
    project.seams({**SEAM, "insert": "@_engine.idle"}, path="field")
    found = classes_of(
        project.root / "fork/seams", {file: ast.parse(text) for file, text in FILES.items()}
    )
    assert found == {
        "_engine/routing.py": {"zarr.core.array.Array", "zarr.core.array.AsyncArray"},
        "_engine/counts.py": {"zarr.core.Part"},
    }


@pytest.mark.parametrize(
    ("text", "matched", "unmatched"),
    [
        ("x = 'resize'", ["resize"], ["resized", "size"]),
        ("cls.__len__", ["__len__"], ["len"]),
        ("wrap(cls, f'get_{kind}_selection')", ["get_mask_selection"], ["get_selection", "set_x"]),
        ("wrap(cls, f'{kind}')", [], ["x"]),
        ("raise E(f'{kind} is not there')", [], ["is", "x is not there"]),
        ("cls.size", [], ["size"]),
        ("x = 'not a name'", [], ["not", "not a name"]),
        ("x = b'resize'\ny = 3", [], ["resize"]),
        ("", [], [""]),
    ],
)
def test_methods_are_told_by_texts_and_by_what_python_calls(
    text: str, matched: list[str], unmatched: list[str]
) -> None:
    """Catches a replaced method without a guard, or a string that matches every method of the
    class.
    """
    patterns = list(patterns_of(ast.parse(text)))

    def is_told(word: str) -> bool:
        return any(pattern.fullmatch(word) for pattern in patterns)

    assert [word for word in matched if not is_told(word)] == []
    assert [word for word in unmatched if is_told(word)] == []
