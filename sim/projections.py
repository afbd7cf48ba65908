"""From latitude and longitude to metres on a plane.

`lambert93` is the official projection of metropolitan France (IGN, NTG 71: Lambert conformal conic on the
GRS80 ellipsoid, standard parallels 44 and 49 degrees). `local` is the azimuthal equal-area projection of a
sphere (Snyder 1987, Map Projections: a Working Manual, eq. 24-2), right for any territory up to about 1000
km.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

Projection = Callable[[ArrayLike, ArrayLike], tuple[np.ndarray, np.ndarray]]

_ECCENTRICITY = 0.0818191910428158      # GRS80
_EXPONENT = 0.7256077650532670          # of the cone cut by the parallels 44 and 49
_CONSTANT_M = 11_754_255.426096         # same source
_POLE_Y_M = 12_655_612.049876
_AUTHALIC_RADIUS_M = 6_371_007.2        # sphere with the area of the GRS80 ellipsoid


def lambert93(lat: ArrayLike, lon: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Lambert-93 coordinates x, y (m) of points given in degrees (RGF93 or WGS84)."""
    sine = np.sin(np.radians(np.asarray(lat, float)))
    isometric = np.arctanh(sine) - _ECCENTRICITY * np.arctanh(_ECCENTRICITY * sine)
    radius = _CONSTANT_M * np.exp(-_EXPONENT * isometric)
    angle = _EXPONENT * np.radians(np.asarray(lon, float) - 3.0)
    return 700_000.0 + radius * np.sin(angle), _POLE_Y_M - radius * np.cos(angle)


def local(centre_lat: float, centre_lon: float) -> Projection:
    """Azimuthal equal-area projection centred on a point given in degrees."""
    sin0, cos0 = np.sin(np.radians(centre_lat)), np.cos(np.radians(centre_lat))

    def project(lat: ArrayLike, lon: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        phi, turn = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float) - centre_lon)
        toward = sin0 * np.sin(phi) + cos0 * np.cos(phi) * np.cos(turn)    # cosine of the angle
        scale = _AUTHALIC_RADIUS_M * np.sqrt(2.0 / (1.0 + toward))
        return (scale * np.cos(phi) * np.sin(turn),
                scale * (cos0 * np.sin(phi) - sin0 * np.cos(phi) * np.cos(turn)))

    return project
