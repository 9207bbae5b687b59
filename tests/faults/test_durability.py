"""What is on disk when a write returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.faults.support import Faults, array_of, calls
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path

WRITE = """
    fsync = crud.Options(durability="fsync")
    crud.write_region(document, root, (0, 0), 5, engine=engine, options=fsync)
"""


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("old", [False, True])
def test_a_durable_write_syncs_the_file_before_and_its_folders_after_it_is_in_place(
    engine: str, sharded: bool, old: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a name that reaches the disk before its bytes: an empty chunk after a power
    failure.
    """
    root, log = tmp_path / "root", tmp_path / "log"
    array_of(root, (4, 4), sharded=sharded)
    if old:
        faults.run(WRITE, root, engine)
    faults.run(WRITE, root, engine, log=log)
    done = [(call, name) for call, name in calls(log, root) if call not in ("open", "read")]
    placed = [at for at, (call, _) in enumerate(done) if call in ("rename", "link", "create")]
    (at,) = placed
    assert done[at][1] == "c/0/0"
    before = [(call, name.rpartition(".")[2]) for call, name in done[:at] if call != "flock"]
    assert before[-2:] == [("write", "partial"), ("fsync", "partial")]
    synced = [name for call, name in done[at:] if call == "fsync"]
    assert synced == ["c/0", "c", ""]


def test_a_durable_deletion_syncs_the_folder(engine: str, tmp_path: Path, faults: Faults) -> None:
    """Catches a deletion that a power failure undoes. A chunk of fill values is stored as a
    deletion.
    """
    root, log = tmp_path / "root", tmp_path / "log"
    array_of(root, (4, 4), sharded=False)
    faults.run(WRITE, root, engine)
    faults.run(WRITE.replace("5", "0"), root, engine, log=log)
    assert not (root / "c/0/0").exists()
    assert [name for call, name in calls(log, root) if call == "fsync"] == ["c/0", "c", ""]


def test_a_failed_sync_leaves_the_old_value(engine: str, tmp_path: Path, faults: Faults) -> None:
    """Catches a disk error that is reported as success, or that loses the old value."""
    root = tmp_path / "root"
    array_of(root, (4, 4), sharded=False)
    faults.run(WRITE, root, engine)
    before = (root / "c/0/0").read_bytes()
    code = """
    try:
        options = crud.Options(durability="fsync")
        crud.write_region(document, root, (0, 0), 6, engine=engine, options=options)
    except OSError as err:
        print(err.errno, os.path.relpath(err.filename, root))
    """
    assert faults.run(code, root, engine, "fsync:EIO:.partial") == "5 c/0/0\n"
    assert (root / "c/0/0").read_bytes() == before
    assert [path.name for path in (root / "c/0").iterdir()] == ["0"]


def test_nothing_is_synced_unless_asked(engine: str, tmp_path: Path, faults: Faults) -> None:
    """Catches flushes that nobody requested. One costs a thousand times as much as a small
    write.
    """
    root, log = tmp_path / "root", tmp_path / "log"
    array_of(root, (4, 4), sharded=False)
    faults.run("crud.write_region(document, root, (0, 0), 5, engine=engine)", root, engine, log=log)
    assert "fsync" not in {call for call, _ in calls(log, root)}


APPEND = """
    import asyncio, zarr
    options = {"engine_options": {"durability": "fsync"}}
    array = zarr.open_array(root, engine=engine, config=options)
    values = np.ones((2, array.shape[1]), array.dtype)
"""


