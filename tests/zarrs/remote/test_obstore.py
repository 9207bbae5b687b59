"""Which stores of obstore the extension reads itself, and which are left to the bridge."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import obstore
import pytest
from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

import _zarrs_bindings as zb
from tests.zarrs.remote.reasons import reason
from zarr.storage import LoggingStore, MemoryStore, ObjectStore
from zarr.zarrs._remote import _obstore
from zarr.zarrs._store import access_of, handle_of

RETRIES: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=1.5), "backoff": {"base": 3}}


def s3(**options: Any) -> S3Store:
    """Return a store that needs no credentials; nothing is sent to it."""
    return S3Store("bucket", region="us-east-1", skip_signature=True, **options)


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
    assert "Outer is not a store that the extension knows" in reason(Outer(s3()))
    assert "LoggingStore is not a store that" in reason(LoggingStore(ObjectStore(s3())))


def test_stores_without_a_network_stay_on_the_bridge() -> None:
    """Catches a local store that is taken for a remote one."""
    assert "not a store of obstore" in reason(ObjectStore(obstore.store.MemoryStore()))
    assert "MemoryStore is not a store that" in reason(MemoryStore())


def test_a_configuration_that_obstore_does_not_tell_goes_over_the_bridge() -> None:
    """Catches a panic of obstore, which is no `Exception`."""
    assert "does not tell" in reason(ObjectStore(s3(allow_http=True)))


def test_what_is_not_known_goes_over_the_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an argument, a setting or a release that is ignored."""
    monkeypatch.setattr(_obstore, "_ARGUMENTS", {"prefix"})
    assert "config" in reason(ObjectStore(s3()))
    monkeypatch.undo()
    monkeypatch.setattr(obstore, "__version__", "0.5.1")
    assert "older than 0.6" in reason(ObjectStore(s3()))


def test_an_extension_without_the_client_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a build without the feature that fails instead of using the bridge."""
    monkeypatch.delattr(zb, "RemoteStore")
    assert "feature 'remote'" in access_of(ObjectStore(s3()))


def test_a_setting_that_no_client_has_is_no_secret_in_the_reason() -> None:
    """Catches credentials of a URL that the reason repeats."""
    inner = HTTPStore.from_url("https://me:SECRET@example.org/a//b?sig=SECRET")
    assert "SECRET" not in reason(ObjectStore(inner))


def test_providers_of_every_kind_are_called_natively() -> None:
    """Catches a provider for Azure, or an asynchronous one, that makes a store slow."""

    async def provider() -> Any:
        return {}

    class Provider:
        async def __call__(self) -> Any:
            return {}

    plain: Any = dict
    for one in (provider, Provider(), plain):
        inner = S3Store("bucket", region="r", credential_provider=one)
        assert reason(ObjectStore(inner)) == "natively"
        azure = AzureStore("c", account_name="me", credential_provider=one)
        assert reason(ObjectStore(azure)) == "natively"
