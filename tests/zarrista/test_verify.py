"""Faults of archives, found while the package decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crud.verify.faults import FAULTS
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, tmp_path: Path) -> None:
    """Catches damage that the package decodes to something, or a panic that ends the report."""
    fault = FAULTS[name]
    made = fault.make()
    fault.inject(made)
    for key, value in made._store_dict.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(value.to_bytes())
    report = crud.verify(tmp_path, level="decode", engine="zarrista")
    assert (fault.kind, fault.key) in {(one.kind, one.key) for one in report.findings}
    assert not {"unreadable", "not-checked"} & {one.kind for one in report.findings}
