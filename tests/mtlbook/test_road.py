"""mtlbook.data.road: what the camera sees, against a picture painted point by point."""

from dataclasses import astuple, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mtlbook.data.road import ROAD_TASKS, Camera, Road, draw_roads, road_targets, scan

CLEAR = Camera(noise=0)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def see(roads: Road, camera: Camera = CLEAR) -> np.ndarray:
    return scan(roads, camera, rng())


def target(task: str, roads: Road, camera: Camera = CLEAR) -> np.ndarray:
    return road_targets(roads, camera)[:, ROAD_TASKS.index(task)]


def one_road(**what: Any) -> Road:
    """A road of one lane, 4 m wide, straight ahead, black on white, unless told otherwise."""
    given_road = {"lanes": 1, "width": 4.0, "centre": 0.0, "road": 0.0, "border": 1.0, "line": 1.0}
    return Road(**{name: np.array([value]) for name, value in (given_road | what).items()})


greys = st.floats(0, 1)
cameras = st.builds(
    Camera,
    pixels=st.integers(1, 40),
    distance=st.floats(2, 30),
    field_of_view=st.floats(10, 150),
    noise=st.just(0.0),
)
any_road = st.builds(
    one_road,
    lanes=st.integers(1, 2),
    width=st.floats(0.5, 12),
    centre=st.floats(-15, 15),
    road=greys,
    border=greys,
    line=greys,
)


# The camera


@settings(max_examples=30)
@given(cameras)
def test_the_outermost_points_lie_half_the_field_of_view_off_the_axis(camera: Camera) -> None:
    half = np.degrees(np.arctan2(camera.reach, camera.distance))
    assert half == pytest.approx(camera.field_of_view / 2)


def test_a_right_angle_sees_as_far_to_either_side_as_ahead() -> None:
    assert Camera(distance=7, field_of_view=90).reach == pytest.approx(7)


@settings(max_examples=30)
@given(cameras)
def test_pixels_cut_the_strip_into_equal_parts_from_left_to_right(camera: Camera) -> None:
    borders = camera.borders()
    assert len(borders) == camera.pixels + 1
    assert (borders[0], borders[-1]) == (-camera.reach, camera.reach)
    np.testing.assert_allclose(np.diff(borders), 2 * camera.reach / camera.pixels)


# What it sees


def paint(roads: Road, camera: Camera, points: int) -> np.ndarray:
    """Look at many points of each pixel, one after the other, and take the mean grey."""
    lanes, width, centre, road, border, line = (value.item() for value in astuple(roads))
    pixels = []
    for p in range(camera.pixels):
        total = 0.0
        for k in range(points):
            place = camera.reach * (2 * (p + (k + 0.5) / points) / camera.pixels - 1)
            if lanes == 2 and abs(place - centre) < 0.15:
                total += line
            elif abs(place - centre) < width / 2:
                total += road
            else:
                total += border
        pixels.append(total / points)
    return np.array(pixels)


@settings(max_examples=30)
@given(any_road, cameras)
def test_a_pixel_is_the_mean_grey_of_its_part_of_the_ground(roads: Road, camera: Camera) -> None:
    # At each of at most four changes of grey a pixel may take one point for another.
    np.testing.assert_allclose(see(roads, camera)[0], paint(roads, camera, 100), atol=4 / 100)


def test_the_road_covers_its_width() -> None:
    roads = replace(draw_roads(200, rng()), border=np.zeros(200), road=np.ones(200))
    roads = replace(roads, line=np.ones(200))
    metres = see(roads).sum(axis=1) * 2 * CLEAR.reach / CLEAR.pixels
    np.testing.assert_allclose(metres, roads.width)


def test_the_line_covers_30_cm_of_roads_of_two_lanes() -> None:
    black = np.zeros(200)
    roads = replace(draw_roads(200, rng()), border=black, road=black, line=black + 1)
    metres = see(roads).sum(axis=1) * 2 * CLEAR.reach / CLEAR.pixels
    np.testing.assert_allclose(metres, np.where(roads.lanes == 2, 0.3, 0), atol=1e-12)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_road_beside_the_strip_is_not_seen(side: int) -> None:
    assert (see(one_road(centre=side * 9.0, lanes=2, line=0.5)) == 1).all()


def test_a_road_to_the_right_is_seen_on_the_right() -> None:
    pixels = see(one_road(centre=3.0))[0]
    assert pixels[:16].mean() > pixels[16:].mean()


