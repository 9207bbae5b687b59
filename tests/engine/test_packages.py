"""The packages `zarr.crud` and `zarr.zarrs`, which `zarr` imports at their first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zarr

OURS = "[name for name in sys.modules if name.startswith(('zarr.crud', 'zarr.zarrs'))]"


def run(code: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-c", f"import sys, zarr\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_importing_zarr_imports_none_of_their_modules() -> None:
    """Catches an import of one of them that every program pays for."""
    assert run(f"print({OURS})") == "[]"


@pytest.mark.parametrize("package", ["crud", "zarrs"])
@pytest.mark.parametrize(
    "use", ["zarr.{}", "getattr(zarr, '{}')", "__import__('zarr.{0}').{0}", "vars(star)['{}']"]
)
def test_each_is_an_attribute_of_zarr(package: str, use: str) -> None:
    """Catches a package that only those see who import it by name."""
    star = "star = type(sys)('star'); exec('from zarr import *', vars(star))"
    assert run(f"{star}; print({use.format(package)}.__name__)") == f"zarr.{package}"


def test_their_names_are_listed_and_others_are_missing() -> None:
    """Catches an attribute that is not found by completion, or an error unlike a module's."""
    assert {"crud", "zarrs", "open_array"} <= set(dir(zarr))
    assert run(f"dir(zarr); print(hasattr(zarr, 'nothing'), {OURS})") == "False []"
    with pytest.raises(AttributeError, match="module 'zarr' has no attribute 'nothing'"):
        zarr.nothing  # type: ignore[attr-defined]  # noqa: B018
