"""Where two worlds differ, bit for bit, by row or by identity."""

import numpy as np

from sim.fields import ENTITIES, ROW_LINKS
from sim.rng import bundle_uid
from sim.world import World


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal to the last bit, NaN included."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def differences(a: World, b: World) -> set[str]:
    """Fields in which two worlds differ, row by row: ``startup.cash_eur``."""
    return {
        f"{kind}.{name}"
        for kind in ENTITIES
        for name, column in a.tables[kind].columns().items()
        if not same_bits(column, b.tables[kind].columns()[name])
    }


def by_identity(world: World, kind: str, keep: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Columns of a table sorted by identity, with rows of others replaced by identities: free of row order.

    Dead talents are left out (their rows are reused), and so are links that no longer hold.
    """
    table = world.tables[kind]
    alive = table.alive if kind == "talent" else np.ones(table.n, bool)
    rows = np.flatnonzero(alive if keep is None else alive & keep)
    rows = rows[np.argsort(identity(world, kind)[rows], kind="stable")]
    out = {}
    for name, column in table.columns().items():
        link = ROW_LINKS.get(f"{kind}.{name}")
        values = column[rows]
        if link is not None and link != "zone":
            values = followed(world, kind, name, link, rows)
        out[name] = values
    return out


def identity(world: World, kind: str) -> np.ndarray:
    """What tells rows apart, whatever their order."""
    if kind == "cell":
        return world.cell.zone.astype(np.uint64) * np.uint64(1 << 32) + world.cell.key.astype(np.uint64)
    return world.tables[kind].uid


def followed(world: World, kind: str, name: str, target: str, rows: np.ndarray) -> np.ndarray:
    """Identity at the end of a link, zero where there is none."""
    at = world.tables[kind].columns()[name][rows].astype(np.int64)
    holds = at >= 0
    if kind == "startup" and name in ("founder", "first_employee"):
        holds &= world.startup.alive[rows]
    found = (
        np.where(holds, identity(world, target)[np.where(holds, at, 0)], 0)
        if world.tables[target].n
        else np.zeros(rows.size)
    )
    if name == "bundle":
        t = world.talent
        holds &= t.alive[np.where(holds, at, 0)]
        assert (found == np.array([bundle_uid(u) for u in t.uid[rows]], np.uint64))[holds].all()
        found = np.where(holds, found, 0)
    return found


def permuted(world: World, kind: str, order: np.ndarray) -> World:
    """The same world with the rows of a table in another order: new row k is old row ``order[k]``; links follow."""
    other = world.copy()
    table = other.tables[kind]
    table.load({name: column[order] for name, column in table.columns().items()})
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    for link, target in ROW_LINKS.items():
        if target == kind:
            owner, name = link.split(".")
            column = other.tables[owner].columns()[name]
            column[:] = np.where(column >= 0, place[column], -1)
    return other
