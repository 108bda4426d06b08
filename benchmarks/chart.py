"""A line chart with logarithmic axes as SVG text: nothing to install, and the same bytes for the same figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["chart"]

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 520, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 18, 40, 52  # margins around the axes
COLOURS = ("#1f6fb2", "#d1651b", "#3a8f5c", "#8a56a8")
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def chart(title: str, across: str, curves: Mapping[str, Points]) -> str:
    """Draw seconds, upwards, over a count: one line for each curve, a grid line for each power of ten."""
    xs, ys = ([point[k] for points in curves.values() for point in points] for k in range(2))
    x_range, y_range = _decades(xs), _decades(ys)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + _share(x, x_range) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - _share(y, y_range) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#fff"/>',
        _text(WIDTH / 2, 22, title, "middle", 'font-size="14" font-weight="bold"'),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, "middle"),
    ]
    for k in range(x_range[0], x_range[1] + 1):
        x, bottom = place(10.0**k, 10.0 ** y_range[0])
        parts += [_line([(x, bottom), (x, TOP)], "#ddd", 1), _text(x, bottom + 17, _count(k), "middle")]
    for k in range(y_range[0], y_range[1] + 1):
        left, y = place(10.0 ** x_range[0], 10.0**k)
        parts += [_line([(left, y), (WIDTH - RIGHT, y)], "#ddd", 1), _text(left - 6, y + 4, _seconds(k), "end")]
    for i, (name, points) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        placed = [place(x, y) for x, y in points]
        parts.append(_line(placed, colour, 2))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        parts.append(_text(LEFT + 10, TOP + 16 * (i + 1), name, "start", f'fill="{colour}" font-weight="bold"'))
    return "\n".join([*parts, "</svg>", ""])


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around all values, at least one apart."""
    low, high = math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def _share(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _count(power: int) -> str:
    size, unit = next(m for m in ((9, "G"), (6, "M"), (3, "k"), (0, "")) if power >= m[0])
    return f"{10 ** (power - size)} {unit}".strip()


def _seconds(power: int) -> str:
    size, unit = next((u for u in UNITS if 10.0**power >= u[0] * (1 - 1e-9)), UNITS[-1])
    return f"{10.0**power / size:g} {unit}"


def _line(points: Sequence[tuple[float, float]], colour: str, width: int) -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style and " " + style}>{escape(text)}</text>'
