"""File systems of `s3fs`: botocore says where their requests go, and with which credentials."""

from __future__ import annotations

import io
import re
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from zarr.zarrs._remote._providers import REFRESH_SECONDS, FromBotocore
from zarr.zarrs._remote._settings import (
    CONTROLS,
    NotNativeError,
    Settings,
    check_known,
    milliseconds,
)

if TYPE_CHECKING:
    from zarr.storage import FsspecStore

_KNOWN: Final = {
    *("anon", "key", "secret", "token", "username", "password", "profile"),
    *("endpoint_url", "use_ssl", "requester_pays", "client_kwargs", "config_kwargs"),
    *("version_aware", "s3_additional_kwargs", "session", "cache_regions"),
    # These do not change what is read.
    *("asynchronous", "loop", "max_concurrency", "fixed_upload_size", "local_expiry_check"),
    *("default_block_size", "default_fill_cache", "default_cache_type"),
    *("use_listings_cache", "listings_expiry_time", "max_paths", "skip_instance_cache"),
}
_CREDENTIALS: Final = {
    "key": "aws_access_key_id",
    "secret": "aws_secret_access_key",
    "token": "aws_session_token",
}
_CLIENT: Final = {"region_name", "endpoint_url", "verify", "use_ssl", *_CREDENTIALS.values()}
_CONFIG: Final = {
    *("connect_timeout", "read_timeout", "max_pool_connections", "retries", "s3"),
    *("signature_version", "region_name", "user_agent", "user_agent_extra", "tcp_keepalive"),
    *("parameter_validation", "request_checksum_calculation", "response_checksum_validation"),
}
# Not the name of an access point, which is no host, nor of a directory bucket, which has sessions.
_BUCKET: Final = re.compile(r"(?!.*(--x-s3|--xl-s3|\.mrap)$)[a-zA-Z0-9][a-zA-Z0-9._-]+")

_BACKOFF: Final = (0.1, 15.0, 2.0)
_TIME_TO_RETRY: Final = 180.0


def settings_of(store: FsspecStore) -> Settings:
    """Return what a client for the bucket of a store is built from.

    Raises
    ------
    NotNativeError
        Something of the file system's configuration cannot be said to the extension.
    """
    fs: Any = store.fs
    _check(fs)
    bucket, prefix, version = fs.split_path(store.path)
    if version is not None:
        raise NotNativeError("its path names a version")
    if not _BUCKET.fullmatch(bucket):
        raise NotNativeError(f"its path {store.path!r} does not begin with the name of a bucket")
    from botocore import UNSIGNED

    session, place = _asked(fs, bucket)
    if place.endpoint.startswith("https://"):
        _check_certificates(fs, session)
    config = {
        "bucket": bucket,
        "region": place.region,
        "endpoint": place.endpoint,
        "virtual_hosted_style_request": str(place.is_virtual).lower(),
    }
    if fs.requester_pays:
        config["request_payer"] = "true"
    settings = Settings("s3", prefix=prefix, is_fsspec=True, regional=place.regional)
    # `s3fs` cuts off what looks like a version.
    settings.odd = CONTROLS | {"?"}
    keys = _keys(fs)
    if fs.anon or fs.config_kwargs.get("signature_version") is UNSIGNED:
        config["skip_signature"] = "true"
    elif "aws_access_key_id" in keys:
        config |= {name.removeprefix("aws_"): value for name, value in keys.items()}
    else:
        settings.provider = FromBotocore(session), REFRESH_SECONDS
    settings.config = list(config.items())
    settings.client_options = _client_options(fs, place.endpoint)
    settings.retry = _retry(fs.config_kwargs.get("retries"))
    return settings


# By file system, which fsspec shares among stores, and bucket: botocore takes 0.1 s to answer.
_answers: Final[dict[tuple[int, str], tuple[weakref.ref[Any], Any, _Place]]] = {}


def _asked(fs: Any, bucket: str) -> tuple[Any, _Place]:
    """Return a session of botocore, and where it sends the requests of a bucket."""
    key = id(fs), bucket
    known = _answers.get(key)
    if known is not None and known[0]() is fs:
        return known[1], known[2]
    session = _session(fs)
    place = _place_of(fs, session, bucket)
    # A local variable: at interpreter exit, module globals vanish before the last file system.
    forget = _answers.pop
    _answers[key] = weakref.ref(fs, lambda _: forget(key, None)), session, place
    return session, place


def _check(fs: Any) -> None:
    check_known("s3fs", fs.storage_options, _KNOWN)
    check_known("s3fs", fs.kwargs, {"profile"})
    check_known("client_kwargs", fs.client_kwargs, _CLIENT)
    check_known("config_kwargs", fs.config_kwargs, _CONFIG)
    for name in ("version_aware", "s3_additional_kwargs", "cache_regions"):
        if getattr(fs, name):
            raise NotNativeError(f"the extension does not know {name}")
    if fs.storage_options.get("session") is not None:
        raise NotNativeError("s3fs has a session of its own")
    if fs.config_kwargs.get("signature_version") in ("s3", "s3-query"):
        raise NotNativeError("requests have signatures of an old version")


