"""Files made of pieces of others, in Python and in the extension."""

from __future__ import annotations

import errno
import os
import resource
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.privileges import without_capabilities
from zarr.crud._stores import assembled_files
from zarr.crud._stores.assembled_files import FilePiece, assemble_files
from zarr.crud.backends.direct import file_assembler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.crud._stores.assembled_files import FileAssembler

DATA = os.urandom(700_001)


@pytest.fixture(params=["reference", "zarrs"])
def assemble(request: pytest.FixtureRequest) -> FileAssembler:
    found = file_assembler(request.param)
    assert (found is assemble_files) == (request.param == "reference")
    return found


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def one(assemble: FileAssembler, path: Path, pieces: Any, *, fsync: bool = False) -> int:
    """Store one file; raise its error."""
    (found,) = assemble([(str(path), pieces)], fsync=fsync)
    if isinstance(found, Exception):
        raise found
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def check_joined(assemble: FileAssembler, folder: Path) -> None:
    small, large = str(folder / "small"), str(folder / "large")
    (folder / "large").write_bytes(DATA)
    (folder / "small").write_bytes(b"small")
    target = folder / "new" / "folder" / "x"
    pieces: list[Any] = [
        b"ab",
        FilePiece(large, 1, 300_000),
        FilePiece(small, 2, 3),
        FilePiece(large, 0, 5),
        b"",
        FilePiece(small, 5, 0),
        DATA,
        FilePiece(large, 700_000, 1),
    ]
    wanted = b"ab" + DATA[1:300_001] + b"all" + DATA[:5] + DATA + DATA[-1:]
    assert one(assemble, target, pieces, fsync=True) == len(wanted)
    assert target.read_bytes() == wanted
    assert one(assemble, target, [FilePiece(large, 0, None)]) == len(DATA)
    assert target.read_bytes() == DATA
    assert names(target.parent) == ["x"]


def test_pieces_are_joined_in_order(assemble: FileAssembler, tmp_path: Path) -> None:
    """Catches a piece of another place, or bytes that the system did not copy at once."""
    check_joined(assemble, tmp_path)


def test_pieces_are_joined_where_the_system_copies_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a file system on which nothing can be copied."""

    def refuse(*_: Any) -> int:
        raise OSError(errno.EXDEV, "another device")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    check_joined(assemble_files, tmp_path)


def test_files_of_other_file_systems_are_copied(
    assemble: FileAssembler, tmp_path: Path, memory_folder: Path
) -> None:
    """Catches an error where the system does not copy between two file systems."""
    (memory_folder / "s").write_bytes(DATA)
    whole = [FilePiece(str(memory_folder / "s"), 0, None)]
    assert one(assemble, tmp_path / "x", whole) == len(DATA)
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_large_file_is_copied_in_steps(assemble: FileAssembler, memory_folder: Path) -> None:
    """Catches a step that begins at a wrong byte, or a last one of a wrong length."""
    # No step has the bytes of another.
    data = os.urandom((1 << 20) - 1) * 33
    source = memory_folder / "s"
    source.write_bytes(data)
    for start, length in ((0, None), (3, len(data) - 7)):
        piece = FilePiece(str(source), start, length)
        wanted = data[start : len(data) if length is None else start + length]
        assert one(assemble, memory_folder / "x", [piece]) == len(wanted)
        assert (memory_folder / "x").read_bytes() == wanted


def test_the_first_error_ends_the_work(assemble: FileAssembler, tmp_path: Path) -> None:
    """Catches sizes of other files, an error that hides what is done, or work after it."""
    (tmp_path / "s").write_bytes(b"123")
    whole = [FilePiece(str(tmp_path / "s"), 0, None)]
    none = [FilePiece(str(tmp_path / "none"), 0, None)]
    files: Any = [("a", whole), ("b", [b"b"]), ("new/c", none), ("d", whole)]
    found = assemble([(str(tmp_path / name), pieces) for name, pieces in files], fsync=False)
    assert found[:2] == [3, 1]
    assert isinstance(found[2], FileNotFoundError)
    assert found[2].filename == str(tmp_path / "none")
    assert len(found) == 3
    assert names(tmp_path) == ["a", "b", "s"]
    assert list(assemble([], fsync=True)) == []


@pytest.mark.parametrize("length", [3, 300_000])
def test_a_piece_beyond_its_file_leaves_the_old_value(
    assemble: FileAssembler, tmp_path: Path, length: int
) -> None:
    """Catches a shorter value, or a temporary file that stays."""
    (tmp_path / "s").write_bytes(b"123")
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(OSError, match=f"ends before byte {length + 1}") as caught:
        one(assemble, tmp_path / "x", [b"new", FilePiece(str(tmp_path / "s"), 1, length)])
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(tmp_path / "s"))
    with pytest.raises(FileNotFoundError) as caught:
        one(assemble, tmp_path / "x", [b"new", FilePiece(str(tmp_path / "none"), 1, length)])
    assert caught.value.filename == str(tmp_path / "none")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == ["s", "x"]


def test_what_is_no_file_is_refused(assemble: FileAssembler, tmp_path: Path) -> None:
    """Catches a wait for the writer of a pipe, or an empty value in place of a folder."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "s").write_bytes(b"123")
    for name, code in (("pipe", errno.EINVAL), ("folder", errno.EISDIR), ("s/x", errno.ENOENT)):
        source = str(tmp_path / name)
        for piece in (
            FilePiece(source, 0, None),
            FilePiece(source, 0, 1),
            FilePiece(source, 0, 1 << 18),
        ):
            with pytest.raises(OSError, match=name) as caught:
                one(assemble, tmp_path / "x", [piece])
            assert (caught.value.errno, caught.value.filename) == (code, source)
    for target, error in (("folder", IsADirectoryError), ("s/x", NotADirectoryError)):
        with pytest.raises(error) as caught:
            one(assemble, tmp_path / target, [b"1"])
        assert caught.value.filename == str(tmp_path / target)
        assert str(caught.value).endswith(f": {str(tmp_path / target)!r}")
    assert names(tmp_path) == ["folder", "pipe", "s"]


