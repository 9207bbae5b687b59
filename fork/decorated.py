"""The upstream classes that seams decorate, and the methods that our decorators replace."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fork.seam import load_seams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fork.seam import Seam

__all__ = ["decorated_classes", "method_names"]


def decorated_classes(seams: Path, files: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """The upstream classes that each of our files decorates, by dotted name.

    Parameters
    ----------
    seams : Path
        The folder of the seams.
    files : Mapping[str, ast.Module]
        Our files, by path relative to ``src/zarr``.
    """
    makers = {
        node.name: file
        for file, tree in files.items()
        if file.startswith("_engine/")
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    found: dict[str, set[str]] = {}
    for path, listed in load_seams(seams).items():
        for seam in listed:
            maker = makers.get(_decorator(seam))
            if maker is not None:
                module = f"zarr/{path}".removesuffix(".py").removesuffix("/__init__")
                found.setdefault(maker, set()).add(f"{module.replace('/', '.')}.{seam.target}")
    return found


def _decorator(seam: Seam) -> str:
    """The name after ``@_engine.``, or nothing."""
    found = re.match(r"@_engine\.(\w+)", seam.insert) if seam.op == "decorator" else None
    return found.group(1) if found else ""


def method_names(tree: ast.Module) -> Iterator[re.Pattern[str]]:
    """The names of methods in a file: its strings, and attributes such as ``__len__``."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if text.isidentifier():
                yield re.compile(text)
            case ast.Attribute(attr=text) if text.endswith("__"):
                yield re.compile(text)
            case ast.JoinedStr(values=parts):
                texts = [str(p.value) for p in parts if isinstance(p, ast.Constant)]
                if texts and all(re.fullmatch(r"\w+", text) for text in texts):
                    yield re.compile("".join(_pattern(part) for part in parts))


def _pattern(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else r"\w+"
