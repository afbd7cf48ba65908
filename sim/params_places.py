"""Numbers and switches of places: creative districts, broadband, incubators and their like."""

from __future__ import annotations

from sim.param import Param, Switch

PARAMS = (
    # --- creatives ------------------------------------------------------------------------------------------
    Param("creatives.speed", 0.4, "1/year", 0.1, 1.0, "deep",
          "assumption",
          "share of creative workers who look for another place in a year (kappa_c)"),
    Param("creatives.rent", 1.0, "1", 0.3, 2.0, "deep",
          "assumption; larger than that of startups, whose rent is 1-11 % of the cost of a job",
          "aversion of creative workers to rent, per log point (gamma_r)"),
    Param("creatives.amenity", 0.5, "1", 0.0, 1.5, "deep",
          "assumption",
          "pull of heritage and nature on creative workers (gamma_a)"),
    Param("creatives.conviviality", 0.3, "1", 0.0, 1.0, "deep",
          "assumption",
          "pull of convivial places on creative workers, per log point (gamma_v)"),
    Param("creatives.wasteland_rent", 0.3, "1", 0.1, 0.8, "deep",
          "assumption",
          "rent of a wasteland against that of offices next to it"),
    Param("creatives.displacement", 0.5, "1", 0.0, 1.5, "deep",
          "assumption",
          "creative workers who must leave when rents rise, per log point of the rise (nu)"),
    Param("creatives.m2_per_person", 8.0, "m2/person", 4.0, 15.0, "data",
          "shared studios and stages against 12 m2 of an office",
          "floor used by a creative worker"),
    Param("creatives.liven", 0.15, "1", 0.0, 0.4, "deep",
          "assumption",
          "rise of convivial places with creative workers per km2, per log point (v_1)"),
    Param("creatives.liven_staff", 0.05, "1", 0.0, 0.2, "deep",
          "assumption",
          "rise of convivial places with people of startups per km2, per log point (v_2)"),
    Param("creatives.liven_speed", 0.03, "1/month", 0.01, 0.1, "deep",
          "assumption",
          "speed at which convivial places open and close (kappa_v)"),
    Param("creatives.encounter_scale", 2e5, "1/km4", 2e4, 2e6, "deep",
          "assumption",
          "convivial places times people per km2 and km2 at which encounters are frequent (s_0)"),
    # --- broadband ------------------------------------------------------------------------------------------
    Param("broadband.midpoint", 2019.4, "year", 2015.0, 2022.0, "data",
          "ARCEP: fibre reaches 5 % of premises in 2013, 38 % in 2018, 73 % in 2021, 88 % in 2023",
          "year in which half the premises of a quartier of 1,000 people per km2 have ultra-fast access"),
    Param("broadband.lag", 1.5, "year", 0.0, 3.0, "literature",
          "ARCEP: very dense areas first, public networks last; assumption on the slope",
          "years between quartiers of which one is ten times as dense"),
    Param("broadband.pace", 1.9, "year", 0.8, 3.0, "data",
          "ARCEP, the same figures",
          "years over which the odds of access grow by e"),
)

SWITCHES = (
    Switch("creatives.active", "on", ("on", "off"), "do creative workers move and districts liven up"),
    Switch("broadband.active", "on", ("on", "off"), "is ultra-fast access rolled out"),
)
