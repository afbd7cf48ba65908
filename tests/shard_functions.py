"""Tiny studies and real shard functions for the tests of store and launcher; workers can import them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from sim.params import PARAMETERS


@dataclass(frozen=True)
class TinyScenario:
    """What the store and the launcher read of a scenario."""

    id: str
    digest: str
    territory: str = "square"
    territory_digest: str = "digest-of-square"


@dataclass(frozen=True)
class TinyStudy:
    """What the store and the launcher read of a study."""

    id: str
    reference: TinyScenario
    arms: tuple[TinyScenario, ...]
    seeds: tuple[int, ...]
    variants: tuple[TinyScenario, ...] = ()
    assumptions: tuple[object, ...] = ()
    horizons: tuple[int, ...] = (24_276, 24_396)
    digest: str = "0123456789abcdef"
    question: dict[str, str] = field(default_factory=lambda: {"fr": "Où ?", "en": "Where?"})

    @property
    def scenarios(self) -> tuple[TinyScenario, ...]:
        """The reference first, as in a study."""
        return (self.reference, *self.arms, *self.variants)


@dataclass(frozen=True)
class TinyResult:
    """What the store reads of a run."""

    tables: dict[str, pd.DataFrame]
    state_digest: str
    seconds: dict[str, float]
    scalars: dict[str, float]


def tiny_study(*, seeds=(1, 2, 3), arms=("here", "there"), **changes) -> TinyStudy:
    """A study of a reference and some arms."""
    scenarios = tuple(TinyScenario(name, f"digest-of-{name}") for name in arms)
    reference = TinyScenario("baseline", "digest-of-baseline")
    return TinyStudy("tiny", reference, scenarios, tuple(seeds), **changes)


def tiny_result(scenario: TinyScenario, seed: int) -> TinyResult:
    """A result that is a function of the scenario and the seed, as a run's must be."""
    number = int.from_bytes(blake2b(f"{scenario.digest}/{seed}".encode(), digest_size=4).digest())
    jobs = [(number >> shift) % 100 + 0.5 for shift in (0, 8, 16, 24)]
    series = pd.DataFrame({"year": [2013, 2013, 2014, 2014], "zone": [0, 1, 0, 1], "jobs": jobs})
    firms = pd.DataFrame({"uid": pd.array([number, number + 1], dtype="uint64"), "staff_h0": [1.0, 2.0]})
    return TinyResult({"series": series, "firms": firms}, f"{number:08x}", {"growth": 0.25}, {"months": 4.0})


def plain(scenarios, seed, horizons, *, cache_dir):
    """Every run gives its result."""
    for index, scenario in enumerate(scenarios):
        yield index, tiny_result(scenario, seed)


def bad_arm(scenarios, seed, horizons, *, cache_dir):
    """The arm called "bad" raises; the others are fine."""
    for index, scenario in enumerate(scenarios):
        if scenario.id == "bad":
            raise ZeroDivisionError(f"no jobs to share at seed {seed}")
        yield index, tiny_result(scenario, seed)


def keeps_start(scenarios, seed, horizons, *, cache_dir):
    """Keeps a common start of 64 kB before the first arm, as the model does."""
    (Path(cache_dir) / f"start-{seed}").write_bytes(bytes(65_536))
    yield from plain(scenarios, seed, horizons, cache_dir=cache_dir)


def bad_start(scenarios, seed, horizons, *, cache_dir):
    """The common start of seed 2 raises, before any arm."""
    if seed == 2:
        raise FloatingPointError("start diverged")
    return plain(scenarios, seed, horizons, cache_dir=cache_dir)


def dies_once(scenarios, seed, horizons, *, cache_dir):
    """Seed 2 kills its worker before its second arm, the first time only."""
    flag = Path(cache_dir) / "died"
    for index, scenario in enumerate(scenarios):
        if seed == 2 and index == 1 and not flag.exists():
            flag.parent.mkdir(parents=True, exist_ok=True)
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        _log_start(cache_dir, scenario, seed)
        yield index, tiny_result(scenario, seed)


def dies_always(scenarios, seed, horizons, *, cache_dir):
    """The arm called "here" kills its worker with seed 2, each time."""
    for index, scenario in enumerate(scenarios):
        if seed == 2 and scenario.id == "here":
            _log_start(cache_dir, scenario, seed)
            os.kill(os.getpid(), signal.SIGKILL)
        yield index, tiny_result(scenario, seed)


