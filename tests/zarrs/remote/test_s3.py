"""What `s3fs` was configured with, as the extension's client is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from aiobotocore.session import AioSession
from botocore import UNSIGNED

from tests.zarrs.remote.reasons import reason
from zarr.storage import FsspecStore
from zarr.zarrs._remote import _s3, settings_of

if TYPE_CHECKING:
    from pathlib import Path

KEYS: dict[str, Any] = {"key": "id", "secret": "SECRET"}


def store(url: str = "s3://bucket/a/b", **options: Any) -> FsspecStore:
    """Return a store; nothing is sent to it."""
    return FsspecStore.from_url(url, storage_options={"skip_instance_cache": True, **options})


def config(given: FsspecStore) -> dict[str, str]:
    """Return the configuration of the client."""
    return dict(settings_of(given).config)


def client(given: FsspecStore) -> dict[str, str]:
    """Return the options of the client's connections."""
    return dict(settings_of(given).client_options or [])


@pytest.mark.parametrize(
    ("url", "options", "endpoint", "is_virtual"),
    [
        ("s3://bucket/a", {}, "https://bucket.s3.amazonaws.com", True),
        ("s3://with.dot/a", {}, "https://s3.amazonaws.com", False),
        (
            "s3://bucket/a",
            {"client_kwargs": {"region_name": "eu-north-1"}},
            "https://bucket.s3.eu-north-1.amazonaws.com",
            True,
        ),
        (
            "s3://bucket/a",
            {"config_kwargs": {"s3": {"addressing_style": "path"}}},
            "https://s3.amazonaws.com",
            False,
        ),
        ("s3://bucket/a", {"endpoint_url": "http://host:9/x"}, "http://host:9/x", False),
        (
            "s3://bucket/a",
            {"client_kwargs": {"endpoint_url": "https://host"}},
            "https://host",
            False,
        ),
        (
            "s3://bucket/a",
            {
                "endpoint_url": "https://host",
                "config_kwargs": {"s3": {"addressing_style": "virtual"}},
            },
            "https://bucket.host",
            True,
        ),
        ("s3://bucket/a", {"use_ssl": False}, "http://bucket.s3.amazonaws.com", True),
    ],
)
def test_requests_go_where_botocore_sends_them(
    url: str, options: dict[str, Any], endpoint: str, is_virtual: bool
) -> None:
    """Catches another host, another style of URLs, or another bucket."""
    found = config(store(url, anon=True, **options))
    assert found["endpoint"] == endpoint
    assert found["virtual_hosted_style_request"] == str(is_virtual).lower()
    assert found["skip_signature"] == "true"


