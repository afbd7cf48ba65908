"""A tiny study with its runs in memory: four zones, effects known by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from sim.compare import Geography

YEARS = list(range(2012, 2024))
HORIZONS = (2018 * 12 + 11, 2023 * 12 + 11)
ZONES = 4
EFFECT = {"reference": 0.0, "one": 6.0, "spread": 2.0, "rung": 1.0}  # staff per aided firm
FLOWS = ("entries", "closures", "raised_eur", "rounds", "hires_elsewhere")


class MemoryRuns:
    """Stored runs that live in memory: the two methods that the comparison asks for."""

    def __init__(self, runs: pd.DataFrame, tables: dict[tuple[str, str, int], pd.DataFrame]) -> None:
        self._runs, self._tables = runs, tables

    def runs(self) -> pd.DataFrame:
        return self._runs

    def table(self, name: str, *, scenario: str, seed: int) -> pd.DataFrame:
        return self._tables[name, scenario, seed]


def toy_land() -> Geography:
    """Four zones of one cell each, 30 km apart, in two regions."""
    n = np.arange(ZONES)
    cells = pd.DataFrame({"cell": n, "x_m": 30e3 * n, "y_m": 0.0, "size_m": 1000.0, "zone": n})
    zones = pd.DataFrame(
        {
            "zone": n,
            "code": ["01", "02", "2A", "75"],
            "name": ["Un", "Deux, trois", "Corse", "Paris"],
            "region": ["A", "A", "B", "B"],
            "x_m": 30e3 * n,
            "y_m": 0.0,
            "population": [1e5, 2e5, 1e5, 4e5],
            "area_km2": 100.0,
        }
    )
    return Geography(cells, zones, "toy", {"fr": "jouet", "en": "toy"}, "uniform")


def toy_scenario(name: str, zones: tuple[int, ...]) -> SimpleNamespace:
    return SimpleNamespace(
        id=name,
        title={"fr": name, "en": name},
        start=2013 * 12,
        end=HORIZONS[-1],
        w_talent=20,
        discount_rate=0.032,
        cofunding_share=0.5,
        budget=SimpleNamespace(total_eur=10e6 if zones else 0.0, first=2014 * 12, last=2023 * 12 + 11,
                               yearly_shares=(0.1,) * 10),
        levers=tuple(SimpleNamespace(kind=kind, share=share) for kind, share in LEVERS.items()) if zones else (),
        hubs=SimpleNamespace(footprint_km=3.0) if zones else None,
    )


LEVERS = {"animation": 0.6, "grants": 0.4, "angel_tax": 0.0}
HUB_ZONES = {"reference": (), "one": (3,), "spread": (0, 1, 2, 3), "rung": (3,)}


def toy_study(**changes) -> SimpleNamespace:
    arms = {name: toy_scenario(name, zones) for name, zones in HUB_ZONES.items()}
    study = {
        "id": "toy",
        "digest": "0123456789abcdef",
        "question": {"fr": "Où ?", "en": "Where?"},
        "reference": arms["reference"],
        "arms": (arms["one"], arms["spread"]),
        "variants": (arms["rung"],),
        "assumptions": (),
        "seeds": tuple(range(1, 9)),
        "horizons": HORIZONS,
        "headline": "jobs",
        "indifference": 0.001,
        "equal_cost": SimpleNamespace(measure="present_value_paid", tolerance=0.01, otherwise="error"),
    }
    made = SimpleNamespace(**(study | changes))
    made.under = lambda each: toy_under(made, each)
    return made


def toy_set(name: str, seeds: tuple[int, ...], **parameters: float) -> SimpleNamespace:
    """A set of assumptions, drawn when it has parameters."""
    return SimpleNamespace(id=name, title={"fr": name, "en": name}, seeds=seeds, switches={}, parameters=parameters,
                           drawn=bool(parameters))


def toy_under(study: SimpleNamespace, each: SimpleNamespace) -> SimpleNamespace:
    """The same question under a set, as ``Study.under``."""
    arms = [toy_scenario(f"{arm.id}@{each.id}", HUB_ZONES[arm.id]) for arm in (study.reference, *study.arms)]
    own = {"reference": arms[0], "arms": tuple(arms[1:]), "variants": (), "seeds": each.seeds, "scenarios": arms}
    return SimpleNamespace(**(vars(study) | own | {"assumptions": ()}))


def toy_run(name: str, seed: int, effect: float | None = None) -> dict[str, pd.DataFrame]:
    """Make the tables of one run: firms of the seed's own luck, and effects on those of hub zones."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    n = 200
    zone = rng.integers(0, ZONES, n)
    staff = rng.integers(1, 30, (n, 2)).astype(np.float64)
    lucky = rng.integers(0, 3, n)
    aided = np.isin(zone, HUB_ZONES[name])
    staff += ((EFFECT[name] if effect is None else effect) + lucky[:, None]) * aided[:, None]
    born = rng.integers(2009 * 12, 2018 * 12, n)
    firms = pd.DataFrame(
        {
            "uid": rng.permutation(n).astype(np.uint64),
            "origin_zone": zone.astype(np.int16),
            "zone": zone.astype(np.int16),
            "cell": zone.astype(np.int32),
            "sector": np.int8(0),
            "birth": born.astype(np.int32),
            "closed": np.int32(-1),
            "staff_h0": staff[:, 0].astype(np.float32),
            "staff_h1": staff[:, 1].astype(np.float32),
            "aided": aided,
            "aided_h0": aided,
            "aided_h1": aided,
            "aid_eur": np.float32(0),
            "funded": False,
            "raised_eur": 0.0,
            "staff_at_five": staff[:, 0].astype(np.float32),
        }
    )
    return {"firms": firms, "series": toy_series(zone, staff), "hubs": toy_hubs(name), "ledger": toy_ledger(name),
            "accounts": toy_accounts(name)}


