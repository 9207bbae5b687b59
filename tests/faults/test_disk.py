"""Full or broken disks, and system calls that do less than requested."""

from __future__ import annotations

import errno
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.faults.support import Faults, array_of
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path

WRITES = {
    "part": "crud.write_region(document, root, (0, 0), 5, engine=engine)",
    "whole": "crud.write_region(document, root, ..., 5, engine=engine)",
    "chunk": "crud.write_chunk(document, root, (0, 0), 5, engine=engine)",
    "encoded": "crud.write_encoded_chunk(document, root, (0, 0), bytes(64))",
}

TOLD = """
    try:
        {write}
        print("done")
    except OSError as err:
        print(err.errno, os.path.relpath(err.filename, root))
"""


def stored(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "c/0").iterdir()}


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "fault", ["write:ENOSPC", "write:EIO", "write:EDQUOT", "open:ENOSPC", "rename:EIO"]
)
def test_a_write_that_the_disk_refuses_leaves_the_old_value(
    engine: str, fault: str, write: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a file that is written in place and lost on a full disk, or an error that is not
    reported.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, ..., np.arange(16).reshape(4, 4))
    before = stored(root)
    # A rename is recorded with the new name, other calls with the name of the temporary file.
    part = "c/0/0" if fault.startswith("rename") else ".partial"
    out = faults.run(TOLD.format(write=WRITES[write]), root, engine, f"{fault}:{part}")
    assert out == f"{getattr(errno, fault.partition(':')[2])} c/0/0\n"
    assert stored(root) == before


@pytest.mark.parametrize("fault", ["write:SHORT", "write:EINTR", "read:SHORT", "read:EINTR"])
@pytest.mark.parametrize("sharded", [False, True])
def test_calls_that_do_less_than_asked_are_made_again(
    engine: str, fault: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a short read or write that counts as complete. Signals, quotas and network file
    systems cause them.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, ..., 3)
    call, error = fault.split(":")
    part = "c/0/0" if call == "read" else ".partial"
    times = 7 if error == "EINTR" else 1000
    code = f"""
    {WRITES["part"]}
    print(*crud.read_region(document, root, engine=engine).ravel())
    """
    out = faults.run(code, root, engine, f"{call}:{error}:{part}:0:{times}")
    assert out == "5" + " 3" * 15 + "\n"


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("fault", ["read:EIO", "open:EIO", "open:EPERM"])
def test_a_chunk_that_cannot_be_read_is_an_error_and_no_fill_values(
    engine: str, fault: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a partial write that treats an unreadable chunk as absent and replaces it with fill
    values.
    """
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, ..., 3)
    before = stored(root)
    number = getattr(errno, fault.partition(":")[2])
    for call in (WRITES["part"], "print(crud.read_region(document, root, engine=engine))"):
        out = faults.run(TOLD.format(write=call), root, engine, f"{fault}:c/0/0")
        assert out == f"{number} c/0/0\n"
    assert stored(root) == before


@pytest.mark.parametrize("fault", ["write:ENOSPC", "rename:EIO"])
def test_a_document_that_the_disk_refuses_leaves_the_old_one(
    fault: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches an array that is lost because its document is."""
    root = tmp_path / "root"
    array_of(root, (4, 4), sharded=False)
    before = (root / "zarr.json").read_bytes()
    code = """
    try:
        crud.write_metadata({**document, "attributes": {"a": 1}}, root)
    except OSError as err:
        print(err.errno)
    """
    part = "zarr.json" if fault.startswith("rename") else ".partial"
    out = faults.run(code, root, "reference", f"{fault}:{part}")
    assert out == f"{getattr(errno, fault.partition(':')[2])}\n"
    assert [path.name for path in root.iterdir()] == ["zarr.json"]
    assert (root / "zarr.json").read_bytes() == before


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("moment", ["open:KILL:.partial", "write:KILL:.partial", "rename:KILL:c/0"])
def test_a_write_that_is_killed_leaves_the_old_value_and_no_obstacle(
    engine: str, moment: str, write: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a leftover that counts as a chunk or member, or that blocks later writers."""
    root = tmp_path / "root"
    document = array_of(root, (4, 4), sharded=sharded)
    values = np.arange(16).reshape(4, 4)
    crud.write_region(document, root, ..., values)
    with faults.started(WRITES[write], root, engine, moment) as process:
        assert process.wait() == -signal.SIGKILL
    assert np.array_equal(crud.read_region(document, root, engine=engine), values)
    assert crud.list_chunks(document, root) == [(0, 0)]
    assert zarr.open_array(root).nchunks_initialized == (4 if sharded else 1)
    crud.write_region(document, root, (0, 0), 9, engine=engine)
    assert crud.read_region(document, root, (0, 0), engine=engine) == 9
