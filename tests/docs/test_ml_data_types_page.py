"""The page on data types for machine learning: its code runs, and its table is complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.data_types.cases import FLOATS, INTEGERS, NAMES, native

PAGE = Path(__file__).parents[2] / "docs" / "ml-data-types.md"


def rows() -> dict[str, list[str]]:
    """The cells of the table for each data type, from the second on."""
    found: dict[str, list[str]] = {}
    for line in PAGE.read_text().partition("\n|---")[2].partition("\n\n")[0].splitlines()[1:]:
        names, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found |= {name.strip("` "): cells for name in names.split(",")}
    return found


def test_the_code_of_the_page_runs() -> None:
    """Catches stale code."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)
    weights = np.linspace(0, 1, 35).reshape(7, 5).astype(native("bfloat16"))
    assert np.array_equal(names["weights"][...], weights)
    assert names["weights"].engine == "zarrs"
    assert names["array"].metadata.data_type.to_json(zarr_format=3) == "float8_e4m3fn"


def test_every_data_type_has_a_row_with_its_fill_values() -> None:
    """Catches a data type without a row, and a fill value that is not one."""
    found = rows()
    assert sorted(found) == sorted(NAMES)
    for name, (_, fills) in found.items():
        spec = FLOATS.get(name)
        assert ('"NaN"' in fills) == (spec is not None and spec.nan is not None), name
        assert ("infinities" in fills) == (spec is not None and spec.infinity is not None), name
        for fill in re.findall(r'"(0x\w+|NaN)"', fills):
            zarr.create_array({}, shape=3, dtype=name, fill_value=fill)


@pytest.mark.parametrize("name", INTEGERS)
def test_the_ranges_are_those_of_the_table(name: str) -> None:
    """Catches a range that is only nearly right."""
    least, most = INTEGERS[name]
    assert f"{least} to {most}" in rows()[name][0]
