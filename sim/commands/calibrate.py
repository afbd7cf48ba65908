"""``calibrate``: fit parameters to published figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.cluster import ClusterOptions, cluster_options
from sim.commands.options import MachineOptions, machine_options, output_options, refused, set_option
from sim.commands.sweep import SHARD, place
from sim.commands.words import say
from sim.exits import Exit
from sim.layout import columns

if TYPE_CHECKING:
    from sim.calibration.fit import Fit
    from sim.calibration.runs import Runs
    from sim.experiments.bank import Bank
    from sim.experiments.plan import Plan
    from sim.experiments.sweep import SweepWork
    from sim.scenario import Calibration

EPILOG = """\b
Examples:
  python run.py calibrate france --quick
  python run.py calibrate mine.yaml --launcher slurm --workers 20
"""


@click.command(epilog=EPILOG)
@click.argument("file", default="france")
@click.option("--quick", is_flag=True, help="What the file says under `quick`: for a laptop, under half an hour.")
@set_option("waves.points=100")
@click.option("--out", type=SHARD, help="Folder of the runs. Default: results/calibrate_<name>-<hash>.")
@click.option("--fit", "fit_out", type=SHARD, help="Folder of the calibrated set. Default: fit in the folder of runs.")
@machine_options
@cluster_options
@output_options
def calibrate(
    file: str,
    quick: bool,
    settings: dict[str, str],
    out: Path | None,
    fit_out: Path | None,
    machine: MachineOptions,
    cluster: ClusterOptions,
    as_json: bool,
    quiet: bool,
    lang: str,
) -> int:
    """Fit parameters to published figures, as a calibration FILE says; default: France.

    Runs waves of points over what is still plausible, learns from them, and keeps a set of vectors that fit, with what
    tells how well. Stopped, the same command goes on. Any machine that sees the folder may help: `worker FOLDER`, and
    at the end, where the file names seeds to check with, `worker FOLDER/check`.
    """
    from sim.calibration.fit import fit
    from sim.calibration.runs import Runs, checks_of
    from sim.scenario import load_calibration

    if cluster.detach:
        raise refused("not_detached")
    cluster.check()

    def make_missing(work: SweepWork, plan: Plan, bank: Bank) -> None:
        place(work, plan, bank, machine, cluster, quiet=quiet, lang=lang)

    plan = load_calibration(file, overrides=settings, quick=quick, lang=lang)
    runs = Runs(plan, out, make_missing)
    found = fit(
        plan.factors, runs.targets, runs.moments, first=plan.first, points=plan.points, waves=plan.waves,
        vectors=plan.vectors, check=checks_of(runs).moments,
        tell=lambda stage, facts: None if quiet else tell_stage(stage, facts, lang),
    )  # fmt: skip
    folder = fit_out or runs.folder / "fit"
    return finish(plan, runs, found, folder, as_json=as_json, lang=lang)


def tell_stage(stage: str, facts: Mapping[str, Any], lang: str) -> None:
    """Say on standard error how far a fit is."""
    if stage == "wave":
        volume = f"{facts['volume']:.2g}"
        shown = {"volume": volume.replace(".", ",") if lang == "fr" else volume, "level": round(facts["level"], 2)}
        click.echo(say("fit_wave", lang, **{**facts, **shown}), err=True)


def finish(plan: Calibration, runs: Runs, found: Fit, folder: Path, *, as_json: bool, lang: str) -> int:
    """Write the calibrated set and print what it says."""
    from sim import __version__
    from sim.calibration.fits import hits_of, parameters_table, targets_table, write_fit
    from sim.calibration.runs import stored
    from sim.experiments.provenance import code_hash

    made = stored(runs)
    facts = {
        "id": plan.id,
        "territory": plan.reference.territory,
        "version": __version__,
        "code_hash": code_hash(),
        "targets_digest": runs.version,
        "calibration_digest": plan.digest,
        "quick": plan.quick,
        "seeds": list(plan.seeds),
        "check": list(plan.check),
        "w_talent": plan.reference.w_talent,
        "runs": len(made),
        "failed": int((made["status"] != "ok").sum()),
        "run_seconds": round(float(made["wall_s"].sum())),
    }
    write_fit(found, folder, facts)
    hits, scored = hits_of(found)
    if as_json:
        tables = {"parameters": parameters_table(found), "targets": targets_table(found)}
        content = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        told = {"folder": str(folder), **facts, "hit_by_best": int(hits[0]), "scored": scored, **content}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        tell(found, int(hits[0]), scored, folder, facts, lang)
    return int(Exit.SOME_FAILED if facts["failed"] else Exit.DONE)


def tell(found: Fit, best: int, scored: int, folder: Path, facts: Mapping[str, Any], lang: str) -> None:
    """Print the fitted parameters, and how many targets the best vector hits."""
    from sim.calibration.fits import parameters_table
    from sim.report.numbers import Format

    fmt = Format(lang)
    lines = [["", *say("fit_head", lang).split("|")]]
    for row in parameters_table(found).to_dict("records"):
        numbers = [_short(row[name], lang) for name in ("default", "best", "posterior", "p05", "p95")]
        lines.append([row["parameter"], *numbers, fmt.percent(row["contraction"])])
    click.echo("\n".join(columns(lines)))
    click.echo("\n" + say("fit_done", lang, best=best, scored=scored, runs=facts["runs"],
                           minutes=round(facts["run_seconds"] / 60)))  # fmt: skip
    if found.waves[-1].out_of_reach:
        click.echo(say("fit_out_of_reach", lang, names=", ".join(found.waves[-1].out_of_reach)))
    if found.waves[-1].level > 3.0:
        click.echo(say("fit_beyond", lang, level=_short(round(found.waves[-1].level, 2), lang)))
    click.echo(say("folder", lang, folder=folder))


def _short(value: float, lang: str) -> str:
    text = f"{value:.3g}"
    return text.replace(".", ",") if lang == "fr" else text
