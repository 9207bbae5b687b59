"""File systems of `gcsfs`, which keep and refresh their credentials themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.zarrs._remote._providers import REFRESH_SECONDS, FromGoogle
from zarr.zarrs._remote._settings import (
    CONTROLS,
    NotNativeError,
    Settings,
    check_known,
    check_no_proxy,
)

if TYPE_CHECKING:
    from zarr.storage import FsspecStore

_KNOWN: Final = {
    *("token", "project", "requester_pays", "endpoint_url", "version_aware", "session_kwargs"),
    "requests_timeout",
    # These do not change what is read.
    *("access", "block_size", "consistency", "cache_timeout", "secure_serialize"),
    *("check_connection", "asynchronous", "loop", "timeout", "default_location"),
    *("finalize_on_close", "mrd_pool_cache_size", "max_mrd_pool_cache_queue_size"),
    *("use_listings_cache", "listings_expiry_time", "max_paths", "skip_instance_cache"),
}
_ENDPOINT: Final = "https://storage.googleapis.com"


def settings_of(store: FsspecStore) -> Settings:
    """Return what a client for the bucket of a store is built from.

    Raises
    ------
    NotNativeError
        Something of the file system's configuration cannot be said to the extension.
    """
    fs: Any = store.fs
    check_known("gcsfs", fs.storage_options, _KNOWN)
    for name in ("version_aware", "session_kwargs", "requests_timeout"):
        if getattr(fs, name):
            raise NotNativeError(f"the extension does not know {name}")
    if fs._location != _ENDPOINT:
        raise NotNativeError("gcsfs uses another server than that of Google Cloud Storage")
    if fs._use_client_cert:
        raise NotNativeError("gcsfs uses a certificate of the client")
    check_no_proxy("gcsfs")
    bucket, prefix, _ = fs.split_path(store.path)
    if not bucket:
        raise NotNativeError(f"its path {store.path!r} does not begin with the name of a bucket")
    _check_zone(fs, bucket)
    settings = Settings("gcs", prefix=prefix, client_options=[], is_fsspec=True, odd=CONTROLS)
    settings.config = [("bucket", bucket)]
    if fs.credentials.credentials is None:
        settings.config.append(("skip_signature", "true"))
    else:
        settings.provider = FromGoogle(fs.credentials), REFRESH_SECONDS
    if fs.requester_pays:
        payer = fs.requester_pays if isinstance(fs.requester_pays, str) else fs.project
        settings.headers = [("x-goog-user-project", str(payer).encode())]
    return settings


def _check_zone(fs: Any, bucket: str) -> None:
    """Refuse zonal buckets, which have another protocol; `gcsfs` asks at its first read."""
    kinds = getattr(fs, "_storage_layout_cache", None)
    if kinds is None:
        return
    if bucket not in kinds:
        raise NotNativeError("gcsfs does not know yet whether the bucket is zonal", is_final=False)
    if "ZONAL" in kinds[bucket].name:
        raise NotNativeError("the bucket is zonal")
