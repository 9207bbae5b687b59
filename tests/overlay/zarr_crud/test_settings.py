"""The configuration has the keys of the fork that mean something without it."""

from __future__ import annotations

import json

import zarr
from tests.overlay.conftest import Folders
from zarr_crud._settings import DEFAULTS

GET = "print(json.dumps({k: zarr.config.get(k, 'missing') for k in %r}))"


def test_the_defaults_are_those_of_the_fork() -> None:
    """Catches a key whose default differs, or a new key of the fork that nobody thought of."""
    (ours,) = (d["array"] for d in zarr.config.defaults if "engine" in d.get("array", {}))
    assert DEFAULTS["array"] | {"engine_options": {}} == ours


def test_they_are_registered_by_either_import(folders: Folders) -> None:
    """Catches a KeyError in a program that imports only one of the packages."""
    keys = ["array.engine", "array.requests_in_flight", "array.engine_options"]
    for name in ("zarr_crud", "zarr.crud"):
        code = f"{folders.started()}import json, zarr, {name}\n"
        found = json.loads(folders.said(code + GET % keys))
        assert found == dict(zip(keys, ["zarr", None, "missing"], strict=True))


def test_what_was_set_before_remains_and_its_meaning_is_told(folders: Folders) -> None:
    """Catches an engine in the environment that has no effect, and nobody says so."""
    code = "import zarr_crud, zarr; print(zarr.config.get('array.engine'))"
    done = folders.run(code, ZARR_ARRAY__ENGINE="zarrs")
    assert done.stdout.strip() == "zarrs"
    assert "array.engine is 'zarrs', but the arrays of this zarr have no engines" in done.stderr
    assert folders.run(code).stderr == ""


def test_they_survive_a_refresh_of_the_configuration(folders: Folders) -> None:
    """Catches keys that are lost when a program resets the configuration."""
    code = "import zarr_crud, zarr; zarr.config.reset(); print(zarr.config.get('array.engine'))"
    assert folders.said(code) == "zarr"
