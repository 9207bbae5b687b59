"""What `gcsfs` was configured with, as the extension's client is told."""

from __future__ import annotations

from typing import Any

import pytest
from gcsfs.core import GCSFileSystem
from gcsfs.extended_gcsfs import BucketType, ExtendedGcsFileSystem
from google.oauth2.credentials import Credentials

from tests.zarrs.remote.reasons import reason
from zarr.storage import FsspecStore
from zarr.zarrs._remote import settings_of


def store(path: str = "bucket/a/b", **options: Any) -> FsspecStore:
    """Return a store; nothing is sent to it."""
    options = {"token": "anon", **options}
    return FsspecStore(GCSFileSystem(asynchronous=True, **options), path=path)


def token() -> Any:
    """Return credentials that never expire."""
    make: Any = Credentials
    return make("SECRET")


def test_an_anonymous_reader_signs_nothing() -> None:
    """Catches a search for credentials that gcsfs does not make."""
    found = settings_of(store())
    assert (found.kind, found.prefix) == ("gcs", "a/b")
    assert found.config == [("bucket", "bucket"), ("skip_signature", "true")]
    assert found.provider is None
    assert reason(store()) == "natively"


def test_the_token_is_that_of_gcsfs() -> None:
    """Catches other credentials than those of the file system."""
    found = settings_of(store(token=token(), requester_pays="payer"))
    assert found.provider is not None
    credentials: Any = found.provider[0]()
    assert credentials["token"] == "SECRET"
    assert found.headers == [("x-goog-user-project", b"payer")]
    paid = settings_of(store(token=token(), requester_pays=True, project="mine"))
    assert paid.headers == [("x-goog-user-project", b"mine")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"endpoint_url": "http://localhost:1"}, "another server"),
        ({"version_aware": True}, "version_aware"),
        ({"session_kwargs": {"trust_env": True}}, "session_kwargs"),
        ({"requests_timeout": 3}, "requests_timeout"),
        ({"not_known": 1}, "gcsfs has options"),
        ({"path": "/"}, "name of a bucket"),
    ],
)
def test_what_cannot_be_said_goes_over_the_bridge(options: dict[str, Any], words: str) -> None:
    """Catches an option that is ignored."""
    assert words in reason(store(**options))


def test_zonal_buckets_go_over_the_bridge() -> None:
    """Catches a bucket with another protocol, and a question that is asked only once."""
    fs = ExtendedGcsFileSystem(asynchronous=True, token="anon", skip_instance_cache=True)
    given = FsspecStore(fs, path="bucket/a")
    assert "not know yet" in reason(given)
    fs._storage_layout_cache["bucket"] = BucketType.NON_HIERARCHICAL
    assert reason(given) == "natively"
    fs._storage_layout_cache["other"] = BucketType.ZONAL_HIERARCHICAL
    assert "is zonal" in reason(FsspecStore(fs, path="other/a"))
