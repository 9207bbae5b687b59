"""Which stores the extension reads itself, and which are left to the bridge."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
import pytest
from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

import _zarrs_bindings as zb
from zarr.storage import LoggingStore, MemoryStore, ObjectStore
from zarr.zarrs import _remote
from zarr.zarrs._remote import NotNativeError, native
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from pathlib import Path

RETRIES: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=1.5), "backoff": {"base": 3}}


def s3(**options: Any) -> S3Store:
    """Return a store that needs no credentials; nothing is sent to it."""
    return S3Store("bucket", region="us-east-1", skip_signature=True, **options)


def reason(store: Any) -> str:
    """Return why a store is read through Python."""
    with pytest.raises(NotNativeError) as raised:
        native(store, zb.PythonStore(object()))  # type: ignore[arg-type]
    assert isinstance(handle_of(store), zb.PythonStore)
    return str(raised.value)


@pytest.mark.parametrize(
    "inner",
    [
        s3(),
        s3(prefix="a/b", retry_config=RETRIES),
        s3(client_options={"timeout": timedelta(seconds=7), "default_headers": {"x-a": "b"}}),
        S3Store.from_url("s3://bucket/a", skip_signature=True, region="eu-north-1"),
        HTTPStore.from_url("https://example.org/data/"),
        GCSStore("bucket", skip_signature=True),
        AzureStore("container", account_name="me", skip_signature=True),
    ],
    ids=["s3", "s3, retries", "s3, client", "s3, url", "http", "gcs", "azure"],
)
def test_stores_over_the_network_are_read_natively(inner: Any) -> None:
    """Catches a store that silently goes through the bridge, also after pickling."""
    store = ObjectStore(inner)
    assert isinstance(handle_of(store), zb.RemoteStore)
    assert handle_of(store) is handle_of(store)
    again = pickle.loads(pickle.dumps(store))
    assert isinstance(handle_of(again), zb.RemoteStore)


def test_a_store_that_gets_another_inner_store_is_followed() -> None:
    """Catches reads of the bucket that the store had before."""
    store = ObjectStore(s3())
    before = handle_of(store)
    store.store = s3(prefix="other")
    assert handle_of(store) is not before


def test_a_subclass_is_never_bypassed() -> None:
    """Catches a changed `get` that is not called."""

    class Inner(S3Store):
        __module__ = "obstore.mine"

    class Outer(ObjectStore):  # type: ignore[type-arg]
        pass

    inner = Inner("bucket", region="r", skip_signature=True)
    assert "not a store of obstore" in reason(ObjectStore(inner))
    assert "not a zarr.storage.ObjectStore" in reason(Outer(s3()))
    assert "not a zarr.storage.ObjectStore" in reason(LoggingStore(ObjectStore(s3())))


def test_stores_without_a_network_stay_on_the_bridge(tmp_path: Path) -> None:
    """Catches a local store that is taken for a remote one."""
    for inner in (obstore.store.MemoryStore(), obstore.store.LocalStore(str(tmp_path))):
        assert "not a store of obstore" in reason(ObjectStore(inner))
    assert "not a zarr.storage.ObjectStore" in reason(MemoryStore())


def test_a_configuration_that_obstore_does_not_tell_goes_over_the_bridge() -> None:
    """Catches a panic of obstore, which is no `Exception`."""
    assert "does not tell" in reason(ObjectStore(s3(allow_http=True)))


def test_what_is_not_known_goes_over_the_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an argument, a setting or a release that is ignored."""
    store = ObjectStore(s3())
    monkeypatch.setattr(_remote, "_ARGUMENTS", {"prefix"})
    assert "config" in reason(store)
    monkeypatch.undo()
    monkeypatch.setattr(obstore, "__version__", "0.5.1")
    assert "older than 0.6" in reason(store)
    monkeypatch.undo()
    monkeypatch.delattr(zb, "RemoteStore")
    monkeypatch.setattr(_remote, "extension", lambda: zb)
    with pytest.raises(NotNativeError, match="feature 'remote'"):
        native(store, None)


def test_asynchronous_and_unknown_providers_go_over_the_bridge() -> None:
    """Catches a provider that the extension cannot call."""

    async def provider() -> Any:
        return {}

    class Provider:
        async def __call__(self) -> Any:
            return {}

    for one in (provider, Provider()):
        inner = S3Store("bucket", region="r", credential_provider=one)
        assert "asynchronous" in reason(ObjectStore(inner))
    plain: Any = dict
    azure = AzureStore("c", account_name="me", credential_provider=plain)
    assert "S3 and GCS only" in reason(ObjectStore(azure))