@pytest.mark.parametrize("length", [5_000, 400_000])
def test_a_full_disk_leaves_the_old_value(
    assemble: FileAssembler, tmp_path: Path, length: int
) -> None:
    """Catches a part of a value, or one that counts as stored although no space was left."""
    (tmp_path / "s").write_bytes(DATA)
    (tmp_path / "x").write_bytes(b"old")
    pieces = [FilePiece(str(tmp_path / "s"), 0, length)]
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
    try:
        found = assemble(
            [(str(tmp_path / "x"), pieces), (str(tmp_path / "y"), [b"1"])], fsync=False
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    (error,) = found
    assert isinstance(error, OSError)
    assert (error.errno, error.filename) == (errno.EFBIG, str(tmp_path / "x"))
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == ["s", "x"]


def test_names_are_those_of_the_system(assemble: FileAssembler, tmp_path: Path) -> None:
    """Catches names that are no text, or have letters with a meaning elsewhere."""
    folder = tmp_path / os.fsdecode(b"no \xff text")
    folder.mkdir()
    for name in ("with space", "line\nend", "größe-面", "%2F", "..x", "\\", "*?"):
        (folder / name).write_bytes(name.encode())
        whole = [FilePiece(str(folder / name), 0, None)]
        assert one(assemble, folder / f"to {name}", whole) == len(name.encode())
        assert (folder / f"to {name}").read_bytes() == name.encode()
    with pytest.raises(OSError, match="too long"):
        one(assemble, folder / ("x" * 300), [b"1"])


def interrupted(assemble: FileAssembler, files: Any) -> None:
    """Store files until Ctrl-C, which comes soon."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        with pytest.raises(KeyboardInterrupt):
            assemble(files, fsync=False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_interrupt_ends_the_copy_of_a_large_file(
    assemble: FileAssembler, tmp_path: Path, memory_folder: Path
) -> None:
    """Catches a copy that goes on after Ctrl-C, or leaves a part of a value."""
    # The system does not share its bytes with a file on a disk, and copies them for seconds.
    with (memory_folder / "s").open("wb") as file:
        file.truncate(1 << 32)
    interrupted(assemble, [(str(tmp_path / "x"), [FilePiece(file.name, 0, None)])])
    assert names(tmp_path) == []


def test_an_interrupt_ends_the_copy_of_many_files(
    assemble: FileAssembler, memory_folder: Path
) -> None:
    """Catches a copy of many files that goes on after Ctrl-C, or leaves a part of a value."""
    (memory_folder / "s").write_bytes(b"123")
    whole = [FilePiece(str(memory_folder / "s"), 0, None)]
    interrupted(assemble, [(str(memory_folder / f"x{n}"), whole) for n in range(100_000)])
    left = names(memory_folder)
    assert len(left) < 100_001
    assert not [name for name in left if name.endswith("partial")]
    assert {(memory_folder / name).stat().st_size for name in left} == {3}


def test_an_interrupt_of_a_new_file_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a temporary file that stays because Ctrl-C came just after the system had made it."""

    def create(name: Any, flags: int, *mode: int, do: Any = os.open) -> int:
        fd = int(do(name, flags, *mode))
        if flags & os.O_CREAT:
            os.close(fd)
            raise KeyboardInterrupt
        return fd

    monkeypatch.setattr(os, "open", create)
    with pytest.raises(KeyboardInterrupt):
        one(assemble_files, tmp_path / "x", [b"new"])
    assert names(tmp_path) == []


def test_a_folder_without_permission_keeps_its_values(
    assemble: FileAssembler, tmp_path: Path
) -> None:
    """Catches an error that names the temporary file, or none."""
    (tmp_path / "x").write_bytes(b"old")
    tmp_path.chmod(0o555)
    with without_capabilities(), pytest.raises(PermissionError) as caught:
        one(assemble, tmp_path / "x", [b"new"])
    tmp_path.chmod(0o755)
    assert caught.value.filename == str(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"old"


def test_many_sources_do_not_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a descriptor for each piece of a shard."""
    before, seen = open_files(), []

    def write(fd: int, data: Any, do: Any = os.write) -> int:
        seen.append(open_files())
        return int(do(fd, data))

    for number in range(50):
        (tmp_path / f"s{number}").write_bytes(bytes([number]))
    monkeypatch.setattr(os, "write", write)
    pieces = [FilePiece(str(tmp_path / f"s{n}"), 0, 1) for n in range(50)]
    one(assemble_files, tmp_path / "x", pieces)
    assert (tmp_path / "x").read_bytes() == bytes(range(50))
    assert max(seen) <= before + assembled_files._MOST_OPEN + 2
    assert open_files() <= before


def test_pieces_of_many_sources_in_any_order(assemble: FileAssembler, tmp_path: Path) -> None:
    """Catches bytes of a file that is open in place of those of another, and files left open, or
    more than may be open at a time.
    """
    before, order = open_files(), [n * 7 % 50 for n in range(100)]
    for number in range(50):
        (tmp_path / f"s{number}").write_bytes(bytes([number, number + 100]))
    pieces = [FilePiece(str(tmp_path / f"s{n}"), at % 2, 1) for at, n in enumerate(order)]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
    free = [number for number in range(1000) if number not in used]
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[22], limits[1]))
    try:
        one(assemble, tmp_path / "x", pieces)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert (tmp_path / "x").read_bytes() == bytes(n + 100 * (at % 2) for at, n in enumerate(order))
    assert open_files() <= before


def test_a_temporary_file_that_is_taken_for_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a value that is lost because a wrong clock made its file seem old."""
    (tmp_path / "s").write_bytes(DATA)
    removed: list[Any] = []

    def replace(name: Any, path: Any, do: Any = os.replace) -> None:
        if not removed:
            removed.append(name)
            Path(name).unlink()
        do(name, path)

    monkeypatch.setattr(os, "replace", replace)
    one(assemble_files, tmp_path / "x", [FilePiece(str(tmp_path / "s"), 0, None)])
    assert removed
    assert (tmp_path / "x").read_bytes() == DATA


def test_an_empty_source_is_a_value(assemble: FileAssembler, tmp_path: Path) -> None:
    """Catches an empty file that is not made."""
    (tmp_path / "empty").write_bytes(b"")
    assert one(assemble, tmp_path / "x", [FilePiece(str(tmp_path / "empty"), 0, None)]) == 0
    assert (tmp_path / "x").read_bytes() == b""


@pytest.mark.parametrize("length", [3, 300_000])
@pytest.mark.parametrize("other", [-1, 1])
def test_a_file_of_another_size_is_refused(
    assemble: FileAssembler, tmp_path: Path, length: int, other: int
) -> None:
    """Catches a part of a file that grew, or was cut, which counts as all of it."""
    (tmp_path / "s").write_bytes(DATA)
    (tmp_path / "x").write_bytes(b"old")
    piece = FilePiece(str(tmp_path / "s"), 1, length, len(DATA))
    assert one(assemble, tmp_path / "y", [piece]) == length
    wrong = piece._replace(size=len(DATA) + other)
    with pytest.raises(OSError, match=f"has {len(DATA)} bytes, not {wrong.size}") as caught:
        one(assemble, tmp_path / "x", [b"new", wrong])
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(tmp_path / "s"))
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == ["s", "x", "y"]


def test_a_file_that_ends_while_it_is_copied_is_refused(
    assemble: FileAssembler, tmp_path: Path
) -> None:
    """Catches a cut value, and an error that says that a chunk does not decode."""
    # The system says that this file has more bytes than can be read.
    source = "/sys/kernel/mm/transparent_hugepage/enabled"
    size = Path(source).stat().st_size
    for piece in (FilePiece(source, 0, None), FilePiece(source, 0, size)):
        with pytest.raises(OSError, match=f"ends before byte {size}") as caught:
            one(assemble, tmp_path / "x", [piece])
        assert (caught.value.errno, caught.value.filename) == (errno.EIO, source)
    assert names(tmp_path) == []


def test_a_file_that_grows_while_it_is_copied_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches the bytes that a file had at first, which are no value that anybody stored."""
    source = tmp_path / "s"
    source.write_bytes(DATA)

    def write(fd: int, data: Any, do: Any = os.write) -> int:
        source.write_bytes(DATA + b"more")
        return int(do(fd, data))

    monkeypatch.delattr(os, "copy_file_range")
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match=f"has {len(DATA) + 4} bytes, not {len(DATA)}") as caught:
        one(assemble_files, tmp_path / "x", [FilePiece(str(source), 0, None)])
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(source))
    assert names(tmp_path) == ["s"]
