"""`make reliability`: every harness at its large size, and a table of what came of it.

python -m reliability.run [--scale 0.1] [--seed 1]
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

if not __package__:  # Run as a script, and its folder would be looked through for modules.
    sys.path[0] = str(Path(__file__).parents[1])

from reliability.faults import KINDS
from reliability.lanes import TESTS, added, on_all_cores, reports, start

RESULTS = TESTS.parent / "benchmarks" / "results" / "reliability.md"
KILLS, CUTS, ROUNDS, SERVER_KILLS, SEQUENCES, WEBHOOK_KILLS = 100_000, 1_000_000, 1_000, 200, 100_000, 200
JOB_KILLS, JOB_SERVER_KILLS, ZOMBIES, LIBRARY_KILLS = 2_000, 2_000, 200, 400
BOMBS, MUTANTS = 2_000, 200_000
_DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table.

    Args:
        promise: What was tested.
        command: What does it again, but for the seed.
        figure: What came of it.
        report: As the harness gave it.
    """

    promise: str
    command: str
    figure: str
    report: dict[str, Any]

    @property
    def kept(self) -> bool:
        return not self.report["faults"]


def kills(count: int, seed: int) -> Line:
    report = on_all_cores("kills", count=count, seed=seed, within=_DAY)
    figure = (
        f"{report['kills']:,} kills ({report['at_work']:,} with requests at work, {report['in_recovery']:,} before "
        f"recovery was done); {report['admitted']:,} admissions, {report['ended']:,} ends, {report['replayed']:,} "
        f"replays, {report['paid']:,} payments acknowledged, {_faults(report)}; "
        f"{_percent(report)} of what was charged was charged wrongly"
    )
    return Line(promise="SIGKILL at random instants", command=f"kills --count {count}", figure=figure, report=report)


def baseline(count: int, seed: int) -> Line:
    planted = start("kills", "--count", count, "--seed", seed, "--planted", "charge-then-refund")
    (report,) = reports([planted], within=_DAY)
    figure = f"{report['kills']:,} kills; {_percent(report)} of what was charged was charged wrongly"
    command = f"kills --count {count} --planted charge-then-refund"
    return Line(promise="for comparison: charge, then refund", command=command, figure=figure, report=report)


def power(count: int, seed: int) -> Line:
    report = on_all_cores("power", count=count, seed=seed, within=_DAY)
    figure = (
        f"{report['cuts']:,} cuts ({report['unsynced']:,} with unsynced writes): {report['lost']:,} lost an "
        f"acknowledged commit, {report['corrupt']:,} corrupt, {report['unbalanced']:,} with books that do not balance"
    )
    return Line(promise="power cut", command=f"power --count {count}", figure=figure, report=report)


def without_sync(count: int, seed: int) -> Line:
    (report,) = reports([start("power", "--count", count, "--seed", seed, "--planted", "NORMAL")], within=_DAY)
    figure = f"{report['cuts']:,} cuts: {report['lost']:,} lost an acknowledged commit, {report['corrupt']:,} corrupt"
    command = f"power --count {count} --planted NORMAL"
    return Line(promise="for comparison: synchronous=NORMAL", command=command, figure=figure, report=report)


def races(count: int, seed: int) -> Line:
    (report,) = reports([start("races", "--count", count, "--seed", seed)], within=_DAY)
    figure = f"{report['rounds']:,} rounds: {report['admitted']} admitted, overspent {report['overspent']:,}"
    return Line(promise="1,000 at once for 50", command=f"races --count {count}", figure=figure, report=report)


def faults(_count: int, _seed: int) -> Line:
    found = reports([start("faults", "--kind", kind) for kind in KINDS], within=_DAY)
    report = added([{**each, "seed": 0, "kind": ""} for each in found])
    figure = f"{report['failed']:,} operations failed in turn, {report['refused']:,} refusals, {_faults(report)}"
    return Line(promise="disk fails, is full, read-only", command="faults --kind ...", figure=figure, report=report)


