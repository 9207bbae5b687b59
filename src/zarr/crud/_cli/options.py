"""Arguments that several commands share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from zarr.crud._cli.failures import UsageError

type Options = dict[str, Any]
"""The options of a store's file system."""


def parsed(given: Iterable[str], flag: str = "-o") -> Options:
    """Return the options of a file system, given as `name=value`.

    A value that is JSON means what it says there; any other is text. A name with dots is a member
    of a mapping.

    >>> parsed(["anon=true", "key=me", "client_kwargs.region_name=eu-north-1"])
    {'anon': True, 'key': 'me', 'client_kwargs': {'region_name': 'eu-north-1'}}

    Raises
    ------
    UsageError
        An option is not of this form. The message does not show values, which may be secret.
    """
    options: Options = {}
    for one in given:
        name, equals, text = one.partition("=")
        parts = name.split(".")
        if not equals or not all(parts):
            raise UsageError(f"{flag} takes name=value, such as {flag} anon=true")
        inner = options
        for part in parts[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise UsageError(f"{flag} {name}: {part!r} has a value of its own already")
        inner[parts[-1]] = _value(text)
    return options


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


Location = Annotated[
    str,
    typer.Argument(
        metavar="LOCATION",
        help="A folder, a ZIP file or a URL, and the path of a node in it.",
        show_default=False,
    ),
]
StorageOptions = Annotated[
    list[str],
    typer.Option(
        "--option",
        "-o",
        metavar="NAME=VALUE",
        help="An option of the file system of a URL; repeat it for more.",
        show_default=False,
    ),
]
TargetOptions = Annotated[
    list[str],
    typer.Option(
        "--target-option",
        "-O",
        metavar="NAME=VALUE",
        help="As -o, for the target only; takes precedence.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine", metavar="NAME", help="The engine that reads and writes.", show_default=False
    ),
]