def test_the_environment_and_files_mean_what_they_mean_to_botocore(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a profile, an endpoint or a region that only one of the two uses."""
    (tmp_path / "config").write_text(
        "[profile far]\nregion = ap-south-1\n[default]\nendpoint_url = http://default:1\n"
    )
    (tmp_path / "keys").write_text("[far]\naws_access_key_id = id\naws_secret_access_key = far\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    far = store(profile="far")
    assert config(far)["region"] == "ap-south-1"
    assert config(far)["endpoint"] == "https://bucket.s3.ap-south-1.amazonaws.com"
    provider: Any = settings_of(far).provider
    assert provider[0]()["secret_access_key"] == "far"
    assert config(store())["endpoint"] == "http://default:1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://environment:2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert config(store())["endpoint"] == "http://environment:2"
    assert config(store())["region"] == "eu-west-3"
    # object_store would read this, s3fs does not.
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    assert settings_of(store()).provider is not None
    assert reason(store()) == "natively"


def test_the_configuration_of_fsspec_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches options that are looked for only where the file system is made."""
    monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": "http://conf:1", "anon": True})
    assert config(store())["endpoint"] == "http://conf:1"
    assert config(store())["skip_signature"] == "true"


def test_credentials_are_those_that_were_given() -> None:
    """Catches a key that is ignored, and a signature for an anonymous reader."""
    found = config(store(**KEYS, token="session"))
    names = ("access_key_id", "secret_access_key", "session_token", "skip_signature")
    assert [found.get(name) for name in names] == ["id", "SECRET", "session", None]
    assert config(store(username="id", password="SECRET"))["access_key_id"] == "id"
    for anonymous in ({"anon": True}, {"config_kwargs": {"signature_version": UNSIGNED}}):
        found = config(store(**KEYS, **anonymous))
        assert found["skip_signature"] == "true"
        assert "access_key_id" not in found
    assert config(store(**KEYS, requester_pays=True))["request_payer"] == "true"


def test_the_times_of_botocore_are_those_of_the_client() -> None:
    """Catches a limit on the time of a request that s3fs does not have."""
    assert client(store(anon=True)) == {
        "timeout": "1day",
        "allow_http": "false",
        "connect_timeout": "5000ms",
        "read_timeout": "15000ms",
    }
    options = {"read_timeout": 0.5, "connect_timeout": None, "max_pool_connections": 7}
    found = client(store(anon=True, config_kwargs=options, client_kwargs={"verify": False}))
    assert "connect_timeout" not in found
    assert found["read_timeout"] == "500ms"
    assert found["allow_invalid_certificates"] == "true"
    assert found["pool_max_idle_per_host"] == "7"
    retries = settings_of(store(anon=True, config_kwargs={"retries": {"max_attempts": 3}})).retry
    assert retries is not None
    assert retries[3] == 3


def test_a_bucket_of_amazon_is_followed_to_its_region() -> None:
    """Catches an error for a bucket in another region, which botocore follows, or a search."""
    there = "https://bucket.s3.{region}.amazonaws.com"
    assert settings_of(store(anon=True)).regional == ("https://bucket.s3.amazonaws.com", there)
    dotted = settings_of(store("s3://with.dot/a", anon=True)).regional
    assert dotted == ("https://s3.amazonaws.com/with.dot", "https://s3.{region}.amazonaws.com")
    assert settings_of(store(anon=True, endpoint_url="https://host")).regional is None


def test_stores_of_one_file_system_ask_botocore_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a tenth of a second for every store that is opened, and an answer for another."""
    asked = []
    place_of = _s3._place_of

    def counted(*args: Any) -> Any:
        asked.append(args)
        return place_of(*args)

    monkeypatch.setattr(_s3, "_place_of", counted)
    fs = store(anon=True).fs
    for path in ("bucket/a", "bucket/b", "bucket/b"):
        assert config(FsspecStore(fs, path=path))["bucket"] == "bucket"
    assert len(asked) == 1
    assert config(FsspecStore(fs, path="other/a"))["endpoint"] == "https://other.s3.amazonaws.com"
    assert config(store(anon=True, endpoint_url="http://host"))["endpoint"] == "http://host"
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"s3_additional_kwargs": {"SSECustomerKey": "SECRET"}}, "s3_additional_kwargs"),
        ({"version_aware": True}, "version_aware"),
        ({"cache_regions": True}, "cache_regions"),
        ({"session": AioSession()}, "session"),
        ({"key": "SECRET"}, "access key or its secret is missing"),
        ({**KEYS, "client_kwargs": {"aws_access_key_id": "SECRET"}}, "another aws_access_key_id"),
        ({"client_kwargs": {"verify": "a.pem"}}, "certificates"),
        ({"client_kwargs": {"api_version": "1"}}, "client_kwargs has options"),
        ({"config_kwargs": {"proxies": {"https": "SECRET"}}}, "config_kwargs has options"),
        ({"config_kwargs": {"signature_version": "s3"}}, "old version"),
        ({"not_known": "SECRET"}, "s3fs has options"),
        ({"profile": "not there"}, "ProfileNotFound"),
    ],
)
def test_what_cannot_be_said_goes_over_the_bridge(options: dict[str, Any], words: str) -> None:
    """Catches an option that is ignored, and a secret in the reason."""
    found = reason(store(**options))
    assert words in found
    assert "SECRET" not in found


def test_certificates_of_the_environment_matter_over_tls_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches trust in certificates that the user has replaced."""
    monkeypatch.setenv("AWS_CA_BUNDLE", "a.pem")
    assert "certificates" in reason(store(anon=True))
    assert reason(store(anon=True, endpoint_url="http://host")) == "natively"
    assert reason(store(anon=True, client_kwargs={"verify": False})) == "natively"


@pytest.mark.parametrize(
    "url", ["s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/a/b", "s3://a--x-s3/b"]
)
def test_a_bucket_that_is_no_plain_name_goes_over_the_bridge(url: str) -> None:
    """Catches an access point or a directory bucket that is taken for a host."""
    assert "name of a bucket" in reason(store(url, anon=True))
