"""The page on installing says what happens in each environment, and its commands are right."""

from __future__ import annotations

import re
import tomllib

import pytest

from fork.fetch import ROOT
from fork.pin import load_pin
from tests.docs.install_table import PAGE, made, table
from tests.overlay.conftest import Folders

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_what_happens(folders: Folders) -> None:
    """Catches a stale table; `python -m tests.docs.install_table` writes it."""
    assert made() == table(folders), "python -m tests.docs.install_table"


def test_the_guards_are_right(folders: Folders) -> None:
    """Catches a guard that stops nobody, or that stops users of the fork."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    guards = [block for block in blocks if "list_engines" in block or "require" in block]
    assert len(guards) == 2
    for guard in guards:
        assert folders.run(guard).returncode == 1
        path = [ROOT / "packages" / "zarr-crud" / "src"]
        assert folders.run(guard, folders=path).returncode == 0


def test_the_code_for_the_overlay_runs_on_it(folders: Folders) -> None:
    """Catches stale code."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    uses = [block for block in blocks if "list_engines" not in block and "require" not in block]
    assert len(uses) == 1
    for block in uses:
        assert folders.said(f"{folders.started()}{block}") == "[11 12]"


@pytest.mark.parametrize("project", ["pyproject.toml", "packages/zarr-crud/pyproject.toml"])
def test_versions_and_extras_are_those_that_there_are(project: str) -> None:
    """Catches a command with the version of an older release."""
    document = tomllib.loads((ROOT / project).read_text())["project"]
    if document["name"] == "zarr":
        assert set(re.findall(r"zarr\[zarrs\]==([\w.+]+)", TEXT)) == {document["version"]}
        released = load_pin(ROOT / "fork" / "upstream.toml").version
        assert set(re.findall(r"zarr===([\w.+]+)", TEXT)) == {released}
    assert "zarrs" in document["optional-dependencies"]