def _session(fs: Any) -> Any:
    """Return a session like that which s3fs makes."""
    import botocore.session

    session = botocore.session.Session(**fs.kwargs)
    version = (session.get_scoped_config().get("s3") or {}).get("signature_version", "s3v4")
    if version != "s3v4":
        raise NotNativeError("requests have signatures of an old version")
    return session


def _check_certificates(fs: Any, session: Any) -> None:
    """Refuse certificates that replace those of the system: the extension can only add some."""
    verify = fs.client_kwargs.get("verify")
    verify = session.get_config_variable("ca_bundle") if verify is None else verify
    if isinstance(verify, str):
        raise NotNativeError("botocore trusts only certificates in a file that it was given")


def _keys(fs: Any) -> dict[str, str]:
    keys = {name: fs.client_kwargs.get(name) for name in _CREDENTIALS.values()}
    for name, known in _CREDENTIALS.items():
        given = getattr(fs, name)
        if given is not None and keys[known] not in (None, given):
            raise NotNativeError(f"client_kwargs has another {known}")
        keys[known] = keys[known] if given is None else given
    found = {name: value for name, value in keys.items() if value is not None}
    if ("aws_access_key_id" in found) != ("aws_secret_access_key" in found):
        raise NotNativeError("its access key or its secret is missing")
    if not all(isinstance(value, str) for value in found.values()):
        raise NotNativeError("its access key is not text")
    return found


@dataclass(frozen=True)
class _Place:
    """Where the requests of a bucket go."""

    region: str
    endpoint: str
    is_virtual: bool
    regional: tuple[str, str] | None


def _place_of(fs: Any, session: Any, bucket: str) -> _Place:
    """Ask botocore for the URL of a value; nothing is sent."""
    from botocore import UNSIGNED
    from botocore.awsrequest import AWSResponse
    from botocore.config import Config

    arguments = {k: v for k, v in fs.client_kwargs.items() if k not in _CREDENTIALS.values()}
    if fs.endpoint_url is not None:
        arguments["endpoint_url"] = fs.endpoint_url
    arguments.setdefault("use_ssl", fs.use_ssl)
    config = Config(**{**fs.config_kwargs, "signature_version": UNSIGNED})
    client = session.create_client("s3", config=config, **arguments)
    urls: list[str] = []

    def answer(request: Any, **_: Any) -> Any:
        urls.append(request.url)
        body: Any = io.BytesIO()
        return AWSResponse(request.url, 200, {}, body)

    client.meta.events.register("before-send.s3.GetObject", answer)
    client.get_object(Bucket=bucket, Key="k")
    url = urlsplit(urls[0])
    base = f"{url.scheme}://{url.netloc}{url.path}"
    region = client.meta.region_name or "us-east-1"
    host, is_virtual = url.netloc, url.netloc.startswith(f"{bucket}.")
    end = "/k" if is_virtual else f"/{bucket}/k"
    if url.query or not base.endswith(end):
        raise NotNativeError("botocore uses a URL that the extension does not know")
    endpoint = base.removesuffix(end)
    regional = None
    host = host.removeprefix(f"{bucket}.") if is_virtual else host
    if host in ("s3.amazonaws.com", f"s3.{region}.amazonaws.com"):
        there = url.netloc.removesuffix(host) + "s3.{region}.amazonaws.com"
        regional = base.removesuffix("/k"), f"{url.scheme}://{there}"
    return _Place(region, endpoint, is_virtual, regional)


def _client_options(fs: Any, endpoint: str) -> list[tuple[str, str]]:
    # The time of a whole request has no limit, as in botocore.
    options = {"timeout": "1day", "allow_http": str(endpoint.startswith("http://")).lower()}
    for name, default in (
        ("connect_timeout", fs.connect_timeout),
        ("read_timeout", fs.read_timeout),
    ):
        seconds = fs.config_kwargs.get(name, default)
        if seconds is not None:
            options[name] = milliseconds(seconds)
    if fs.client_kwargs.get("verify") is False:
        options["allow_invalid_certificates"] = "true"
    if "max_pool_connections" in fs.config_kwargs:
        options["pool_max_idle_per_host"] = str(fs.config_kwargs["max_pool_connections"])
    return list(options.items())


def _retry(given: dict[str, Any] | None) -> tuple[float, float, float, int, float] | None:
    given = given or {}
    if "total_max_attempts" in given:
        most = int(given["total_max_attempts"]) - 1
    elif "max_attempts" in given:
        most = int(given["max_attempts"])
    else:
        return None
    return (*_BACKOFF, most, _TIME_TO_RETRY)
