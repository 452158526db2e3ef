"""Contrast of the design tokens, measured as WCAG 2.2 does."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[1] / "static" / "wardwatch" / "css" / "tokens.css"
SURFACES = ("--ww-canvas", "--ww-surface", "--ww-surface-2")
TEXTS = ("--ww-ink", "--ww-ink-2", "--ww-ink-3", "--ww-accent", "--ww-accent-strong")
TONES = ("--ww-accent", "--ww-good", "--ww-caution", "--ww-notice", "--ww-demo")


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme by token."""
    css = TOKENS.read_text()
    blocks = re.findall(r'\[data-bs-theme="(\w+)"\] \{(.*?)\n\}', css, re.DOTALL)
    found: dict[str, dict[str, str]] = {}
    for theme, block in blocks:
        colours = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", block))
        found.setdefault(theme, colours)
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


THEMES = themes()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_surface(theme):
    colours = THEMES[theme]
    vitals = [name for name in colours if name.startswith("--vital-")]
    assert len(vitals) == 11

    for text in (*TEXTS, *vitals):
        for surface in SURFACES:
            ratio = contrast(colours[text], colours[surface])
            assert ratio >= 4.5, f"{text} on {surface}, {theme}: {ratio:.2f}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_tone_can_be_read_on_its_own_ground(theme):
    colours = THEMES[theme]

    for tone in TONES:
        ratio = contrast(colours[tone], colours[f"{tone}-soft"])
        assert ratio >= 4.5, f"{tone}, {theme}: {ratio:.2f}"
    assert contrast(colours["--ww-on-accent"], colours["--ww-accent"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_borders_of_controls_can_be_seen(theme):
    colours = THEMES[theme]

    assert contrast(colours["--ww-line-strong"], colours["--ww-surface"]) >= 3


def test_both_themes_name_the_same_tokens():
    assert THEMES["light"].keys() == THEMES["dark"].keys()
