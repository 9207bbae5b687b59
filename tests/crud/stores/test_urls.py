"""URLs with options: which of them name one store, and what is refused."""

from __future__ import annotations

import asyncio
import gc
import weakref
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import zarr
from zarr import crud
from zarr.crud._stores import urls
from zarr.crud._stores.location import locate
from zarr.crud._stores.urls import named_store
from zarr.storage import FsspecStore, LocalStore, MemoryStore, StorePath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "http://127.0.0.1:1/data"


class Pair(NamedTuple):
    """A user and a password, as `aiohttp.BasicAuth`."""

    user: str
    password: str


class Token:
    """Credentials that look alike and are equal, whoever they are of."""

    def __init__(self, of: str) -> None:
        self.of = of

    def __repr__(self) -> str:
        return "Token()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token)

    def __hash__(self) -> int:
        return 0


@pytest.fixture(autouse=True)
def none_kept() -> Iterator[None]:
    urls._stores.clear()
    yield
    urls._stores.clear()


def options(**more: Any) -> dict[str, Any]:
    """Options that are equal and not the same at each call."""
    return {"block_size": 5, "client_kwargs": {"headers": {"a": "b"}, "list": [1, (2,)]}, **more}


def test_equal_options_name_one_store() -> None:
    """Catches a new store at each call, which has no client, no readers and knows no node."""
    store = named_store(URL, options())
    assert isinstance(store, FsspecStore)
    assert named_store(URL, options()) is store
    assert named_store(URL, dict(reversed(options().items()))) is store
    assert locate(URL, "").store is named_store(URL, None) is named_store(URL, {})


@pytest.mark.parametrize(
    "other",
    [
        None,
        options(block_size=6),
        options(block_size=5.0),
        options(client_kwargs={"headers": {"a": "c"}, "list": [1, (2,)]}),
        options(client_kwargs={"headers": {"a": "b"}, "list": [1, [2]]}),
        options(encoded=True),
    ],
)
def test_other_options_name_another_store(other: Any) -> None:
    """Catches a tenant that reads with the settings of another."""
    store = named_store(URL, options())
    found = named_store(URL, other)
    assert found is not store
    assert found.fs is not store.fs
    assert named_store(f"{URL}/a", options()) is not store


def test_credentials_are_compared_by_identity() -> None:
    """Catches a tenant that reads with the credentials of another, because both look alike."""
    one, other = Token("one"), Token("other")
    stores = [named_store(URL, options(client_kwargs={"auth": auth})) for auth in (one, other)]
    assert [store.fs.client_kwargs["auth"].of for store in stores] == ["one", "other"]
    pairs = [{"auth": Pair("user", password)} for password in ("a", "b", "a")]
    given = [named_store(URL, options(client_kwargs=pair)) for pair in pairs]
    assert given[0] is given[2] is not given[1]
    assert named_store(URL, options(client_kwargs={"auth": one})) is stores[0]
    assert named_store(URL, options(client_kwargs={"auth": other})) is stores[1]


def test_options_that_change_later_name_another_store() -> None:
    """Catches a store whose settings a caller changes after they were compared."""
    # Not those of another test, whose file system fsspec has kept.
    given = options(block_size=11)
    store = named_store(URL, given)
    given["client_kwargs"]["headers"]["a"] = "c"
    assert store.fs.client_kwargs["headers"] == {"a": "b"}
    assert named_store(URL, given).fs.client_kwargs["headers"] == {"a": "c"}
    assert named_store(URL, options(block_size=11)) is store


def test_a_file_system_that_fsspec_forgot_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches credentials that cannot be refreshed by clearing the cache of fsspec."""
    store = named_store(URL, None)
    # As `clear_instance_cache` does, but for this test only.
    monkeypatch.setattr(type(store.fs), "_cache", {})
    found = named_store(URL, None)
    assert found.fs is not store.fs
    assert named_store(URL, {"skip_instance_cache": True}).fs is not found.fs


def test_settings_of_fsspec_count_as_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a store that keeps settings which have changed."""
    from fsspec.config import conf

    store = named_store(URL, None)
    monkeypatch.setitem(conf, "http", {"block_size": 7})
    assert named_store(URL, None).fs.block_size == 7
    monkeypatch.delitem(conf, "http")
    assert named_store(URL, None) is store