def toy_ledger(name: str) -> pd.DataFrame:
    """Euros that changed hands in 2014 and 2015, some of them for what no policy pays."""
    rows = [(2014, "State", "households", "animation", 4e6), (2014, "departements", "households", "animation", 2e6),
            (2015, "State", "startups", "grants", 1e6), (2015, "State", "investors", "angel_tax", 5e5)]
    rows = rows if HUB_ZONES[name] else []
    frame = pd.DataFrame([*rows, (2014, "customers", "startups", "sales", 9e9)],
                         columns=["year", "payer", "payee", "instrument", "eur"])
    return frame.assign(zone=np.int16(0))


def toy_accounts(name: str) -> pd.DataFrame:
    """What funders announced, committed and paid: all they announced in 2014, and more than they paid."""
    rows = [(2014, "State", "animation", 6e6, 4e6, 4e6), (2014, "departements", "animation", 3e6, 2e6, 2e6),
            (2014, "State", "grants", 6e6, 3e6, 0.0), (2015, "State", "grants", 0.0, 1e6, 1e6),
            (2015, "State", "angel_tax", 5e5, 5e5, 5e5)]
    return pd.DataFrame(rows if HUB_ZONES[name] else [], columns=[
        "year", "payer", "lever", "announced_eur", "committed_eur", "paid_eur"])


def toy_series(zone: np.ndarray, staff: np.ndarray) -> pd.DataFrame:
    year, place = (x.ravel() for x in np.meshgrid(YEARS, np.arange(ZONES), indexing="ij"))
    jobs = np.zeros((len(YEARS), ZONES))
    for h, year_of in enumerate((2018, 2023)):
        jobs[YEARS.index(year_of)] = np.bincount(zone, weights=staff[:, h], minlength=ZONES)
    firms = np.tile(np.bincount(zone, minlength=ZONES), len(YEARS))
    flows = {name: np.full(len(year), 1.0 + k) for k, name in enumerate(FLOWS)}
    stocks = {"startups": firms, "jobs": jobs.ravel(), "funded_startups": 0.1 * firms}
    stocks["employed_elsewhere"] = 500.0 - 0.25 * jobs.ravel()  # a job in a startup of four takes one elsewhere
    rent = 100.0 + 10.0 * place
    return pd.DataFrame({"year": year, "zone": place, "rent_eur_m2": rent, "replaced_eur": 0.0} | stocks | flows)


def toy_hubs(name: str) -> pd.DataFrame:
    zones = np.array(HUB_ZONES[name], dtype=np.int64)
    money = {
        f"eur_{kind}": 1e6 / max(len(zones), 1) for kind in ("animation", "brand", "floor", "accelerator")
    }
    return pd.DataFrame(
        {"hub": np.arange(len(zones)), "id": [f"h{z}" for z in zones], "label": [f"Hub {z}" for z in zones],
         "zone": zones, "x_m": 30e3 * zones, "y_m": 0.0, "cell": zones, "local_eur": 1e5, "staff_fte": 2.0,
         "floor_m2": 500.0, "places": 10.0, "score": 1.0} | money
    )  # fmt: skip


def toy_store(seeds=range(1, 9), cost=None, failed=(), under=None) -> MemoryRuns:
    """Stored runs of every arm; ``under`` maps a set to its seeds and to the effect that each arm has in it."""
    paid = {"reference": 0.0, "one": 12.0e6, "spread": 12.06e6, "rung": 2e6} | (cost or {})
    rows, tables = [], {}
    plan = [(name, name, seed, None) for name in HUB_ZONES for seed in seeds]
    for each, (own, effect) in (under or {}).items():
        plan += [(f"{arm}@{each}", arm, seed, effect.get(arm)) for arm in HUB_ZONES for seed in own if arm != "rung"]
    for name, arm, seed, effect in plan:
        ok = (name, seed) not in failed
        row = {"run_id": f"{name}-{seed}", "scenario": name, "seed": seed, "status": "ok" if ok else "failed"}
        row |= {f"cost_{kind}_eur": paid[arm] for kind in ("announced", "committed", "paid", "unspent")}
        row["waiting_grants_eur"] = 3e6 if HUB_ZONES[arm] else 0.0
        rows.append(row | {"cost_paid_pv_eur": paid[arm], "wall_s": 2.0, "seconds_hiring": 1.5 if ok else np.nan})
        if ok:
            tables |= {(table, name, seed): frame for table, frame in toy_run(arm, seed, effect).items()}
    return MemoryRuns(pd.DataFrame(rows), tables)
