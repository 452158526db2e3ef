"""Randomness that is a function of time, so that nothing has to be remembered.

A simulated day can be entered at any moment and at any step, backwards too: history
written beforehand and what a device posts live are one curve without a seam.
"""

from hashlib import blake2b
from typing import Final

_MASK: Final = 0xFFFFFFFFFFFFFFFF
# Constants of the splitmix64 generator (Steele, Lea and Flood, OOPSLA 2014).
_STEP: Final = 0x9E3779B97F4A7C15
_MIX_1: Final = 0xBF58476D1CE4E5B9
_MIX_2: Final = 0x94D049BB133111EB


def key_of(*parts: object) -> int:
    """Return the 64-bit key that stands for these parts, the same on any machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def uniform(key: int, index: int) -> float:
    """Return the number from -1 up to 1 that stands at ``index`` of a sequence."""
    mixed = (key + index * _STEP) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * _MIX_1) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * _MIX_2) & _MASK
    return (mixed ^ (mixed >> 31)) / 2**63 - 1.0


def smooth(key: int, seconds: float, period: float) -> float:
    """Return a wandering value between -1 and 1, smooth in time.

    Random numbers stand ``period`` seconds apart and the curve runs through them with
    level tangents. Two moments further apart than two periods are independent, and
    the variance, averaged over time, is about a quarter.
    """
    index, share = divmod(seconds / period, 1.0)
    before, after = uniform(key, int(index)), uniform(key, int(index) + 1)
    return before + (after - before) * share * share * (3.0 - 2.0 * share)