def test_an_archive_is_opened_at_each_call(tmp_path: Path) -> None:
    """Catches an archive that has been replaced and is read by its old directory."""
    values = []
    for number in (1, 2):
        with zarr.storage.ZipStore(tmp_path / "a.zip", mode="w") as store:
            zarr.create_array(store, shape=number, dtype="u1")
        for url in (f"zip://::{tmp_path}/a.zip", "zip://"):
            given = {"fo": str(tmp_path / "a.zip")} if url == "zip://" else None
            document = crud.read_metadata(url, storage_options=given)
            values.append(document.shape)
    assert values == [(1,), (1,), (2,), (2,)]
    assert len(urls._stores) == 0


def test_few_stores_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches stores that accumulate."""
    for number in range(urls.MOST + 3):
        named_store(f"{URL}/{number}", None)
    assert len(urls._stores) == urls.MOST
    seen = weakref.ref(named_store(f"{URL}/x", None))
    urls._stores.clear()
    gc.collect()
    assert seen() is None


def test_memory_keeps_its_meaning() -> None:
    """Catches data that live as long as the kept store."""
    assert named_store("memory://a/b", None) == "memory://a/b"
    assert len(urls._stores) == 0


def test_a_url_of_files_makes_no_folder(tmp_path: Path) -> None:
    """Catches a read of a misspelt name that leaves a folder behind."""
    url = f"file://{tmp_path}/none"
    with pytest.raises(FileNotFoundError):
        crud.read_metadata(url)
    assert not (tmp_path / "none").exists()
    crud.create({"zarr_format": 3, "node_type": "group"}, url)
    assert crud.read_metadata(LocalStore(tmp_path / "none"))["node_type"] == "group"
    assert crud.read_metadata(url)["node_type"] == "group"


def unused(tmp_path: Path) -> list[Any]:
    """What takes no options."""
    memory = MemoryStore()
    local = [str(tmp_path), tmp_path, f"file://{tmp_path}", "memory://a"]
    return [memory, StorePath(memory, "a"), {}, None, 5, *local]


def test_options_without_a_file_system_are_refused_as_by_zarr(tmp_path: Path) -> None:
    """Catches credentials that are ignored, so that a caller takes a store for another."""
    document: Any = {"zarr_format": 3, "node_type": "group"}
    for given in unused(tmp_path):
        with pytest.raises(TypeError) as theirs:
            zarr.open_group(given, storage_options={"key": "SECRET"})
        with pytest.raises(TypeError) as ours:
            crud.create(document, given, storage_options={"key": "SECRET"})
        assert str(ours.value) == str(theirs.value)
        with pytest.raises(TypeError):
            asyncio.run(crud.create_async(document, given, storage_options={"key": "SECRET"}))
    at = StorePath(MemoryStore(), "a")
    crud.create(document, at, storage_options={})
    assert zarr.open_group(at, storage_options={}).path == "a"


@pytest.mark.parametrize("wrong", [5, "SECRET", ["SECRET"], [("key", "SECRET")], {5: "SECRET"}])
def test_options_are_a_mapping_of_names(wrong: Any) -> None:
    """Catches an error in the middle of fsspec, and a message with a secret."""
    with pytest.raises(TypeError, match=r"storage_options .*; use") as raised:
        named_store(URL, wrong)
    assert "SECRET" not in str(raised.value)


def test_options_that_contain_themselves_are_refused() -> None:
    """Catches a walk that never ends."""
    given: dict[str, Any] = {}
    given["client_kwargs"] = given
    with pytest.raises(ValueError, match="storage_options contains itself"):
        named_store(URL, given)


def test_no_text_shows_the_options() -> None:
    """Catches a secret in a log or a message."""
    given = {"client_kwargs": {"headers": {"Authorization": "SECRET"}}}
    store = named_store(URL, given)
    key = next(iter(urls._stores._results))
    assert not any("SECRET" in text for text in (repr(store), str(store), repr(key), str(key)))


def _has_others(inherited: list[FsspecStore], given: list[Any]) -> None:
    for store, options_ in zip(inherited, given, strict=True):
        assert named_store(URL, options_) is not store
        assert named_store(URL, options_) is named_store(URL, options_)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_has_stores_of_its_own() -> None:
    """Catches a client whose event loop does not exist in the child."""
    given: list[Any] = [None, options(client_kwargs={"auth": Token("one")})]
    inherited = [named_store(URL, one) for one in given]
    child = get_context("fork").Process(target=_has_others, args=(inherited, given))
    child.start()
    child.join()
    assert child.exitcode == 0


def test_a_relative_name_is_of_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a path that is kept by its name, and is one of another directory."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        zarr.create_group("x", attributes={"name": name})
    for name in ("a", "b", "a"):
        monkeypatch.chdir(tmp_path / name)
        assert crud.read_metadata("x")["attributes"] == {"name": name}
        assert dict(zarr.open_group("x", mode="r", engine="auto").attrs) == {"name": name}
