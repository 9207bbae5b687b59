"""The keyword `engine` in signatures and docstrings of functions that pass it on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature, unwrap
from typing import Any, Final

ENTRY: Final = """\
engine : str or CrudBackend, optional
    Engine that reads and writes the chunks of the array, or of the arrays in the group: a
    name from ``zarr.list_engines()``, ``"auto"`` for the best engine that serves an array, or
    a backend object. The default, `None`, uses the engine in `config`. If `config` names none,
    it uses the engine of the group whose method is called, else the configuration key
    ``array.engine``. A named engine never falls back to another one. If it does not serve an
    array, an error is raised: by this call if the metadata shows it, else by the read or
    write."""

PARAMETER: Final = Parameter(
    "engine", Parameter.KEYWORD_ONLY, default=None, annotation="_engine.EngineLike | None"
)


def shows_engine[F: Callable[..., Any]](function: F) -> F:
    """Add the keyword to the signature and the docstring of `function`, which passes it on."""
    shown: Any = function
    if not takes(function, PARAMETER.name):
        inner = unwrap(function)
        # `inspect` calls it when somebody asks: to make 80 of them is a hundredth of `import zarr`.
        later = partial(_with_parameter, inner)
        shown.__signature__ = later() if inner is function else later
    if ENTRY.partition("\n")[0] not in (function.__doc__ or ""):
        shown.__doc__ = with_entry(function.__doc__)
    return function


def _with_parameter(function: Callable[..., Any]) -> Signature:
    found = signature(function)
    parameters = list(found.parameters.values())
    if PARAMETER.name in found.parameters:
        return found
    variable = bool(parameters) and parameters[-1].kind is Parameter.VAR_KEYWORD
    parameters.insert(len(parameters) - variable, PARAMETER)
    return found.replace(parameters=parameters)


def takes(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function has a parameter of this name, as it was written."""
    # `import zarr` asks for many functions, and `signature` takes far longer.
    code: Any = unwrap(function).__code__
    return name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def with_entry(doc: str | None) -> str | None:
    """Return a NumPy docstring with the entry of the keyword after the other parameters."""
    if doc is None:
        return None
    lines = doc.split("\n")
    heads = [n for n, line in enumerate(lines[1:]) if _underlines(line) and lines[n].strip()]
    start = next((n for n in heads if lines[n].strip() == "Parameters"), None)
    stop = min((n for n in heads if start is None or n > start), default=len(lines))
    while not lines[stop - 1].strip():
        stop -= 1
    if start is None:
        indent = min((_indent(line) for line in lines[1:] if line.strip()), default="")
        new = ["", "Parameters", "----------"]
    else:
        # Not the heading's indent: one heading of upstream's is indented deeper than its section.
        indent = _indent(lines[start + 1])
        # Keywords that a function passes on are documented last.
        rest = (n for n in range(start + 2, stop) if lines[n].startswith(f"{indent}**"))
        stop = next(rest, stop)
        new = []
    new += ENTRY.split("\n")
    lines[stop:stop] = [indent + line if line else "" for line in new]
    return "\n".join(lines)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _underlines(line: str) -> bool:
    return "-" in line and not line.strip(" -")
