"""Stores that can put a value under a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import obstore
import pytest
from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

from zarr.crud._stores.conditions import offers_conditions, refused_conditions
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, WrapperStore

if TYPE_CHECKING:
    from pathlib import Path


def s3(**options: Any) -> ObjectStore[Any]:
    return ObjectStore(S3Store("bucket", region="us-east-1", **options))


class OwnGet(ObjectStore[Any]):
    """A class that may return other values."""

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        return await super().get(*args, **kwargs)


class OwnSet(ObjectStore[Any]):
    """A class that may store other values."""

    async def set(self, *args: Any, **kwargs: Any) -> None:
        await super().set(*args, **kwargs)


class Same(ObjectStore[Any]):
    """A class that changes nothing."""


class Derived(S3Store):
    """A class that may send other requests."""

    # zarr takes only classes of obstore.
    __module__ = "obstore.store"


def offering() -> list[Any]:
    azure: Any = {"account_name": "a", "account_key": "a2V5"}
    return [
        s3(),
        s3(conditional_put="etag"),
        s3(config={"AWS_CONDITIONAL_PUT": "etag"}),
        ObjectStore(GCSStore("bucket", skip_signature=True)),
        ObjectStore(AzureStore("container", **azure)),
        ObjectStore(obstore.store.MemoryStore()),
        Same(obstore.store.MemoryStore()),
        ObjectStore(obstore.store.MemoryStore(), read_only=True),
    ]


def test_stores_of_obstore_with_conditions_offer_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a store whose writers of other machines are needlessly not locked out."""
    monkeypatch.delenv("AWS_CONDITIONAL_PUT", raising=False)
    for store in offering():
        assert refused_conditions(store) is None, store
        assert offers_conditions(store), store


def test_no_other_store_offers_conditions(tmp_path: Path) -> None:
    """Catches a condition that is ignored, or never met, so that a write is lost or never ends."""
    inner = obstore.store.MemoryStore()
    others: list[Any] = [
        ObjectStore(HTTPStore.from_url("https://localhost:1/")),
        ObjectStore(obstore.store.LocalStore(tmp_path)),
        ObjectStore(Derived("bucket")),
        OwnGet(inner),
        OwnSet(inner),
        WrapperStore(ObjectStore(inner)),
        FsspecStore.from_url("memory://conditions"),
        LocalStore(tmp_path),
        MemoryStore(),
    ]
    for store in others:
        reason = refused_conditions(store) or ""
        assert "locking='conditional' needs" in reason, store
        assert "use 'auto'" in reason
        assert repr(store) in reason
        assert not offers_conditions(store), store


@pytest.mark.parametrize("where", ["keyword", "config", "environment"])
def test_a_store_whose_conditions_are_turned_off_offers_none(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a request that obstore refuses for a service that knows no conditions."""
    monkeypatch.delenv("AWS_CONDITIONAL_PUT", raising=False)
    if where == "environment":
        monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
        store = s3()
    elif where == "config":
        store = s3(config={"AWS_CONDITIONAL_PUT": "disabled"})
    else:
        store = s3(conditional_put="disabled")
    assert "conditional_put='disabled'" in (refused_conditions(store) or "")
    assert not offers_conditions(store)


def test_a_configuration_that_obstore_cannot_tell_is_asked_for_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Catches a panic of obstore that ends a write, or that is repeated for each chunk."""
    store = s3(allow_http=True)
    assert offers_conditions(store)
    capfd.readouterr()
    assert offers_conditions(store)
    assert capfd.readouterr().err == ""


def test_another_store_at_the_same_place_is_asked_anew() -> None:
    """Catches an answer that was kept for a store that no longer exists."""
    for _ in range(20):
        assert not offers_conditions(s3(conditional_put="disabled"))
        assert offers_conditions(s3(conditional_put="etag"))
