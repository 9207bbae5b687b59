"""The runner of other packages' tests skips only what these packages skip themselves."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fork.ecosystem_tests import FILES, unwanted


def item(parameters: str | None, **named: Any) -> Any:
    """A collected test with one mark."""
    mark = SimpleNamespace(name="skip_if_param", kwargs={"reason": "not together", **named})
    made = SimpleNamespace(iter_markers=lambda _: [mark])
    if parameters is not None:
        made.callspec = SimpleNamespace(id=parameters)
    return made


def test_a_test_is_skipped_if_all_named_parameters_are_its_own() -> None:
    """Catches a useful test that is skipped, or a test that can only fail and is not skipped."""
    assert unwanted(item("3-int-sel-Variable", cls_name="Variable", method="sel")) == "not together"
    assert unwanted(item("3-int-isel-Variable", cls_name="Variable", method="sel")) is None
    assert unwanted(item("2", default_zarr_format=2)) == "not together"
    assert unwanted(item("3", default_zarr_format=2)) is None
    assert unwanted(item("2", default_zarr_format=2, condition=False)) is None
    assert unwanted(item(None, default_zarr_format=2)) is None


def test_the_files_are_in_the_wheels() -> None:
    """Catches an empty run after a package has moved its tests or left them out."""
    site = Path(sysconfig.get_path("purelib"))
    for file in FILES:
        assert "zarr" in (site / file).read_text(encoding="utf-8")
