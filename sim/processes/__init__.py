"""The processes of the month, one file each, in the order in which they act; none imports another."""

from sim.processes import (
    accelerators,
    aid,
    brand,
    broadband,
    capital,
    cash,
    closure,
    creatives,
    drivers,
    exits,
    facilities,
    founding,
    funding,
    governance,
    growth,
    innovation,
    label,
    labour,
    location,
    measures,
    mobility,
    pipelines,
    population,
    relocation,
    remote,
    rents,
    skills,
    spillovers,
    wages,
)

SCHEDULE = (  # ODD 3. The order is part of the model: changing it changes results.
    drivers,  # supply of venture capital
    broadband,  # ultra-fast access is rolled out
    population,  # people enter digital trades and retire
    label,  # territories apply, hubs open and are audited
    governance,  # carriers come and go; layers cost money and time
    measures,  # public money is paid, and becomes what it buys
    accelerators,  # hubs choose who gets a place
    pipelines,  # hubs work together
    brand,  # goodwill is built and shared
    spillovers,  # who is near whom
    creatives,  # artists look for cheap floor, liven it up, and are priced out
    rents,  # offices get dearer where they fill up
    facilities,  # young firms enter incubators, third places and their like
    founding,  # people start startups
    location,  # the newborn settle
    relocation,  # some startups move
    labour,  # places are offered and filled
    wages,  # pay follows unemployment, rents of flats follow people
    remote,  # employees leave for zones with desks
    mobility,  # people move between zones
    skills,  # adults learn digital tools
    innovation,  # startups learn and innovate
    growth,  # revenue starts and grows
    aid,  # grants, loans and public purchases reach firms
    cash,  # sales come in, people are paid, tax reliefs give a part back
    capital,  # limited partners give money to investors, funds close and are raised
    funding,  # investors look, screen and invest
    exits,  # some startups are bought or listed
    closure,  # some startups close
)
