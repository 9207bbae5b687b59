"""Two servers of S3 that others wrote, each a process: s3s-fs, and moto.

s3s-fs keeps values in files and checks signatures, so requests are signed as a real server wants
them. moto knows users and their rights, and has the errors of S3.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import botocore.session
from obstore.store import S3Store

from tests.patience import wait_for
from zarr.storage import FsspecStore, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.store import Store

BUCKET: Final = "bucket"
REGION: Final = "us-east-1"


class Account(NamedTuple):
    """Where values are, and who asks for them."""

    url: str
    key: str
    secret: str
    bucket: str = BUCKET

    def s3(self, prefix: str) -> S3Store:
        """Return obstore's store of the values below a prefix."""
        return S3Store(
            self.bucket,
            prefix=prefix,
            endpoint=self.url,
            region=REGION,
            access_key_id=self.key,
            secret_access_key=self.secret,
            client_options={"allow_http": True},
        )

    def obstore(self, prefix: str) -> Store:
        """Return zarr's store of it."""
        return ObjectStore(self.s3(prefix))

    def s3fs(self, prefix: str) -> Store:
        """Return zarr's store of the same values as a file system."""
        options: dict[str, Any] = {
            "endpoint_url": self.url,
            "key": self.key,
            "secret": self.secret,
            "client_kwargs": {"region_name": REGION},
        }
        return FsspecStore.from_url(f"s3://{self.bucket}/{prefix}", storage_options=options)

    def store(self, kind: str, prefix: str) -> Store:
        """Return the store of a kind."""
        return self.obstore(prefix) if kind == "obstore" else self.s3fs(prefix)

    def client(self, service: str) -> Any:
        """Return botocore's client."""
        return botocore.session.Session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
        )


@contextmanager
def running(command: list[str], log: Path, **settings: str) -> Iterator[str]:
    """Run a server until the context ends; yield its address, which it writes down."""
    environment = {**os.environ, "RUST_LOG": "info", **settings}
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=environment) as process,
    ):
        try:
            wait_for(lambda: _address(log) or process.poll() is not None, f"{command[0]}")
            found = _address(log)
            assert found is not None, log.read_text()
            yield f"http://{found}"
        finally:
            process.kill()


def _address(log: Path) -> str | None:
    found = re.search(r"127\.0\.0\.1:[1-9]\d*", log.read_text())
    return found and found[0]


@contextmanager
def s3s(binaries: Path, folder: Path) -> Iterator[Account]:
    """Run s3s-fs with a bucket; it takes one key."""
    (folder / "values" / BUCKET).mkdir(parents=True)
    key, secret = "AKIAEXAMPLE", "anexampleofasecret"
    command = [f"{binaries}/bin/s3s-fs", "--host", "127.0.0.1", "--port", "0"]
    command += ["--access-key", key, "--secret-key", secret, f"{folder}/values"]
    with running(command, folder / "log") as url:
        yield Account(url, key, secret)


@contextmanager
def moto(binaries: Path, folder: Path) -> Iterator[Account]:
    """Run moto with a bucket; it takes every key, until it is told to look."""
    command = [f"{binaries}/moto/bin/moto_server", "-H", "127.0.0.1", "-p", "0"]
    with running(command, folder / "log") as url:
        account = Account(url, "AKIAEXAMPLE", "anexampleofasecret")
        account.client("s3").create_bucket(Bucket=BUCKET)
        yield account


def with_rights(account: Account, *actions: str) -> Account:
    """Return a user of moto who may do these things, and no others."""
    iam, name = account.client("iam"), "-".join(actions).replace(":", "-").replace("*", "all")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    return account._replace(key=made["AccessKeyId"], secret=made["SecretAccessKey"])


def look_at_keys(account: Account) -> None:
    """Tell moto to check keys, signatures and rights from now on."""
    url, headers = f"{account.url}/moto-api/reset-auth", {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(url, b"0", headers, method="POST")).close()
