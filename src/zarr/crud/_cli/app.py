"""All commands, in the application `zarr-crud` and in that of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from zarr.crud._cli import (
    cat,
    chunks,
    cp,
    diff,
    doctor,
    engines,
    info,
    ls,
    repack,
    tree,
    verify,
)
from zarr.crud._cli.failures import guarded

type Function = Callable[..., Any]

COMMANDS: Final[tuple[tuple[Function, tuple[str, ...]], ...]] = (
    (info.info, info.EXAMPLES),
    (tree.tree, tree.EXAMPLES),
    (ls.ls, ls.EXAMPLES),
    (chunks.chunks, chunks.EXAMPLES),
    (cat.cat, cat.EXAMPLES),
    (cp.cp, cp.EXAMPLES),
    (repack.repack, repack.EXAMPLES),
    (verify.verify, verify.EXAMPLES),
    (diff.diff, diff.EXAMPLES),
    (engines.engines, engines.EXAMPLES),
    (doctor.doctor, doctor.EXAMPLES),
)
"""Each command with its examples, in the order of the help."""


def add_commands(application: typer.Typer, name: str) -> None:
    """Add all commands to an application, with examples that call it by its name."""
    for function, examples in COMMANDS:
        lines = (example.replace("zarr-crud", name, 1) for example in examples)
        # An empty line keeps the help from joining two lines.
        epilog = "Examples:\n\n" + "\n\n".join(lines)
        application.command(function.__name__, epilog=epilog)(guarded(function))


def adds_commands(application: typer.Typer) -> Callable[[Function], Function]:
    """Return a decorator that adds all commands to the application `zarr`, and changes nothing."""
    add_commands(application, "zarr")
    return lambda function: function


app: Final = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""The application `zarr-crud`."""

add_commands(app, "zarr-crud")


def _version(value: bool) -> None:  # noqa: FBT001  # as typer calls it
    if value:
        from zarr import __version__

        typer.echo(f"zarr {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Look at Zarr arrays, check, copy and repack them.

    The exit status is 1 for findings and failures, 2 for wrong arguments.
    """
