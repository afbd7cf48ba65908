"""What a run leaves behind: yearly series by zone, one row per startup, the ledger, the hubs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from sim.accounts import accounts, pots
from sim.census import Census, on_lists
from sim.fields import ANGEL, ELSEWHERE, EMPLOYEE, FOUNDER, JOBSEEKER
from sim.kernels import rows_where
from sim.levers import KINDS
from sim.people import census
from sim.treasury import LOCAL, local_share
from sim.world import World

HUB_LEVERS = ("animation", "brand", "floor", "accelerator")  # always among the columns of hubs

# Yearly flows the processes count; a year without any is a zero.
FLOWS = {
    "entries": "startups founded, by zone of the head office",
    "academic_spin_offs": "those founded out of research, by zone of the founder",
    "closures": "startups closed",
    "closures_cash": "startups closed for lack of cash",
    "moved_in": "newborn startups whose founder lives in another zone",
    "moved_out": "startups founded by residents in another zone",
    "relocations": "startups that moved their office, by zone of arrival",
    "relocated_in": "of these, startups that came from another zone",
    "relocated_out": "startups that left for another zone",
    "hires": "people hired by startups",
    "hires_elsewhere": "people hired from other employers",
    "hires_jobseekers": "job-seekers hired",
    "quits": "people who left",
    "layoffs": "people let go",
    "innovations": "innovations made by startups",
    "radical_innovations": "those drawn from unrelated sectors",
    "rounds": "rounds led by funds",
    "angel_deals": "rounds led by business angels",
    "raised_eur": "equity raised",
    "replaced_eur": "equity of deals made for a tax relief that took the place of other money",
    "raised_foreign_eur": "equity raised from foreign funds",
    "acquisitions": "startups bought",
    "listings": "startups listed on a stock market",
    "exits_eur": "price of the startups bought or listed",
    "write_offs": "startups with investors that closed, counted a month later",
    "movers_in": "digital workers who moved in",
    "creatives_displaced": "creative workers driven away by rising rents",
    "natural_ground_m2": "floor built on natural ground",
    "wasteland_reused_m2": "floor made of wasteland",
    "arrivals": "digital workers from abroad",
    "retrained": "job-seekers who joined digital trades through digital mediation",
    "moved_remote": "jobs of startups elsewhere that came with those who hold them",
}
STOCKS = {
    "startups": "startups in business",
    "jobs": "founders and employees of startups",
    "funded_startups": "startups ever funded",
    "angels": "groups of business angels",
    "talents": "digital workers",
    "jobseekers": "job-seekers among them",
    "employed_elsewhere": "employed by others",
    "founders": "founders in business",
    "places": "accelerator places",
    "wage_index": "wage of digital trades, 1 = reference mean",
    "rent_eur_m2": "rent paid by startups' neighbourhoods",
    "floor_public_m2": "subsidised floor",
    "remote_jobs": "residents employed at a distance by startups of other zones",
    "digital_skills": "share of adults at ease with digital tools",
    "in_places": "startups in an incubator, a third place or a growth accelerator",
    "incubated": "startups in an incubator or a nursery",
    "desks": "desks of third places",
    "creatives": "creative workers",
    "serendipity": "chance of fruitful encounters where startups are",
    "broadband": "share of people with ultra-fast access",
    "recognised": "startups under eight years that lists of support or of rounds show",
    "recognised_jobs": "founders and employees of these",
    "young_innovative": "startups with the relief of young innovative firms",
}
UNITS = {"raised_eur": "EUR/year", "raised_foreign_eur": "EUR/year", "replaced_eur": "EUR/year",
         "exits_eur": "EUR/year",
         "rent_eur_m2": "EUR/m2/year", "floor_public_m2": "m2",
         "natural_ground_m2": "m2/year",
         "wasteland_reused_m2": "m2/year", "serendipity": "1", "broadband": "1", "creatives_displaced": "person/year",
         "digital_skills": "1", "wage_index": "1"}


@dataclass
class RunResult:
    """Everything one run leaves: tables, hash of the final state, seconds by process, single numbers."""

    tables: dict[str, pd.DataFrame]
    state_digest: str
    seconds: dict[str, float]
    scalars: dict[str, float]


@dataclass
class Recorder:
    """Collects what a run leaves behind, from `start` on.

    Parameters
    ----------
    horizons : absolute months at which the staff of every startup is noted, at most three
    """

    start: int
    horizons: tuple[int, ...]
    years: list[dict[str, Any]] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[tuple[int, dict[str, np.ndarray]]] = field(default_factory=list)  # year and pots at its end
    noted: dict[int, tuple[np.ndarray, ...]] = field(default_factory=dict)  # at horizons: identity, staff, aided so far
    census: Census = field(default_factory=Census)

    def copy(self) -> Recorder:
        """What was collected so far, to be gone on with by several runs: tables that are there are never written to."""
        return replace(self, years=self.years.copy(), ledger=self.ledger.copy(), waiting=self.waiting.copy(),
                       noted=self.noted.copy(), census=self.census.copy())  # fmt: skip

    def record(self, world: World, *, last: bool = False) -> bool:
        """Note what this month asks for: staff at horizons, and everything else in December or at the end.

        Returns
        -------
        whether a year was closed, its flows and its ledger emptied
        """
        if world.month in self.horizons:
            f = world.startup
            self.noted[world.month] = f.uid[f.alive], f.staff[f.alive], f.aided[f.alive]
        self.census.month(world)
        if world.month % 12 == 11:
            self.census.year(world)
        if world.month % 12 == 11 or last:
            self._close_year(world)
            return True
        return False

    def _close_year(self, world: World) -> None:
        n, year = world.zone.n, world.month // 12
        zero = np.zeros(n)
        row = {"year": np.full(n, year, np.int16), "zone": np.arange(n, dtype=np.int16)}
        row |= stocks(world)
        row |= {name: world.flows.get(name, zero) for name in FLOWS}
        # what existed before goes on in every arm: only the levers of a policy are its cost
        paid = [(payer, eur[:n]) for (payer, _, instrument), eur in world.ledger.items() if instrument in KINDS]
        state = sum((eur for payer, eur in paid if payer == "State"), zero)
        local = sum((eur for payer, eur in paid if payer in LOCAL), zero)
        row |= {"public_state_eur": state, "public_local_eur": local}
        self.years.append(row)
        self.waiting.append((year, pots(world)))
        for (payer, payee, instrument), eur in sorted(world.ledger.items()):
            zones = np.flatnonzero(eur)
            self.ledger.append(
                {
                    "year": np.full(zones.size, year, np.int16),
                    "payer": payer,
                    "payee": payee,
                    "instrument": instrument,
                    "zone": np.where(zones == n, -1, zones).astype(np.int16),
                    "eur": eur[zones],
                }
            )
        world.flows.clear()
        world.ledger.clear()

    def result(self, world: World, policy: Any, seconds: dict[str, float], discount_rate: float) -> RunResult:
        """Tables of the finished run."""
        exact = {"year", "zone", "raised_eur", "public_state_eur", "public_local_eur"}
        columns = {name: np.concatenate([year[name] for year in self.years]) for name in self.years[0]}
        series = pd.DataFrame({k: v if k in exact else v.astype(np.float32) for k, v in columns.items()})
        entries = [rows["eur"].size for rows in self.ledger]
        ledger = pd.DataFrame({
            name: np.repeat([rows[name] for rows in self.ledger], entries) if name in ("payer", "payee", "instrument")
            else np.concatenate([rows[name] for rows in self.ledger])
            for name in self.ledger[0]
        })
        tables = {"series": series, "firms": self._firms(world), "ledger": ledger, "hubs": hubs(world, policy),
                  "accounts": accounts(world, policy, ledger, self.waiting), **self.census.tables()}
        return RunResult(tables, world.digest(), seconds, costs(series, world, policy, discount_rate, self.start))

    def _firms(self, world: World) -> pd.DataFrame:
        f = self._startups(world)
        columns = {
            name: getattr(f, name) for name in ("uid", "origin_zone", "zone", "cell", "sector", "birth", "closed")
        }
        for k in range(3):
            staff, aided = np.zeros(f.uid.size, np.float32), np.zeros(f.uid.size, bool)
            if k < len(self.horizons) and self.horizons[k] in self.noted:
                uid, *then = self.noted[self.horizons[k]]
                rows = np.searchsorted(f.uid, uid)
                staff[rows], aided[rows] = then
                gone = (f.closed >= 0) & (f.closed <= self.horizons[k])
                aided |= gone & f.aided  # nobody aids a startup that has closed
            columns |= {f"staff_h{k}": staff, f"aided_h{k}": aided}
        columns |= {
            "aided": f.aided,
            "aid_eur": f.aid_eur.astype(np.float32),
            "cause": f.cause,
            "acquired": f.acquired,
            "funded": f.rounds > 0,
            "raised_eur": f.raised_eur,
            "staff_at_five": f.staff_at_five,
            "granted": f.granted,
            "last_round": f.last_round,
            "innovations": f.innovations,
            "in_hub": (f.cell >= 0) & (world.cell.hub[f.cell] >= 0),
            "in_place": f.alive & (f.place_until >= world.month),
            "mixing": f.mixing.astype(np.float32),
        }
        return pd.DataFrame(columns)

    def _startups(self, world: World) -> SimpleNamespace:
        """Columns of the startups that were in business at some time since the start, by identity."""
        both = world.startup.columns(), world.closed.columns()
        closed, uid = (np.concatenate([columns[name] for columns in both]) for name in ("closed", "uid"))
        keep = np.flatnonzero((closed < 0) | (closed >= self.start))
        keep = keep[np.argsort(uid[keep])]
        return SimpleNamespace(**{name: np.concatenate([columns[name] for columns in both])[keep] for name in both[0]})


def stocks(world: World) -> dict[str, np.ndarray]:
    """Stocks by zone, now."""
    f, t, z, c, v = world.startup, world.talent, world.zone, world.cell, world.investor
    n = z.n
    zone, staff = f.zone[f.alive], f.staff[f.alive]
    people = census(t, n).sum(axis=1)
    remote = rows_where(t.remote)
    remote = remote[t.alive[remote] & (t.status[remote] == EMPLOYEE)]
    cell = f.cell[f.alive]
    rent, met = np.bincount(zone, c.rent[cell], n), np.bincount(zone, c.serendipity[cell], n)
    startups = np.bincount(zone, minlength=n)
    return {
        "startups": startups,
        "jobs": np.bincount(zone, staff, n),
        "funded_startups": np.bincount(zone, f.rounds[f.alive] > 0, n),
        "angels": np.bincount(v.zone[v.active & (v.kind == ANGEL)], minlength=n),
        "talents": people.sum(axis=1),
        "jobseekers": people[:, JOBSEEKER],
        "employed_elsewhere": people[:, ELSEWHERE],
        "founders": people[:, FOUNDER],
        "places": z.places.copy(),
        "wage_index": z.wage.mean(axis=1),
        "rent_eur_m2": rent / np.maximum(startups, 1),
        "floor_public_m2": np.bincount(c.zone, c.floor_public_m2, n),
        "in_places": np.bincount(zone, f.place_until[f.alive] >= world.month, n),
        "incubated": np.bincount(zone, f.incubated_until[f.alive] >= world.month, n),
        "desks": z.desks.copy(),
        "creatives": np.bincount(c.zone, c.creatives, n),
        "serendipity": met / np.maximum(startups, 1),
        "broadband": np.bincount(c.zone, c.broadband * c.population, n) / z.population,
        "remote_jobs": np.bincount(t.zone[remote], minlength=n),
        "digital_skills": z.digital_skills.copy(),
        **on_lists(world),
    }


def hubs(world: World, policy: Any) -> pd.DataFrame:
    """Hubs at the end of the run, with the euros of each lever."""
    h = world.hub
    places = policy.places if policy is not None else ()
    total = policy.total_eur if policy is not None else 0.0
    shares: dict[str, float] = dict.fromkeys(HUB_LEVERS, 0.0)
    for measure in policy.measures if policy is not None else ():
        if measure.weights is None:
            shares[measure.kind] = shares.get(measure.kind, 0.0) + measure.share
    share_of_all = policy.shares_of_all(h.place, h.share) if policy is not None else h.share
    own = (1.0 + policy.cofunding) * local_share(policy, world.zone.n)[h.zone] if policy is not None else 0.0
    frame = {
        "hub": np.arange(h.n, dtype=np.int16),
        "id": [places[k].id for k in h.place],
        "label": [places[k].label for k in h.place],
        "zone": h.zone,
        "x_m": h.x_m,
        "y_m": h.y_m,
        "cell": h.cell,
    }
    frame |= {f"eur_{kind}": total * share * share_of_all for kind, share in shares.items()}
    frame |= {
        "local_eur": total * sum(shares.values()) * share_of_all * own,
        "paid_eur": h.paid_eur,
        "staff_fte": h.staff_fte,
        "floor_m2": h.floor_m2,
        "places": h.places,
        "score": h.score,
        "governance": h.governance,
    }
    return pd.DataFrame(frame)


def costs(series: pd.DataFrame, world: World, policy: Any, discount_rate: float, start: int) -> dict[str, float]:
    """Public cost of the run: announced, committed, paid, present value at the start of the policy period, unspent.

    What is committed and not paid waits in the pots of zones, given by lever.
    """
    paid = series.groupby("year")[["public_state_eur", "public_local_eur"]].sum()
    total = paid.sum(axis=1)
    announced = policy.total_eur * (1.0 + policy.cofunding) if policy is not None else 0.0
    waiting = {kind: float(getattr(world.zone, lever.pot).sum()) for kind, lever in KINDS.items() if lever.pot}
    years = total.index.to_numpy() + 0.5 - start / 12.0
    return {
        "cost_announced_eur": announced,
        "cost_committed_eur": float(total.sum()) + sum(waiting.values()),
        "cost_paid_eur": float(total.sum()),
        "cost_paid_state_eur": float(paid["public_state_eur"].sum()),
        "cost_paid_local_eur": float(paid["public_local_eur"].sum()),
        "cost_paid_pv_eur": float((total.to_numpy() * (1.0 + discount_rate) ** -years).sum()),
        "cost_unspent_eur": announced - float(total.sum()),
        **{f"waiting_{kind}_eur": eur for kind, eur in waiting.items()},
    }