def hangs(scenarios, seed, horizons, *, cache_dir):
    """The arm called "here" never ends with seed 2."""
    for index, scenario in enumerate(scenarios):
        if seed == 2 and scenario.id == "here":
            time.sleep(600.0)
        yield index, tiny_result(scenario, seed)


def slow(scenarios, seed, horizons, *, cache_dir):
    """Each run takes a quarter of a second."""
    for index, scenario in enumerate(scenarios):
        time.sleep(0.25)
        yield index, tiny_result(scenario, seed)


def threads_seen(scenarios, seed, horizons, *, cache_dir):
    """The result says how many threads numba and OpenMP may use in the worker, and in which process."""
    from numba import config

    for index, scenario in enumerate(scenarios):
        result = tiny_result(scenario, seed)
        seen = {"numba": float(config.NUMBA_NUM_THREADS), "openmp": float(os.environ["OMP_NUM_THREADS"])}
        yield index, TinyResult(result.tables, result.state_digest, {}, {**seen, "pid": float(os.getpid())})


def warm():
    """Slow compilation: leaves the time at which it ended."""
    time.sleep(0.5)
    Path(os.environ["TINY_WARM"]).write_text(str(time.time()), encoding="utf-8")


def warm_at_second_try():
    """Compilation in which the first process dies."""
    tried = Path(os.environ["TINY_WARM"] + ".tried")
    if not tried.exists():
        tried.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    warm()


def after_warm(scenarios, seed, horizons, *, cache_dir):
    """The result says whether compilation had ended when the run began."""
    ended = Path(os.environ["TINY_WARM"])
    for index, scenario in enumerate(scenarios):
        result = tiny_result(scenario, seed)
        seen = {"warm": float(ended.exists()), "pid": float(os.getpid())}
        yield index, TinyResult(result.tables, result.state_digest, {}, seen)
        time.sleep(0.2)


def _log_start(cache_dir, scenario, seed):
    log = Path(cache_dir) / "log.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as handle:
        handle.write(f"{scenario.id} {seed}\n")


def years_of(scenario, seed):
    """National series by year that depend on the seed, for real scenarios."""
    years = list(range(scenario.start // 12, scenario.end // 12 + 1))
    values = [100.0 * seed + year - years[0] for year in years]
    columns = dict.fromkeys(("startups", "jobs", "entries", "closures", "raised_eur"), values)
    return pd.DataFrame({"year": years, "zone": 0, **columns})


def national(scenarios, seed, horizons, *, cache_dir):
    """Yearly series of real scenarios, without simulating anything."""
    for index, scenario in enumerate(scenarios):
        yield index, TinyResult({"series": years_of(scenario, seed)}, f"{seed:08x}", {"growth": 0.25}, {"months": 4.0})


def slow_national(scenarios, seed, horizons, *, cache_dir):
    """The same, half a second each."""
    for index, result in national(scenarios, seed, horizons, cache_dir=cache_dir):
        time.sleep(0.5)
        yield index, result


def national_but_seed_2(scenarios, seed, horizons, *, cache_dir):
    """Seed 2 raises."""
    if seed == 2:
        raise ZeroDivisionError("nobody left")
    yield from national(scenarios, seed, horizons, cache_dir=cache_dir)


def series_of_zones(scenarios, seed, horizons, *, cache_dir):
    """Yearly series of the 96 départements, a function of the scenario's digest and the seed, at no cost."""
    from sim.compare.outcomes import ZONAL_COLUMNS

    for index, scenario in enumerate(scenarios):
        number = int.from_bytes(blake2b(f"{scenario.digest}/{seed}".encode(), digest_size=4).digest())
        years = [month // 12 for month in horizons]
        rows = {"year": [y for y in years for _ in range(96)], "zone": [*range(96)] * len(years)}
        values = [float(1 + (number >> (k % 24)) % 100) for k in range(96)] * len(years)
        table = pd.DataFrame({**rows, **dict.fromkeys(ZONAL_COLUMNS, values)})
        yield index, TinyResult({"series": table}, f"{number:08x}", {}, {"cost_paid_eur": float(number)})


def instant(scenarios, seed, horizons, *, cache_dir):
    """Runs that cost nothing and leave no table: what is measured is the launcher."""
    for index, _ in enumerate(scenarios):
        yield index, TinyResult({}, f"{index}/{seed}", {}, {"cost_paid_eur": 1.0})


def known_answer(scenarios, seed, horizons, *, cache_dir):
    """Jobs: Paris only adds a thousand times `brand.dilution`, fifteen add 500; luck is that of the seed alone."""
    adds = {"paris_only": lambda x: 1000.0 * x, "fifteen_metropoles": lambda x: 500.0}
    for index, (_, result) in enumerate(series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir)):
        scenario, table = scenarios[index], result.tables["series"]
        dilution = scenario.parameters.get("brand.dilution", PARAMETERS["brand.dilution"].default)
        table["jobs"] = 10.0 + seed
        table.loc[table["zone"] == 0, "jobs"] += adds.get(scenario.id, lambda x: 0.0)(dilution)
        yield index, result


def known_but_for_seed_2(scenarios, seed, horizons, *, cache_dir):
    """The same, but fifteen fail with seed 2 where `brand.dilution` is below 0.1."""
    for index, result in known_answer(scenarios, seed, horizons, cache_dir=cache_dir):
        low = scenarios[index].parameters.get("brand.dilution", 1.0) < 0.1
        if low and seed == 2 and scenarios[index].id == "fifteen_metropoles":
            raise ZeroDivisionError("nobody left")
        yield index, result


def fifteen_fail(scenarios, seed, horizons, *, cache_dir):
    """The known answer, but fifteen always fail."""
    for index, result in known_answer(scenarios, seed, horizons, cache_dir=cache_dir):
        if scenarios[index].id == "fifteen_metropoles":
            raise ZeroDivisionError("nobody left")
        yield index, result


def fails_always(scenarios, seed, horizons, *, cache_dir):
    """No run has outcomes."""
    raise ZeroDivisionError("nobody left")
    yield


def fails_at_seed_2(scenarios, seed, horizons, *, cache_dir):
    """Paris only raises with seed 2; the others are fine."""
    for index, result in series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir):
        if seed == 2 and scenarios[index].id == "paris_only":
            raise ZeroDivisionError("nobody left")
        yield index, result


def killed_at_seed_2(scenarios, seed, horizons, *, cache_dir):
    """Paris only is killed for memory, as it were, with seed 2."""
    for index, result in series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir):
        if seed == 2 and scenarios[index].id == "paris_only":
            os.kill(os.getpid(), signal.SIGKILL)
        yield index, result