@given(any_road, cameras)
def test_a_mirrored_road_gives_a_mirrored_picture(roads: Road, camera: Camera) -> None:
    mirrored = replace(roads, centre=-roads.centre)
    np.testing.assert_allclose(
        see(mirrored, camera), see(roads, camera)[:, ::-1], rtol=1e-9, atol=1e-9
    )


@given(st.integers(-3, 3))
def test_a_road_moved_by_whole_pixels_gives_a_moved_picture(pixels: int) -> None:
    roads = draw_roads(20, rng())
    moved = replace(roads, centre=roads.centre * 0.2 + pixels * 2 * CLEAR.reach / CLEAR.pixels)
    still = replace(roads, centre=roads.centre * 0.2)
    np.testing.assert_allclose(see(moved), np.roll(see(still), pixels, axis=1), atol=1e-12)
    # A place on the ground moves along in the targets; grey and kind of road stay.
    shift = road_targets(moved, CLEAR) - road_targets(still, CLEAR)
    places = [ROAD_TASKS.index(task) for task in ("left edge", "right edge", "road centre")]
    np.testing.assert_allclose(shift[:, places], pixels / CLEAR.pixels, atol=1e-12)
    for task in ("two lanes", "road grey", "border grey", "line grey"):
        assert (shift[:, ROAD_TASKS.index(task)] == 0).all()


@settings(max_examples=20)
@given(any_road, st.floats(0.1, 0.9))
def test_grey_is_linear_in_the_greys_of_the_ground(roads: Road, share: float) -> None:
    names = ("road", "border", "line")
    dark = replace(roads, **{name: share * getattr(roads, name) for name in names})
    np.testing.assert_allclose(see(dark), share * see(roads), atol=1e-12)