def server(count: int, seed: int) -> Line:
    (report,) = reports([start("server", "--count", count, "--seed", seed)], within=_DAY)
    figure = (
        f"{report['kills']:,} kills; {report['whole']:,} whole answers, each charged once and rightly, "
        f"{report['broken']:,} broken ones, {_faults(report)}; ready at most {report['slowest']:.1f} s after a kill"
    )
    command = f"server --count {count}"
    return Line(promise="SIGKILL of the whole server, over HTTP", command=command, figure=figure, report=report)


def sequences(count: int, seed: int) -> Line:
    (report,) = reports([start("sequences", "--count", count, "--seed", seed)], within=_DAY)
    closes = ", ".join(f"{many:,} x {code}" for code, many in sorted(report["closes"].items()))
    figure = (
        f"{report['sequences']:,} conversations, {report['messages']:,} messages: {report['streams']:,} streams ended, "
        f"{report['errors']:,} errors told, closed {closes}, {_faults(report)}"
    )
    command = f"sequences --count {count}"
    return Line(promise="mutated websocket conversations", command=command, figure=figure, report=report)


def mutants(count: int, seed: int) -> Line:
    report = on_all_cores("mutants", count=count, seed=seed, within=_DAY)
    figure = (
        f"{report['requests']:,} requests: {report['accepted']:,} accepted, {report['refused']:,} refused, "
        f"{_faults(report)}; the slowest answer took {report['slowest']:.2f} s"
    )
    return Line(promise="tampered requests", command=f"mutants --count {count}", figure=figure, report=report)


def webhooks(count: int, seed: int) -> Line:
    (report,) = reports([start("webhooks", "--count", count, "--seed", seed)], within=_DAY)
    figure = (
        f"{report['kills']:,} kills ({report['at_work']:,} with webhooks on their way); {report['events']:,} events, "
        f"{report['attempts']:,} attempts ({report['resent']:,} made again): {report['delivered']:,} delivered, "
        f"{report['exhausted']:,} given up on record, {_faults(report)}"
    )
    command = f"webhooks --count {count}"
    return Line(promise="SIGKILL while receivers fail", command=command, figure=figure, report=report)


def bombs(count: int, seed: int) -> Line:
    (report,) = reports([start("bombs", "--count", count, "--seed", seed)], within=_DAY)
    heard = report["ends"].pop("heard", 0)
    figure = (
        f"{report['files']:,} files: {heard:,} heard, {sum(report['ends'].values()):,} refused, "
        f"{_faults(report)}; none took longer than {report['slowest']:.1f} s, nor more than "
        f"{report['memory'] / 1024**2:,.0f} MiB"
    )
    return Line(promise="files that mean no good", command=f"bombs --count {count}", figure=figure, report=report)


def jobs(count: int, seed: int) -> Line:
    report = _jobs_on("sqlite", count, seed)
    return Line(
        promise="SIGKILL of workers", command=f"jobs --count {count}", figure=_jobs_figure(report), report=report
    )


def jobs_scaled_out(count: int, seed: int) -> Line:
    report = _jobs_on("postgres", count, seed)
    command = f"jobs --count {count} --database postgres"
    return Line(promise="SIGKILL of workers on PostgreSQL", command=command, figure=_jobs_figure(report), report=report)


def _jobs_on(database: str, count: int, seed: int) -> dict[str, Any]:
    (report,) = reports([start("jobs", "--count", count, "--seed", seed, "--database", database)], within=_DAY)
    return report


def _jobs_figure(report: dict[str, Any]) -> str:
    return (
        f"{report['kills']:,} kills ({report['at_work']:,} with jobs at work), {report['stops']:,} stops; "
        f"{report['submitted']:,} jobs acknowledged, {report['succeeded']:,} succeeded, {report['failed']:,} failed, "
        f"{report['taken']:,} taken over, at most {report['latest']:.1f} s after a lease's end, {_faults(report)}"
    )