@pytest.mark.parametrize("call", ["array.append(values)", "asyncio.run(inner.append(values))"])
def test_a_durable_append_syncs_the_document(
    engine: str, call: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches elements on disk beyond the end of the array that the document on disk gives."""
    root, log = tmp_path / "root", tmp_path / "log"
    array_of(root, (4, 4), sharded=False)
    faults.run(f"{APPEND}    inner = array._async_array\n    {call}", root, engine, log=log)
    synced = [name for call, name in calls(log, root) if call == "fsync"]
    at = next(at for at, name in enumerate(synced) if name.startswith("zarr.json"))
    assert "" in synced[at:]
    assert zarr.open_array(root).shape[0] == 6


MOVE = """
    options = crud.Options(durability="fsync")
    crud.repack(root, target, options=options, engine=engine, **wanted)
"""


@pytest.mark.parametrize(
    ("shards", "wanted"),
    [(None, {}), (None, {"shards": [4, 2]}), ([4, 2], {"shards": False})],
    ids=["copied", "put together", "split"],
)
def test_a_durable_repack_syncs_the_folders_of_chunks(
    engine: str, shards: Any, wanted: Any, tmp_path: Path, faults: Faults
) -> None:
    """Catches an array whose document is on disk, and whose chunks a power failure takes away."""
    root, target, log = tmp_path / "root", tmp_path / "target", tmp_path / "log"
    array: Any = zarr.create_array(root, shape=(4, 4), chunks=(2, 2), shards=shards, dtype="i4")
    array[...] = 5
    faults.run(MOVE, root, engine, log=log, target=str(target), wanted=wanted)
    done = calls(log, target)
    placed = [at for at, (call, _) in enumerate(done) if call in ("rename", "link", "create")]
    (document,) = [at for at in placed if done[at][1] == "zarr.json"]
    chunks = [at for at in placed if done[at][1].startswith("c/")]
    assert len(chunks) == (2 if wanted.get("shards") else 4)
    for at in chunks:
        folder = done[at][1].rpartition("/")[0]
        assert {folder, "c", ""} <= {name for call, name in done[at:document] if call == "fsync"}


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("consolidated", [False, True])
def test_a_durable_repack_syncs_all_documents(
    engine: str, consolidated: bool, version: Any, tmp_path: Path, faults: Faults
) -> None:
    """Catches a target whose source may be deleted, and that a power failure leaves without a
    document: consolidated metadata change those of groups once more.
    """
    root, target, log = tmp_path / "root", tmp_path / "target", tmp_path / "log"
    group = zarr.create_group(root, path="g", zarr_format=version)
    group.create_array("a", shape=(4, 4), chunks=(2, 2), dtype="i4")[...] = 5
    wanted = {"consolidated": consolidated}
    faults.run(MOVE, root, engine, log=log, target=str(target), wanted=wanted)
    synced = {}
    stored = {}
    for at, (call, name) in enumerate(calls(log, target)):
        if call == "fsync":
            synced[name] = at
        elif call in ("rename", "link", "create"):
            stored[name] = at
    documents = {str(path.relative_to(target)) for path in target.rglob("*z*") if path.is_file()}
    of_nodes = ("zarr.json", "zarr.json") if version == 3 else (".zgroup", ".zarray")
    wanted_documents = {of_nodes[0], f"g/{of_nodes[0]}", f"g/a/{of_nodes[1]}"}
    wanted_documents |= {".zmetadata"} if consolidated and version == 2 else set()
    assert wanted_documents <= documents
    for name in documents:
        folder = name.rpartition("/")[0]
        assert synced[folder] > stored[name], name
        # Those of arrays are flushed before they get their names.
        assert folder == "g/a" or synced[name] > stored[name], name


def test_a_durable_repack_that_resumes_syncs_what_is_there(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches chunks that an earlier run stored, and that are not on disk: it did not flush them,
    or was killed before it flushed their folders.
    """
    root, target, log = tmp_path / "root", tmp_path / "target", tmp_path / "log"
    array: Any = zarr.create_array(root, shape=(4, 4), chunks=(2, 2), dtype="i4")
    array[...] = 5
    crud.repack(root, target)
    faults.run(MOVE, root, engine, log=log, target=str(target), wanted={"resume": True})
    synced = {name for call, name in calls(log, target) if call == "fsync"}
    chunks = {f"c/{row}/{column}" for row in range(2) for column in range(2)}
    assert {*chunks, "c/0", "c/1", "c", "", "zarr.json"} <= synced
