"""What `cp` and `repack` share: their options, and how they run and report."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zarr.crud import MismatchError, repack_plan
from zarr.crud._cli.console import say, show_json, show_lines
from zarr.crud._cli.failures import FAILED, UsageError
from zarr.crud._cli.places import opened, options_of_both
from zarr.crud._cli.targets import planned, target
from zarr.crud._stores.location import Location
from zarr.errors import BaseZarrError
from zarr.storage import ZipStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.abc.store import Store
    from zarr.crud import RepackPlan, RepackReport
    from zarr.crud._stores.location import StoreLike

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="The node to read.", show_default=False)
]
Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="Where it will be: a folder, a new ZIP file or a URL.",
        show_default=False,
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="First delete what is there.")]
Resume = Annotated[bool, typer.Option("--resume", help="Complete what was broken off.")]
Verify = Annotated[
    bool, typer.Option("--verify", help="Compare all elements with the source, bit by bit.")
]
KeepGoing = Annotated[
    bool, typer.Option("--keep-going", help="Go on after a chunk that fails; list it at the end.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show the plan only.")]


def transfer(
    places: tuple[str, str],
    options: tuple[list[str], list[str]],
    changes: Mapping[str, Any],
    *,
    dry_run: bool,
    verify: bool,
    keep_going: bool,
    as_json: bool,
) -> None:
    """Plan, run and report a transfer from the first place to the second."""
    source, there = places
    of_source, of_target = options_of_both(source, there, *options)
    with opened(source, of_source) as place:
        given: Any = {"path": place.path, **changes}
        read = Location(place.store, place.path)
        if dry_run:
            store = planned(there, of_target, source=read)
            _show_plan(_plan(place.store, store, given), as_json=as_json)
            return
        overwrite = bool(changes.get("overwrite"))
        with target(there, of_target, source=read, overwrite=overwrite) as store:
            plan = _plan(place.store, store, given)
            report = _run(plan, verify=verify, keep_going=keep_going, progress=not as_json)
    if as_json:
        show_json(_report(report))
    else:
        show_lines(str(report).splitlines())
    if not report.ok:
        raise typer.Exit(FAILED)


def _plan(source: Store, store: StoreLike, given: Mapping[str, Any]) -> RepackPlan:
    """Return the plan; a chunk shape that does not fit, say, is a wrong argument."""
    try:
        return repack_plan(source, store, **given)
    except BaseZarrError:
        raise
    except (TypeError, ValueError) as err:
        raise UsageError("; ".join([str(err), *getattr(err, "__notes__", ())])) from err


def _run(plan: RepackPlan, **how: bool) -> RepackReport:
    try:
        return plan.run(**how)
    except (KeyboardInterrupt, OSError, MismatchError):
        if isinstance(plan.target.store, ZipStore):
            # The archive gets its name at the end, so nothing is there to complete.
            say("note", "no ZIP file was made, and an old one is as it was; begin again")
        else:
            say("note", "the target is not complete; --resume goes on, --overwrite begins again")
        raise


def _show_plan(plan: RepackPlan, *, as_json: bool) -> None:
    if not as_json:
        show_lines(str(plan).splitlines())
        return
    names = ("path", "way", "reason", "chunks", "bytes_moved", "bytes_decoded", "peak_memory")
    arrays = [
        {name: getattr(each, name) for name in (*names, "requests")}
        | {"document": dict(each.target)}
        for each in plan.arrays
    ]
    show_json({"arrays": arrays, "groups": [each.path for each in plan.groups]})


def _report(report: RepackReport) -> dict[str, Any]:
    failures = [
        {
            "array": each.array,
            "chunk": each.chunk,
            "key": each.key,
            "error": f"{type(each.error).__name__}: {each.error}",
        }
        for each in report.failures
    ]
    arrays = [asdict(each) for each in report.arrays]
    return {"ok": report.ok, "seconds": report.seconds, "arrays": arrays, "failures": failures}