def eats_memory_at_seed_2(scenarios, seed, horizons, *, cache_dir):
    """Paris only wants 2.5 GB with seed 2, an eighth of a gigabyte at a time."""
    for index, result in series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir):
        if seed == 2 and scenarios[index].id == "paris_only":
            blocks = [bytearray(2**27) for _ in range(20)]
            assert len(blocks) == 20
        yield index, result


def hangs_at_seed_2(scenarios, seed, horizons, *, cache_dir):
    """Paris only never ends with seed 2."""
    for index, result in series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir):
        if seed == 2 and scenarios[index].id == "paris_only":
            time.sleep(600.0)
        yield index, result


def slow_series(scenarios, seed, horizons, *, cache_dir):
    """Each run takes a twentieth of a second."""
    for index, result in series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir):
        time.sleep(0.05)
        yield index, result


def known_figures(scenarios, seed, horizons, *, cache_dir):
    """What `small_fit` fits: deals, moves and young firms that three parameters give by laws, and luck of the seed."""
    for index, (_, result) in enumerate(series_of_zones(scenarios, seed, horizons, cache_dir=cache_dir)):
        scenario, table = scenarios[index], result.tables["series"]
        looks, moves, cash = (scenario.parameters.get(name, PARAMETERS[name].default) for name in
                              ("funding.angel_active", "mobility.base_hazard", "founding.initial_cash_eur"))
        number = int.from_bytes(blake2b(f"{scenario.digest}/{seed}".encode(), digest_size=3).digest())
        luck = 1.0 + 0.01 * (number / 2**24 - 0.5)
        table["talents"], table["movers_in"] = 1.0, 12.0 * moves * luck
        table["angel_deals"] = 2000.0 * looks * luck / 96.0
        table["young_innovative"] = 3000.0 * (cash / 60e3) ** 0.5 * looks**0.2 * luck / 96.0
        yield index, result


def slow_figures(scenarios, seed, horizons, *, cache_dir):
    """The same, a tenth of a second each."""
    for index, result in known_figures(scenarios, seed, horizons, cache_dir=cache_dir):
        time.sleep(0.1)
        yield index, result


def figures_but_for_seed_2(scenarios, seed, horizons, *, cache_dir):
    """The same; seed 2 raises where founders begin with less than 30,000 EUR."""
    for index, result in known_figures(scenarios, seed, horizons, cache_dir=cache_dir):
        if seed == 2 and scenarios[index].parameters["founding.initial_cash_eur"] < 30e3:
            raise ZeroDivisionError("nobody left")
        yield index, result
