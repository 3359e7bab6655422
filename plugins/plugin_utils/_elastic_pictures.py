# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of elastic, drawn by matplotlib: traffic against bandwidth, and the day profile.

matplotlib is optional: nothing else in the collection needs it, and it is imported only when a picture is drawn. No string
from a server is drawn; names stand in the title and the description of a picture, and in the page.
"""

from __future__ import annotations

import importlib
import io
import logging
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..module_utils._errors import InvalidError
from ._elastic_series import Profile, Step, Track, changes_of, in_force, sparse, thinned, ticks_between
from ._svg import COLOURS, inlined

MOST_MARKS = 120
"""More changes than so many are not marked one by one."""

# Inches, of 72 points; the page scales them.
_WIDTH, _HEIGHT = 7.2, 3.0
_LOW_HEIGHT = 2.3
_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cloudopera.ies",
    "font.size": 8,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": False,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.5,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "legend.fontsize": 8,
}
# Beside their colours, the directions differ in their dashes.
_TRACKS = (("traffic", "solid"), ("other", (0, (4, 1.5))))
_DIRECTIONS = frozenset({"inbound", "outbound", "traffic", "larger of both directions"})


@dataclass
class View:
    """What a picture of traffic against bandwidth shows.

    `limits` are samples at the limit, called `limit_name`; `target` is the size that was decided on, `bounds` the least and
    the most bandwidth allowed.
    """

    tracks: Sequence[Track]
    steps: Sequence[Step]
    limits: Sequence[tuple[float, float]] = ()
    limit_name: str = "at the limit"
    bandwidth_name: str = "bandwidth"
    target: float | None = None
    bounds: Sequence[float] = field(default_factory=list)
    low: bool = False

    @property
    def start(self) -> float:
        """Return the first moment."""
        return min(track.times[0] for track in self.tracks)

    @property
    def end(self) -> float:
        """Return the last moment."""
        return max(track.times[-1] + track.step for track in self.tracks)


def require_matplotlib() -> Any:
    """Return matplotlib; raises InvalidError, in one line with the way out, where it is missing or broken."""
    try:
        library = importlib.import_module("matplotlib")
        for name in ("figure", "backends.backend_svg", "ticker"):
            importlib.import_module(f"matplotlib.{name}")
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "matplotlib":
            reason = "which is missing"
        else:
            reason = f"which cannot be imported ({' '.join(str(error).split())[:120]})"
        raise InvalidError(
            f"a report with pictures needs matplotlib, {reason}: run `pip install matplotlib` in the virtual environment of the"
            f" Python that runs Ansible ({sys.executable})"
        ) from None
    # It tells on standard error that it builds a cache of fonts, or that the home directory is read-only.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    return library


def traffic_picture(view: View, prefix: str, title: str, description: str) -> str:
    """Return the SVG element of traffic against bandwidth over time."""
    return _drawn(lambda axes: _draw_traffic(axes, view), view.low, prefix, title, description)


def profile_picture(profile: Profile, bandwidth: float | None, prefix: str, title: str, description: str) -> str:
    """Return the SVG element of median and p95 by time of day."""
    return _drawn(lambda axes: _draw_profile(axes, profile, bandwidth), True, prefix, title, description)


def _drawn(draw: Any, low: bool, prefix: str, title: str, description: str) -> str:
    matplotlib = require_matplotlib()
    with matplotlib.rc_context():
        # Whatever a matplotlibrc of the user says, the same numbers give the same picture.
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        figure = matplotlib.figure.Figure(figsize=(_WIDTH, _LOW_HEIGHT if low else _HEIGHT))
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        draw(axes)
        height = _LOW_HEIGHT if low else _HEIGHT
        figure.subplots_adjust(left=0.125, right=0.965, bottom=0.42 / height, top=1 - 0.32 / height)
        written = io.StringIO()
        canvas = matplotlib.backends.backend_svg.FigureCanvasSVG(figure)
        canvas.print_svg(written, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return inlined(written.getvalue(), prefix, title, description)


# Traffic against bandwidth


def _draw_traffic(axes: Any, view: View) -> None:
    for track, (colour, style) in zip(view.tracks, _TRACKS):
        label = track.name if track.name in _DIRECTIONS else "traffic"
        times, values = thinned(track)
        axes.plot(times, values, color=COLOURS[colour], linestyle=style, linewidth=0.9, label=label, zorder=2.2)
    _draw_bandwidth(axes, view)
    margin = 0.05 * (view.end - view.start) if view.target is not None else 0.0
    _draw_target(axes, view, margin)
    axes.set_xlim(view.start, view.end + margin)
    _scale(axes, _highest(view))
    for bound in view.bounds:
        if 0 < bound <= axes.get_ylim()[1]:
            axes.axhline(bound, color=COLOURS["muted"], linestyle=(0, (1, 1.5)), linewidth=1.1, label="bounds", zorder=1.5)
    marks = ticks_between(view.start, view.end)
    axes.set_xticks([moment for moment, _label in marks], [label for _moment, label in marks])
    axes.set_xlabel("time in UTC, dates as month-day")
    _legend(axes)


def _draw_bandwidth(axes: Any, view: View) -> None:
    steps = in_force(view.steps, view.start, view.end)
    if not steps:
        return
    times = [max(step.time, view.start) for step in steps] + [view.end]
    sizes = [step.bandwidth for step in steps] + [steps[-1].bandwidth]
    changes = [change for change in changes_of(view.steps) if view.start <= change[0] <= view.end]
    width = 1.6 if len(changes) <= MOST_MARKS else 0.8
    axes.plot(times, sizes, color=COLOURS["bandwidth"], drawstyle="steps-post", linewidth=width, label=view.bandwidth_name)
    if view.limits:
        few = sparse(view.limits, view.start, view.end)
        _mark(axes, few, "x", "limit", view.limit_name)
    if len(changes) <= MOST_MARKS:
        _mark(axes, [(time, after) for time, before, after in changes if after > before], "^", "raise", "raised")
        _mark(axes, [(time, after) for time, before, after in changes if after < before], "v", "lower", "lowered")


def _mark(axes: Any, points: Sequence[tuple[float, float]], shape: str, colour: str, label: str) -> None:
    if points:
        axes.plot(
            [time for time, _value in points],
            [value for _time, value in points],
            linestyle="none",
            marker=shape,
            markersize=3.5 if shape == "x" else 5.5,
            color=COLOURS[colour],
            label=label,
        )


def _draw_target(axes: Any, view: View, margin: float) -> None:
    if view.target is None or not view.steps:
        return
    now = view.steps[-1].bandwidth
    shape, colour = ("^", "raise") if view.target > now else ("v", "lower")
    end = view.end
    axes.plot([end, end, end + margin], [now, view.target, view.target], color=COLOURS[colour], linestyle=(0, (2, 1)))
    axes.plot(
        [end + margin / 2],
        [view.target],
        linestyle="none",
        marker=shape,
        markersize=8,
        markerfacecolor="none",
        color=COLOURS[colour],
        label="decision now",
    )


def _highest(view: View) -> float:
    """Return the largest value that must be seen; bounds far above are told in words only."""
    values = [value for track in view.tracks for value in track.values if value is not None]
    sizes = [step.bandwidth for step in view.steps]
    seen = max([*values, *sizes, view.target or 0.0, 1.0])
    return max([seen, *(bound for bound in view.bounds if bound <= 1.6 * seen)])


# The day


def _draw_profile(axes: Any, profile: Profile, bandwidth: float | None) -> None:
    hours = [*profile.hours, 24.0]
    high, medians = ([*values, values[-1]] for values in (profile.high, profile.medians))
    axes.plot(hours, high, color=COLOURS["other"], linestyle=(0, (4, 1.5)), drawstyle="steps-post", label="p95")
    axes.plot(hours, medians, color=COLOURS["traffic"], drawstyle="steps-post", label="median")
    seen = max([1.0, *(value for value in profile.high if not math.isnan(value))])
    if bandwidth is not None:
        axes.axhline(bandwidth, color=COLOURS["bandwidth"], linewidth=1.6, label="bandwidth now")
        seen = max(seen, bandwidth)
    axes.set_xlim(0, 24)
    marks = range(0, 25, 3)
    axes.set_xticks(list(marks), [f"{hour:02d}:00" for hour in marks])
    axes.set_xlabel("time of day, UTC")
    _scale(axes, seen)
    _legend(axes)


def _scale(axes: Any, highest: float) -> None:
    ticker = require_matplotlib().ticker
    axes.set_ylim(0, highest * 1.08)
    axes.set_ylabel("Bandwidth units")
    axes.yaxis.set_major_locator(ticker.MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _place: f"{value:,.10g}"))
    axes.tick_params(length=2.5, width=0.5)


def _legend(axes: Any) -> None:
    """Write what each sign means above the picture; of several lines of a name, once."""
    handles, labels = axes.get_legend_handles_labels()
    first: dict[str, Any] = {}
    for label, handle in zip(labels, handles):
        first.setdefault(label, handle)
    axes.legend(
        list(first.values()),
        list(first),
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=len(first),
        borderpad=0.2,
        handlelength=1.8,
        columnspacing=1.4,
    )