@pytest.mark.parametrize("noise", [0.02, 0.15])
def test_each_pixel_has_noise_of_its_own(noise: float) -> None:
    roads = draw_roads(1000, rng())
    errors = scan(roads, Camera(noise=noise), rng(1)) - see(roads)
    assert stats.kstest(errors.ravel(), stats.norm(0, noise).cdf).pvalue > 0.01
    for one, other in ((errors[:, :-1], errors[:, 1:]), (errors[:-1], errors[1:])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02


# The roads drawn


def test_the_draws_have_the_ranges_they_name() -> None:
    roads = draw_roads(2000, rng())
    assert all(getattr(roads, field.name).shape == (2000,) for field in fields(Road))
    assert set(roads.lanes.tolist()) == {1, 2}
    assert stats.binomtest(int((roads.lanes == 2).sum()), 2000).pvalue > 0.01
    for values, low, high in (
        (roads.width / roads.lanes, 2.6, 3.6),
        (roads.centre, -2, 2),
        (roads.road, 0.2, 0.6),
        (roads.line, 0.7, 1),
    ):
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.01


def test_what_is_drawn_for_a_road_is_drawn_independently() -> None:
    roads = draw_roads(2000, rng())
    drawn = (roads.lanes, roads.width / roads.lanes, roads.centre, roads.road, roads.line)
    correlations = stats.spearmanr(np.stack(drawn, axis=1)).statistic[np.triu_indices(5, 1)]
    assert (abs(correlations) < 0.07).all()


def test_the_border_stands_out_from_the_road() -> None:
    roads = draw_roads(5000, rng())
    assert (abs(roads.border - roads.road) > 0.15 - 1e-12).all()
    assert roads.border.min() >= 0.1
    assert roads.border.max() <= 0.9


def test_the_border_is_drawn_as_if_greys_too_close_were_drawn_again() -> None:
    # Not so beside roads darker than .25, where borders darker than the road have no room.
    roads = draw_roads(5000, rng())
    bright = roads.road >= 0.25
    road, tries = np.random.default_rng(1).uniform([[0.25], [0.1]], [[0.6], [0.9]], (2, 20000))
    kept = abs(tries - road) >= 0.15
    for found, expected in (
        (roads.border[bright], tries[kept]),
        ((roads.border - roads.road)[bright], (tries - road)[kept]),
    ):
        assert stats.ks_2samp(found, expected).pvalue > 0.01


def test_the_same_seed_draws_the_same_roads() -> None:
    one, same, other = (draw_roads(30, rng(seed)) for seed in (3, 3, 4))
    for field in fields(Road):
        assert (getattr(one, field.name) == getattr(same, field.name)).all()
        assert (getattr(one, field.name) != getattr(other, field.name)).any()


# The targets


def test_the_main_task_comes_first_then_those_of_the_paper() -> None:
    """Steering apart, the order is that of the rows of Table 1 in Caruana (1997)."""
    first, *table = ROAD_TASKS
    assert first == "steering"
    assert table == [
        "two lanes", "left edge", "right edge", "line location", "road centre",
        "road grey", "border grey", "line grey",
    ]  # fmt: skip


def test_each_column_is_what_its_name_says() -> None:
    roads, camera = draw_roads(300, rng()), Camera(distance=10, field_of_view=70)
    found = road_targets(roads, camera)
    assert found.shape == (300, 9)
    for row, road in zip(found, zip(*astuple(roads), strict=True), strict=True):
        lanes, width, centre, grey, border, line = road

        def place(x: float) -> float:
            return (x + camera.reach) / (2 * camera.reach)

        assert dict(zip(ROAD_TASKS[1:], row[1:], strict=True)) == pytest.approx(
            {
                "two lanes": lanes - 1,
                "left edge": place(centre - width / 2),
                "right edge": place(centre + width / 2),
                "line location": place(centre) if lanes == 2 else 0,
                "road centre": place(centre),
                "road grey": grey,
                "border grey": border,
                "line grey": line if lanes == 2 else 0,
            }
        )


def test_targets_lie_between_0_and_1() -> None:
    targets = road_targets(draw_roads(2000, rng()), CLEAR)
    assert targets.min() >= 0
    assert targets.max() <= 1


def test_roads_of_one_lane_have_no_line() -> None:
    roads = draw_roads(100, rng())
    single = roads.lanes == 1
    for task in ("line location", "line grey"):
        assert ((target(task, roads) == 0) == single).all()


def test_the_car_aims_for_the_middle_of_the_right_lane() -> None:
    roads = draw_roads(100, rng())
    right = roads.centre + roads.width / 2
    left = np.where(roads.lanes == 2, roads.centre, roads.centre - roads.width / 2)
    np.testing.assert_allclose(roads.target, (left + right) / 2)


@given(any_road, cameras)
def test_the_arc_steered_leads_to_the_target(roads: Road, camera: Camera) -> None:
    # The circle through the car, tangent to its heading, has its centre straight to the side.
    curvature = (2 * target("steering", roads, camera) - 1) / camera.distance
    x, y = roads.target, camera.distance
    np.testing.assert_allclose(curvature * (x**2 + y**2), 2 * x, atol=1e-9)


@pytest.mark.parametrize("x", [-3.0, -0.4, 0.0, 2.0])
def test_a_car_that_drives_the_curvature_reaches_the_target(x: float) -> None:
    roads, ahead = one_road(centre=x), CLEAR.distance
    curvature = (2 * target("steering", roads).item() - 1) / ahead
    step, here, forward, heading = 1e-3, 0.0, 0.0, 0.0
    while forward < ahead:
        heading += curvature * step / 2
        here, forward = here + step * np.sin(heading), forward + step * np.cos(heading)
        heading += curvature * step / 2
    assert here == pytest.approx(x, abs=2e-3)


@settings(max_examples=10)
@given(cameras)
def test_the_hardest_turns_are_0_and_1(camera: Camera) -> None:
    """No target needs a sharper turn than the one as far to the side as ahead."""
    places = np.append(np.linspace(-20, 20, 81), [-camera.distance, camera.distance])
    steering = [target("steering", one_road(centre=x), camera).item() for x in places]
    assert steering[-2:] == pytest.approx([0, 1])
    assert min(steering) >= -1e-12
    assert max(steering) <= 1 + 1e-12


@given(any_road, cameras)
def test_a_mirrored_road_has_mirrored_targets(roads: Road, camera: Camera) -> None:
    one_lane = replace(roads, lanes=np.array([1]))
    there = dict(zip(ROAD_TASKS, road_targets(one_lane, camera)[0], strict=True))
    mirrored = replace(one_lane, centre=-roads.centre)
    back = dict(zip(ROAD_TASKS, road_targets(mirrored, camera)[0], strict=True))
    swapped = {"left edge": "right edge", "right edge": "left edge"}
    for task in ("steering", "road centre", "left edge", "right edge"):
        assert back[swapped.get(task, task)] == pytest.approx(1 - there[task], abs=1e-9)
    for task in ("two lanes", "line location", "road grey", "border grey", "line grey"):
        assert back[task] == there[task]
