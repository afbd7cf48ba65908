"""Where agents are: quartiers and zones, agent by agent (see `reference.py`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
from reference_founders import founding_factor

from sim.fields import JOBSEEKER, N_SECTORS

if TYPE_CHECKING:
    from reference import Startup, Talent

SECTORS = range(N_SECTORS)
class Quartier(mesa.Agent):
    """A square of the map: offices with a rent, and what is near."""

    def count_startups(self, here: list[Startup]) -> None:
        """People and startups by sector."""
        self.staff, self.startups = [0.0] * N_SECTORS, [0.0] * N_SECTORS
        for startup in here:
            self.staff[startup.sector] += startup.staff
            self.startups[startup.sector] += 1.0

    @property
    def used_m2(self) -> float:
        return self.model.par.rents.m2_per_fte * sum(self.staff) + self.other_m2

    def adjust_rent(self) -> None:
        """Rents rise where offices fill up; where they are high, floor is built and wasteland converted."""
        par = self.model.par.rents
        occupied = self.used_m2 / self.floor_m2 if self.floor_m2 > 0.0 else 1.0
        goal = math.log(self.rent_reference) + par.elasticity * math.log(max(occupied, 1e-3) / par.usual_occupancy)
        for _ in range(3):
            self.rent = math.exp(math.log(self.rent) + par.speed * (goal - math.log(self.rent)))
        dearer = max(self.rent / self.rent_reference - 1.0, 0.0) / 4.0
        built, reused = par.supply * self.floor_m2 * dearer, min(par.conversion * dearer, 1.0) * self.wasteland_m2
        self.floor_m2 += built + reused
        self.wasteland_m2 -= reused
        self.model.count("natural_ground_m2", self.zone, built)
        self.model.count("wasteland_reused_m2", self.zone, reused)


class Zone(mesa.Agent):
    """A département or its like: a place where people live, with wages and a share of the brand."""

    def count_people(self, residents: list[Talent]) -> None:
        self.talents, self.jobseekers = [0.0] * N_SECTORS, [0.0] * N_SECTORS
        for talent in residents:
            self.talents[talent.sector] += talent.weight
            if talent.status == JOBSEEKER:
                self.jobseekers[talent.sector] += talent.weight

    def meet(self) -> None:
        """What digital workers of the zone meet: startups per head, and fields averaged over floor."""
        startups, people = sum(sum(q.startups) for q in self.quartiers), sum(self.talents)
        self.peers = math.log1p(1000.0 * startups / people) if people > 0.0 else 0.0
        floor = sum(q.floor_m2 for q in self.quartiers)
        for s in SECTORS:
            total = sum(q.floor_m2 * q.near_log[s] for q in self.quartiers)
            self.ecosystem[s] = total / floor if floor > 0.0 else total

    def founding_factor(self, sector: int) -> float:
        return founding_factor(self, sector)
