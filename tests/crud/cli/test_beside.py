"""The import of our commands by upstream's application."""

from __future__ import annotations

from tests.crud.cli.running import error_without_typer


def test_without_typer_the_script_says_what_to_install() -> None:
    """Catches a traceback of the script `zarr` where the command line was not installed."""
    code = "from zarr._cli.cli import app; app()"
    assert "pip install typer" in error_without_typer(code)
