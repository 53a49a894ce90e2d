"""The institution's colours as CSS variables, made dark enough to read whatever was configured.

Contrast as WCAG 2.1 defines it (relative luminance, 1.4.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_DEFAULTS: Mapping[str, str] = {"primary": "#3d3a6b", "accent": "#1f6f5c", "background": "#f7f5f2"}
ENOUGH = 4.5
_INK = (33, 37, 41)

Colour = tuple[int, int, int]


def stylesheet(colours: Mapping[str, str]) -> str:
    """The variables of a page; what is missing or no `#rrggbb` falls back to ours."""
    chosen = {name: colours.get(name, "") for name in _DEFAULTS}
    parsed = {name: _parse(value if _HEX.fullmatch(value) else _DEFAULTS[name]) for name, value in chosen.items()}
    background = _lightened(parsed["background"])
    made = {
        "background": background,
        "primary": _darkened(parsed["primary"], background),
        "accent": _darkened(parsed["accent"], background),
    }
    made["primary-tint"] = _mixed(made["primary"], (255, 255, 255), 0.1)
    made["accent-tint"] = _mixed(made["accent"], (255, 255, 255), 0.13)
    made["primary-deep"] = _mixed(made["primary"], (0, 0, 0), 0.75)
    made["line"] = _mixed(_INK, background, 0.16)
    lines = "".join(f"  --{name}: #{r:02x}{g:02x}{b:02x};\n" for name, (r, g, b) in made.items())
    return f":root {{\n{lines}}}\n"


def contrast(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black on white)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _darkened(colour: Colour, background: Colour) -> Colour:
    """As dark as text in it, and white text on it, need."""
    while min(contrast(colour, background), contrast(colour, (255, 255, 255))) < ENOUGH + 0.5:
        colour = _mixed(colour, (0, 0, 0), 0.95)
    return colour


def _lightened(colour: Colour) -> Colour:
    """As light as our ink and its softer shade need."""
    while contrast(colour, _INK) < 13:
        colour = _mixed(colour, (255, 255, 255), 0.9)
    return colour


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (int(a * share + b * (1 - share)) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parse(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
