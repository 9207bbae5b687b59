"""The keyword `engine` in signatures and docstrings of functions that pass it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from inspect import Parameter, Signature, signature, unwrap
from types import FunctionType
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

_FIRST: Final = ENTRY.partition("\n")[0]

PARAMETER: Final = Parameter(
    "engine", Parameter.KEYWORD_ONLY, default=None, annotation="_engine.EngineLike | None"
)


PARAMETERS: Final = "Parameters"
"""The heading of the section."""

NONE: Final = (-1, -1)
"""Where there is no such heading."""


def shows_engine[F: Callable[..., Any]](function: F) -> F:
    """Add the keyword to the signature and the docstring of `function`, which passes it on."""
    shown: Any = function
    inner: Any = unwrap(function)
    if not _takes(inner, PARAMETER.name):
        # `inspect` calls it when somebody asks: to make 80 of them is a hundredth of `import zarr`.
        shown.__signature__ = partial(_with_parameter, inner, is_shown=inner is function)
    doc = function.__doc__
    if doc is not None and _FIRST not in doc:
        shown.__doc__ = with_entry(doc)
    return function


def _with_parameter(function: Any, *, is_shown: bool) -> Signature:
    # Of a function that is shown itself, `signature` would ask here again.
    found = signature(_copied(function) if is_shown else function)
    parameters = list(found.parameters.values())
    if PARAMETER.name in found.parameters:
        return found
    variable = bool(parameters) and parameters[-1].kind is Parameter.VAR_KEYWORD
    parameters.insert(len(parameters) - variable, PARAMETER)
    return found.replace(parameters=parameters)


def _copied(function: FunctionType) -> FunctionType:
    """Return a function with the parameters of another, as they were written."""
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__, copy.__annotations__ = function.__kwdefaults__, function.__annotations__
    return copy


def takes(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function has a parameter of this name, as it was written."""
    return _takes(unwrap(function), name)


def _takes(inner: Any, name: str) -> bool:
    # `import zarr` asks for many functions, and `signature` takes far longer.
    code: Any = inner.__code__
    return name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def with_entry(doc: str | None) -> str | None:
    """Return a NumPy docstring with the entry of the keyword after the other parameters."""
    if doc is None:
        return None
    # Not by lines, and no further than needed: `import zarr` does this for many functions.
    heads = _heads(doc)
    start, underline = next(((at, below) for name, at, below in heads if name == PARAMETERS), NONE)
    if start < 0:
        heads = _heads(doc)
    stop = next((at for _, at, _ in heads), len(doc))
    stop = _end_of_line(doc, len(doc[:stop].rstrip()))
    if start < 0:
        lines = doc.split("\n")[1:]
        indent = min((_indent(line) for line in lines if line.strip()), default="")
        new = f"\n\n{indent}{PARAMETERS}\n{indent}----------\n"
    else:
        # Not the heading's indent: one heading of upstream's is indented deeper than its section.
        indent = doc[underline : doc.index("-", underline)]
        # Keywords that a function passes on are documented last.
        rest = doc.find(f"\n{indent}**", underline, stop)
        stop = stop if rest < 0 else rest
        new = "\n"
    return f"{doc[:stop]}{new}{_entry(indent)}{doc[stop:]}"


@cache
def _entry(indent: str) -> str:
    return indent + ENTRY.replace("\n", f"\n{indent}")


def _heads(doc: str) -> Iterator[tuple[str, int, int]]:
    """Yield the headings: their texts, where their lines start, and where those below them do."""
    at = doc.find("---")
    while at >= 0:
        underline, stop = doc.rfind("\n", 0, at) + 1, _end_of_line(doc, at)
        start = doc.rfind("\n", 0, max(underline - 1, 0)) + 1
        name = doc[start:underline].strip()
        if name and not doc[underline:stop].strip(" -"):
            yield name, start, underline
        at = doc.find("---", stop)


def _end_of_line(doc: str, at: int) -> int:
    found = doc.find("\n", at)
    return len(doc) if found < 0 else found


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]
