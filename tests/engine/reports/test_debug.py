"""The engines in `print_debug_info`."""

from __future__ import annotations

from typing import Any

import pytest

import zarr


def test_debug_info_lists_the_engines(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a bug report without the engine in use."""
    with zarr.config.set({"array.engine": "auto"}):
        zarr.print_debug_info()
    said = capsys.readouterr().out.split("**Engines:**\n")
    assert said[0].startswith("platform: ")
    lines = dict(line.split(": ") for line in said[1].splitlines())
    assert list(lines) == [
        *("reference", "zarr", "zarrista", "zarrs", "zarrs-bindings"),
        "array.engine",
    ]
    assert lines["reference"] == lines["zarr"] == lines["zarrs"] == "available"
    assert lines["zarrs-bindings"][0].isdigit()
    assert lines["array.engine"] == "auto"


@pytest.mark.parametrize("name", [5, "nobody"])
def test_debug_info_is_there_where_the_settings_are_wrong(
    name: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a report that fails because of the defect that it should show."""

    def listed() -> Any:
        raise ValueError("two packages declare a backend named 'x'")

    monkeypatch.setattr("zarr._engine.reports.debug.list_engines", listed)
    with zarr.config.set({"array.engine": name}):
        zarr.print_debug_info()
    said = capsys.readouterr().out
    assert "not listed: ValueError: two packages declare a backend named 'x'" in said
    assert f"array.engine: {name}" in said
