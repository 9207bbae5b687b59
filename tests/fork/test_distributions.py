"""What the four distributions declare about themselves."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from trove_classifiers import classifiers as known

from fork.fetch import ROOT
from fork.pin import load_pin

PROJECTS = {
    "zarr": "pyproject.toml",
    "zarr-crud": "packages/zarr-crud/pyproject.toml",
    "zarrs-bindings": "packages/zarrs-bindings/pyproject.toml",
    "zarrs-drop-in": "packages/zarrs-drop-in/pyproject.toml",
}
BILLS = {
    "zarr": "LICENSES/sbom.cdx.json",
    "zarr-crud": "packages/zarr-crud/sbom.cdx.json",
    "zarrs-drop-in": "packages/zarrs-drop-in/sbom.cdx.json",
}


def project(name: str) -> dict[str, Any]:
    text = (ROOT / PROJECTS[name]).read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["project"]
    assert found["name"] == name
    return found


@pytest.mark.parametrize("name", PROJECTS)
def test_classifiers_are_known_and_agree_with_each_other(name: str) -> None:
    """Catches a classifier that an index refuses at the upload, or one that names another Python
    than the others do.
    """
    found = project(name)
    given = found["classifiers"]
    assert set(given) <= known
    assert given == sorted(given)
    pythons = {c for c in given if c.startswith("Programming Language :: Python :: 3")}
    assert pythons == {c for c in project("zarr")["classifiers"] if c in pythons}
    assert not any(c.startswith("License ::") for c in given)
    assert found["license"] == "MIT"


@pytest.mark.parametrize("name", PROJECTS)
def test_each_says_where_to_read_on(name: str) -> None:
    """Catches a page on an index that leads nowhere."""
    urls = project(name)["urls"]
    assert {"Upstream", "Specification"} <= set(urls)
    assert all(url.startswith("https://") for url in urls.values())


@pytest.mark.parametrize("name", BILLS)
def test_a_bill_of_materials_names_the_version_that_is_released(name: str) -> None:
    """Catches a bill of an older release."""
    bill = json.loads((ROOT / BILLS[name]).read_text(encoding="utf-8"))
    own = bill["metadata"]["component"]
    assert (own["name"], own["version"]) == (name, project(name)["version"])
    expected = [load_pin(ROOT / "fork" / "upstream.toml")] if name == "zarr" else []
    assert [part["version"] for part in bill["components"]] == [pin.version for pin in expected]
    for part, pin in zip(bill["components"], expected, strict=True):
        assert part["hashes"] == [{"alg": "SHA-256", "content": pin.wheel_sha256}]
