"""The record of uses reports any mismatch with our packages or with upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fork import ForkError
from fork.uses_record import FILE, dump_record, load_record, survey_uses
from tests.fork.conftest import SEAM, refusal
from tests.fork.uses_cases import TEXT, UPSTREAM, uses

if TYPE_CHECKING:
    from tests.fork.conftest import Project

THING = "zarr.core.things.Thing"


@pytest.fixture
def checkout(project: Project) -> Project:
    """A checkout that uses the tiny upstream and has recorded its uses."""
    project.write("src/zarr/mine/part.py", TEXT)
    project.write(FILE, dump_record(list(uses(TEXT).values())))
    assert _survey(project) == []
    return project


def _survey(project: Project, changes: dict[str, str] | None = None) -> list[str]:
    files = {path: text.encode() for path, text in (UPSTREAM | (changes or {})).items()}
    found = list(survey_uses(project.root, files))
    assert all(s.endswith(".") and "\n" not in s for s in found)
    return found


@pytest.mark.parametrize("said", ["from zarr.core.things import LIMIT", "from zarr import Thing"])
def test_a_use_that_is_not_recorded_is_named(checkout: Project, said: str) -> None:
    """Catches coupling that grows unnoticed."""
    checkout.write("src/zarr/mine/more.py", said)
    (sentence,) = _survey(checkout)
    assert "(used by src/zarr/mine/more.py): fork/uses.toml does not list it" in sentence


def test_an_entry_that_nothing_uses_is_named(checkout: Project) -> None:
    """Catches a guard that trips for code that was deleted."""
    checkout.write("src/zarr/mine/part.py", TEXT.replace("thing._frozen", "1"))
    assert [s.partition(":")[0] for s in _survey(checkout)] == [f"{THING}._frozen"]
    checkout.write("src/zarr/mine/part.py", "")
    assert len(_survey(checkout)) == len(uses(TEXT))
    assert all("uses it no more" in sentence for sentence in _survey(checkout))


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("def grow(size)", "zarr.core.things.grow"),
        ("def to_dict(self)", f"{THING}.to_dict"),
        ('"_frozen"', f"{THING}._frozen"),
    ],
)
def test_what_upstream_has_deleted_is_named_with_its_users(
    checkout: Project, old: str, name: str
) -> None:
    """Catches a deleted private attribute that counts as one that we no longer use."""
    changed = UPSTREAM["core/things.py"].replace(
        old, old.replace("_", "_un").replace("grow", "ungrow")
    )
    (sentence,) = _survey(checkout, {"core/things.py": changed})
    assert sentence.startswith(
        f"{name} (used by src/zarr/mine/part.py): upstream does not define it"
    )


def test_a_name_that_upstream_lacks_is_not_recorded() -> None:
    """Catches an updated record that hides a name which no import will find."""
    with pytest.raises(ForkError, match="upstream does not define it") as error:
        dump_record(list(uses("from zarr.core.things import gone").values()))
    refusal(error)


@pytest.mark.parametrize("text", [None, "", "public = []\n", "public = []\nmore = 1\n[guards]\n"])
def test_a_record_that_is_none_is_refused(checkout: Project, text: str | None) -> None:
    """Catches a file without guards, which every use would match."""
    if text is None:
        (checkout.root / FILE).unlink()
    else:
        checkout.write(FILE, text)
    with pytest.raises(ForkError, match=r"run `./dev uses --write`") as error:
        load_record(checkout.root)
    refusal(error)


DECORATOR = """\
def mine(cls):
    cls.__len__ = cls.__len__
    for kind in ("freeze", "count"):
        wrap(cls, kind)
    for kind in ("from", "onto"):
        wrap(cls, f"{kind}_dict")
        print(f"{kind} is not {cls}")
    wrap(cls, "resolve", "_count")
"""


def test_what_a_decorator_of_ours_replaces_is_used(project: Project) -> None:
    """Catches a wrapper that keeps the old signature of an upstream method, or a class that no file
    imports.
    """
    seam = {**SEAM, "op": "decorator", "target": "Thing", "insert": "@_engine.mine(1)"}
    project.write("src/zarr/_engine/_part.py", DECORATOR)
    project.seams(seam, path="core/things")
    found = {s.partition(" ")[0] for s in _survey(project)}
    assert found == {
        f"{THING}.{word}" for word in ("__len__", "freeze", "from_dict", "to_dict", "_count")
    }
    project.seams({**seam, "insert": "@_engine.other"}, path="core/things")
    assert {s.partition(" ")[0] for s in _survey(project)} == {f"{THING}._count"}


def test_a_replaced_method_that_upstream_has_deleted_is_named(project: Project) -> None:
    """Catches a deleted method that counts as one that we no longer replace."""
    seam = {**SEAM, "op": "decorator", "target": "Thing", "insert": "@_engine.mine"}
    project.write("src/zarr/_engine/_part.py", "def mine(cls):\n    wrap(cls, f'to_{cls}')\n")
    project.seams(seam, path="core/things")
    project.write(
        FILE, f'public = []\n[guards]\n"{THING}.to_dict" = "a"\n"{THING}.to_list" = "b"\n'
    )
    changed, deleted = _survey(project)
    assert changed.startswith(
        f"{THING}.to_dict (used by src/zarr/_engine/_part.py): upstream has ch"
    )
    assert deleted.startswith(
        f"{THING}.to_list (used by src/zarr/_engine/_part.py): upstream does n"
    )
