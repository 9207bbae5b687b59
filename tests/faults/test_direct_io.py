"""Direct I/O that the system refuses, or that fails."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.faults.support import Faults, array_of, calls
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path

OPENED = """
    import logging
    logging.basicConfig(format="%(message)s", stream=sys.stdout)
    keys = {"path": "zarr.zarrs.ZarrsCodecPipeline", "direct_io": True, "strict": STRICT}
    with zarr.config.set({f"codec_pipeline.{key}": value for key, value in keys.items()}):
        array = zarr.open_array(root)
"""

USED = """
    for _ in range(2):
        array[0, 0] = 5
        print(*array[0])
"""

REFUSED = """
    try:
        USE
    except zarr.zarrs.UnsupportedMetadataError as err:
        print(err)
"""

REASON = (
    "codec_pipeline.direct_io is set, and the system or the file system of the array has no "
    "direct I/O (O_DIRECT)"
)


def opened(*, strict: bool) -> str:
    return OPENED.replace("STRICT", str(strict))


def array_in(root: Path, *, sharded: bool) -> None:
    document = array_of(root, (4, 4), sharded=sharded)
    crud.write_region(document, root, ..., np.arange(16).reshape(4, 4))


@pytest.mark.parametrize("sharded", [False, True])
def test_files_are_opened_and_moved_without_the_page_cache(
    sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a file that is not opened for direct I/O, or a transfer after that was turned off:
    the flags of the descriptor are looked up at each transfer.
    """
    root, log = tmp_path / "root", tmp_path / "log"
    array_in(root, sharded=sharded)
    out = faults.run(opened(strict=True) + USED, root, "zarrs", log=log)
    assert out == "5 1 2 3\n" * 2
    done = [
        (call, name.rpartition(".")[2] if ".partial" in name else name)
        for call, name in calls(log, root)
        if name.startswith("c/") and call not in ("open", "flock", "free")
    ]
    assert {call for call, name in done if name == "c/0/0"} == {"direct", "direct-read", "rename"}
    assert {call for call, name in done if name == "partial"} == {"direct", "direct-write"}


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize(
    "fault",
    ["direct:EINVAL:c/0/0", "direct:EINVAL:.partial", "direct-read:EINVAL:c/0/0",
     "direct-write:EINVAL:.partial"],
)  # fmt: skip
def test_a_file_system_without_it_uses_the_page_cache_with_one_record(
    fault: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches an array that cannot be read or written, a silent fallback, or a record per call."""
    root = tmp_path / "root"
    array_in(root, sharded=sharded)
    out = faults.run(opened(strict=False) + USED, root, "zarrs", fault)
    said, *rows = out.splitlines()
    assert said.endswith(f": {REASON}; the page cache is used")
    assert rows == ["5 1 2 3"] * 2
    assert [path.name for path in (root / "c/0").iterdir()] == ["0"]


@pytest.mark.parametrize(
    ("use", "fault"),
    [("array[...]", "direct:EINVAL:c/0/0"), ("array[0, 0] = 5", "direct:EINVAL:c/0/0"),
     ("array[...] = 5", "direct:EINVAL:.partial"), ("array[...]", "direct-read:EINVAL:c/0/0"),
     ("array[...] = 5", "direct-write:EINVAL:.partial")],
)  # fmt: skip
def test_it_is_an_error_in_strict_mode_and_the_old_value_stays(
    use: str, fault: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches strict mode that falls back, and a temporary file that is left."""
    root = tmp_path / "root"
    array_in(root, sharded=False)
    before = (root / "c/0/0").read_bytes()
    code = opened(strict=True) + REFUSED.replace("USE", use)
    assert faults.run(code, root, "zarrs", fault) == f"{REASON}\n"
    assert {path.name: path.read_bytes() for path in (root / "c/0").iterdir()} == {"0": before}


@pytest.mark.parametrize("limit", [100, 4096, 9000])
def test_a_file_that_grows_too_large_leaves_the_old_value(
    limit: int, tmp_path: Path, faults: Faults
) -> None:
    """Catches a limit inside of a block that counts as a file system without direct I/O, and a
    truncated file in the place of the old one.
    """
    root = tmp_path / "root"
    document = array_of(root, (50, 50), sharded=False)
    crud.write_region(document, root, ..., 3)
    before = (root / "c/0/0").read_bytes()
    code = f"""
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
    try:
        array[...] = 5
    except OSError as err:
        print(err.errno, os.path.relpath(err.filename, root))
    """
    out = faults.run(opened(strict=True) + code, root, "zarrs")
    assert out == f"{errno.EFBIG} c/0/0\n"
    assert {path.name: path.read_bytes() for path in (root / "c/0").iterdir()} == {"0": before}


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EDQUOT"])
def test_a_failing_disk_is_the_error_of_the_disk(
    error: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a failure that is taken for a refusal and tried again through the page cache."""
    root = tmp_path / "root"
    array_in(root, sharded=False)
    before = (root / "c/0/0").read_bytes()
    code = """
    for use in (lambda: array[...], lambda: array.__setitem__(..., 5)):
        try:
            use()
        except OSError as err:
            print(err.errno, os.path.relpath(err.filename, root))
    """
    rules = f"direct-read:{error}:c/0/0;direct-write:{error}:.partial"
    out = faults.run(opened(strict=False) + code, root, "zarrs", rules)
    assert out == f"{getattr(errno, error)} c/0/0\n" * 2
    assert {path.name: path.read_bytes() for path in (root / "c/0").iterdir()} == {"0": before}


@pytest.mark.parametrize(
    "fault", ["direct-read:EINTR:c/0/0:0:7", "direct-write:EINTR:.partial:0:7"]
)
def test_an_interrupted_transfer_is_made_again(fault: str, tmp_path: Path, faults: Faults) -> None:
    """Catches a signal that ends a read or write."""
    root = tmp_path / "root"
    array_in(root, sharded=True)
    out = faults.run(opened(strict=True) + USED, root, "zarrs", fault)
    assert out == "5 1 2 3\n" * 2


@pytest.mark.parametrize("call", ["direct-read:SHORT:c/0/0", "direct-write:SHORT:.partial"])
def test_a_transfer_that_ends_inside_a_block_goes_on_at_one(
    call: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches bytes that are left out, and a transfer that the system refuses."""
    root, values = tmp_path / "root", np.arange(2500).reshape(50, 50)
    document = array_of(root, (50, 50), sharded=False)
    crud.write_region(document, root, ..., values)
    code = "\n    array[...] = array[...] + 1\n"
    assert faults.run(opened(strict=True) + code, root, "zarrs", f"{call}:0:3") == ""
    assert np.array_equal(crud.read_region(document, root, ...), values + 1)
