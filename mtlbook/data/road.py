"""1D-ALVINN: a road seen through one row of a camera, and nine things to read off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROAD_TASKS = (
    "steering",
    "two lanes",
    "left edge",
    "right edge",
    "line location",
    "road centre",
    "road grey",
    "border grey",
    "line grey",
)
"""Steering, the main task, then the eight further tasks in the order of Caruana (1997, Table 1)."""


@dataclass(frozen=True)
class Camera:
    """One row of a forward camera over flat ground. Lengths are in metres, angles in degrees.

    All points that a row sees lie at one distance, so its pixels cut the ground into equal parts.

    Attributes:
        pixels: pixels in the row.
        distance: how far ahead the row looks.
        field_of_view: the angle that the row covers.
        noise: standard deviation of the noise on each pixel, where black is 0 and white is 1.
    """

    pixels: int = 32
    distance: float = 8.0
    field_of_view: float = 80.0
    noise: float = 0.05

    @property
    def reach(self) -> float:
        """Half the width of the strip of ground that the row sees."""
        return float(self.distance * np.tan(np.radians(self.field_of_view / 2)))

    def borders(self) -> np.ndarray:
        """Return where pixels begin and end on the ground, ``(pixels + 1,)``, left to right."""
        return np.linspace(-self.reach, self.reach, self.pixels + 1)


@dataclass(frozen=True)
class Road:
    """``n`` stretches of road, as the simulator knows them; each attribute has shape ``(n,)``.

    Attributes:
        lanes: one or two.
        width: width of the road, in metres.
        centre: where its middle crosses the row, in metres to the right of the car.
        road: grey of the surface, from 0 (black) to 1 (white).
        border: grey of the ground beside it.
        line: grey of the centre line; there is one on roads of two lanes.
    """

    lanes: np.ndarray
    width: np.ndarray
    centre: np.ndarray
    road: np.ndarray
    border: np.ndarray
    line: np.ndarray

    @property
    def target(self) -> np.ndarray:
        """Where the car should be: the middle of the road, or of its right lane if it has two."""
        aim: np.ndarray = self.centre + np.where(self.lanes == 2, self.width / 4, 0.0)
        return aim


LINE_WIDTH = 0.3
LANE_WIDTH = (2.6, 3.6)
OFFSET = 2.0
CONTRAST = 0.15


def draw_roads(n: int, rng: np.random.Generator) -> Road:
    """Draw ``n`` roads.

    One lane or two with equal chance, each 2.6 to 3.6 m wide; the middle of the road up to 2 m to
    either side of the car; the surface between .2 and .6, its border between .1 and .9 but at
    least .15 away from it, the line between .7 and 1.
    """
    lanes = rng.integers(1, 3, size=n)
    road = rng.uniform(0.2, 0.6, size=n)
    # A border darker than the road by the contrast stays; any other is moved up, past the strip of
    # greys that are too close to the road's. So beside the darkest roads it is always brighter.
    border = rng.uniform(0.1, 0.9 - 2 * CONTRAST, size=n)
    border = np.where(border > road - CONTRAST, border + 2 * CONTRAST, border)
    return Road(
        lanes=lanes,
        width=lanes * rng.uniform(*LANE_WIDTH, size=n),
        centre=rng.uniform(-OFFSET, OFFSET, size=n),
        road=road,
        border=border,
        line=rng.uniform(0.7, 1.0, size=n),
    )


def scan(roads: Road, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Return what the camera sees, ``(n, pixels)``: the mean grey of each pixel, plus noise."""
    on_road = _coverage(camera, roads.centre, roads.width)
    on_line = _coverage(camera, roads.centre, np.where(roads.lanes == 2, LINE_WIDTH, 0.0))
    border, road, line = (g[:, None] for g in (roads.border, roads.road, roads.line))
    clean = border * (1 - on_road) + road * (on_road - on_line) + line * on_line
    pixels: np.ndarray = clean + camera.noise * rng.standard_normal(clean.shape)
    return pixels


def road_targets(roads: Road, camera: Camera) -> np.ndarray:
    """Return the nine targets, ``(n, 9)``, in the order of ``ROAD_TASKS``.

    All lie between 0 and 1 as long as the camera sees the whole road, as the default one does.

    A place on the ground is scaled so that the strip the camera sees runs from 0 to 1. Steering
    is the curvature of the arc that leads from the car to the target (pure pursuit), from hard
    left (0) to hard right (1). A road without a centre line has 0 for its place and its grey.
    """
    two = roads.lanes == 2
    x = roads.target
    curvature = 2 * x / (x**2 + camera.distance**2)  # never above 1 / distance
    edges = (roads.centre - roads.width / 2, roads.centre + roads.width / 2)
    left, right, centre = ((place / camera.reach + 1) / 2 for place in (*edges, roads.centre))
    return np.stack(
        [
            (curvature * camera.distance + 1) / 2,
            two.astype(float),
            left,
            right,
            np.where(two, centre, 0.0),
            centre,
            roads.road,
            roads.border,
            np.where(two, roads.line, 0.0),
        ],
        axis=1,
    )


def _coverage(camera: Camera, centre: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Share of each pixel covered by a strip of this centre and width, ``(n, pixels)``."""
    edges = camera.borders()
    left = np.clip((centre - width / 2)[:, None], edges[:-1], edges[1:])
    right = np.clip((centre + width / 2)[:, None], edges[:-1], edges[1:])
    share: np.ndarray = (right - left) / (edges[1] - edges[0])
    return share
