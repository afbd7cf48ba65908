"""Emulators: what a target would measure at a point that was not run, and how wrong that may be.

One Gaussian process per target, on what a straight plane leaves over, with a length of its own for each parameter
(C. Rasmussen and C. Williams, Gaussian Processes for Machine Learning, 2006). The noise it finds between points is told
apart from the error of the emulator, which more points make smaller. Where all points have the same seeds it is less
than their luck, which `sim.calibration.fit.luck` measures.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.explore.needs import NotEnough, need
from sim.scenario.calibration import FEWEST_POINTS

Floats = NDArray[np.float64]

FOLDS: Final = 5
LENGTHS: Final = (0.2, 20.0)
"""Range of the length over which a target changes, in widths of a parameter's range; 20 is not at all."""
NOISE: Final = (1e-6, 2.0)
"""Range of the variance of luck, in variances of what the plane leaves over."""
CHUNK: Final = 8192


@dataclass(frozen=True)
class Emulator:
    """Emulator of one target: `plane` [K + 1] (constant last), process on the rest, in units of `spread`.

    Attributes
    ----------
    noise
        standard deviation that the seeds of one point give, in the target's unit
    r2
        share of the variance of runs left out that it explains
    error
        root mean square error on runs left out, in the target's unit
    coverage
        share of runs left out within the 95 % interval it stated for them
    """

    plane: Floats
    process: Any
    spread: float
    noise: float
    r2: float
    error: float
    coverage: float

    def predict(self, places: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the mean over seeds at `places` [n, K]; luck is not in it."""
        mean = places @ self.plane[:-1] + self.plane[-1]
        if self.process is None:
            return mean, np.zeros(len(places))
        rest, sd = np.empty(len(places)), np.empty(len(places))
        for first in range(0, len(places), CHUNK):
            part = slice(first, first + CHUNK)
            rest[part], sd[part] = self.process.predict(places[part], return_std=True)
        return mean + self.spread * rest, self.spread * sd


def emulate(places: Floats, values: Floats) -> Emulator:
    """Learn a target from runs.

    Parameters
    ----------
    places : [n, K], between 0 and 1
    values : [n], the mean over seeds at each place; NaN where runs failed

    Raises
    ------
    NotEnough
        fewer than `FEWEST_POINTS` values
    """
    known = np.isfinite(values)
    if known.sum() < FEWEST_POINTS:
        raise NotEnough("few_for_emulator", fewest=FEWEST_POINTS, runs=int(known.sum()))
    x, y = places[known], values[known]
    plane = _plane(x, y)
    rest = y - x @ plane[:-1] - plane[-1]
    spread = float(rest.std())
    if spread <= 1e-9 * max(float(np.abs(y).max()), 1e-300):
        return Emulator(plane, None, 0.0, 0.0, 1.0, 0.0, 1.0)
    process = _process(x, rest / spread)
    noise = float(np.sqrt(process.kernel_.k2.noise_level)) * spread
    left_out, stated = _left_out(x, y, process)
    # the white part of the kernel is luck: predictions of the mean over seeds are without it
    bare = _fixed(process.kernel_, x, rest / spread)
    error = float(np.sqrt((left_out**2).mean()))
    r2 = 1.0 - float((left_out**2).sum() / ((y - y.mean()) ** 2).sum())
    return Emulator(plane, bare, spread, noise, r2, error, float((np.abs(left_out) <= 1.96 * stated).mean()))


def _plane(x: Floats, y: Floats) -> Floats:
    """Least squares, a little drawn to a constant so that few runs do not tilt it."""
    centre, mean = x.mean(axis=0), y.mean()
    slope = np.linalg.solve((x - centre).T @ (x - centre) + 0.1 * np.eye(x.shape[1]), (x - centre).T @ (y - mean))
    return np.r_[slope, mean - centre @ slope]


def _process(x: Floats, y: Floats) -> Any:
    kernels, processes = need("sklearn.gaussian_process.kernels"), need("sklearn.gaussian_process")
    smooth = kernels.ConstantKernel(1.0, (1e-3, 1e2)) * kernels.Matern(np.ones(x.shape[1]), LENGTHS, nu=2.5)
    process = processes.GaussianProcessRegressor(smooth + kernels.WhiteKernel(0.1, NOISE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of lengths at the end of their range: the parameter does not matter
        return process.fit(x, y)


def _fixed(kernel: Any, x: Floats, y: Floats) -> Any:
    """A process with lengths and noise already found, whose predictions are of the mean and not of one run."""
    processes = need("sklearn.gaussian_process")
    return processes.GaussianProcessRegressor(kernel.k1, alpha=kernel.k2.noise_level, optimizer=None).fit(x, y)


def _left_out(x: Floats, y: Floats, process: Any) -> tuple[Floats, Floats]:
    """Error and stated deviation, luck included, of each run predicted from the folds it is not in."""
    error, stated = np.empty(len(y)), np.empty(len(y))
    noise = process.kernel_.k2.noise_level
    for fold in range(min(FOLDS, len(y))):
        out = np.arange(len(y)) % FOLDS == fold
        plane = _plane(x[~out], y[~out])
        rest = y[~out] - x[~out] @ plane[:-1] - plane[-1]
        scale = max(float(rest.std()), 1e-300)
        again = _fixed(process.kernel_, x[~out], rest / scale)
        mean, sd = again.predict(x[out], return_std=True)
        error[out] = y[out] - (x[out] @ plane[:-1] + plane[-1] + scale * mean)
        stated[out] = scale * np.sqrt(sd**2 + noise)
    return error, stated
