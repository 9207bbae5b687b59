"""What a process does first is measured in a new one."""

from __future__ import annotations

import subprocess

import pytest

from bench.nodes.hierarchies import Took
from bench.nodes.processes import _process, _stock


def test_upstreams_side_has_no_engines() -> None:
    """Catches a comparison of our import with itself."""
    measured = "import zarr; assert not hasattr(zarr, 'list_engines')"
    found = _process("", measured, first_on_path=_stock().name)()
    assert isinstance(found, Took)
    assert found.seconds > 0
    with pytest.raises(subprocess.CalledProcessError):
        _process("", measured)()


def test_only_a_part_of_the_process_is_measured() -> None:
    """Catches a time that contains the start of Python."""
    assert _process("import time; time.sleep(1)", "pass")().seconds < 1