def zombies(count: int, seed: int) -> Line:
    (report,) = reports([start("jobs_zombies", "--count", count, "--seed", seed)], within=_DAY)
    figure = (
        f"{report['zombies']:,} workers ended jobs that others had by then: {report['refused']:,} refused; "
        f"{report['killed']:,} of the others were killed then, {_faults(report)}"
    )
    command = f"jobs_zombies --count {count}"
    return Line(promise="a worker taken for dead goes on", command=command, figure=figure, report=report)


def jobs_server(count: int, seed: int) -> Line:
    (report,) = reports([start("jobs_server", "--count", count, "--seed", seed)], within=_DAY)
    figure = (
        f"{report['kills']:,} kills ({report['at_work']:,} with tasks that had not ended); {report['tasks']:,} tasks "
        f"acknowledged ({report['repeated']:,} asked for again), {report['fetched']:,} files whole, {_faults(report)}; "
        f"the first task ended at most {report['slowest']:.1f} s after a start"
    )
    command = f"jobs_server --count {count}"
    return Line(promise="SIGKILL of the server while songs are made", command=command, figure=figure, report=report)


def library_server(count: int, seed: int) -> Line:
    return _library_on("sqlite", count, seed)


def library_scaled_out(count: int, seed: int) -> Line:
    return _library_on("postgres", count, seed)


def _library_on(database: str, count: int, seed: int) -> Line:
    asked = ("--count", count, "--seed", seed, "--database", database)
    (report,) = reports([start("library_server", *asked)], within=_DAY)
    figure = (
        f"{report['kills']:,} kills ({report['at_work']:,} with requests at work, {report['between']:,} items left "
        f"between row and charge); {report['asked']:,} requests ({report['repeated']:,} repeats), {report['made']:,} "
        f"made, {report['items']:,} items, {report['fetched']:,} files whole, {_faults(report)}"
    )
    command = f"library_server --count {count} --database {database}"
    return Line(promise=f"SIGKILL beside the library, {database}", command=command, figure=figure, report=report)


def _faults(report: dict[str, Any]) -> str:
    return f"{len(report['faults'])} faults"


def _percent(report: dict[str, Any]) -> str:
    return f"{100 * report['wrong'] / max(1, report['charged']):.3g} %"


def table(lines: Sequence[Line], *, seed: int) -> str:
    """A page in Markdown."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    versions = f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}, {os.cpu_count()} cores"
    rows = [
        f"| {each.promise} | {each.figure} | {each.report['seconds']:,.0f} s | `{each.command}` |" for each in lines
    ]
    return "\n".join(
        [
            "# Reliability, as measured",
            "",
            f"Commit {_commit()}, seed {seed}, {day}; {versions}.",
            "",
            "`PYTHONPATH=tests python -m reliability.<command> --seed <seed>` does it again.",
            "",
            "| | what came of it | took | command |",
            "|---|---|---:|---|",
            *rows,
            "",
        ]
    )


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(asked, cwd=TESTS, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description="Run every harness at its large size.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes; CI's are 0.05")
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()

    def size(of: int) -> int:
        return max(2, round(of * given.scale))

    ours = [
        run(size(of), given.seed)
        for run, of in (
            *((kills, KILLS), (power, CUTS), (races, ROUNDS), (faults, 0)),
            *((server, SERVER_KILLS), (sequences, SEQUENCES), (webhooks, WEBHOOK_KILLS), (bombs, BOMBS)),
            (mutants, MUTANTS),
            *((jobs, JOB_KILLS), (jobs_scaled_out, JOB_KILLS), (zombies, ZOMBIES), (jobs_server, JOB_SERVER_KILLS)),
            *((library_server, LIBRARY_KILLS), (library_scaled_out, LIBRARY_KILLS // 4)),
        )
    ]
    planted = [run(size(of), given.seed) for run, of in ((baseline, KILLS // 20), (without_sync, CUTS // 50))]
    page = table([*ours, *planted], seed=given.seed)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    broken = [line for line in ours if not line.kept]
    for line in broken:
        sys.stderr.write(f"{line.promise}: {line.report['faults'][:5]}\n{line.report['complaint']}")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
