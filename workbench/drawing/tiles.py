"""One datum as a small square picture, whatever its shape."""

from __future__ import annotations

import numpy as np
from PIL import Image

#: Stands where an entry is missing: neither light nor dark, and no colour of data.
MISSING = (196, 209, 230)


def tile(values: np.ndarray, size: int) -> Image.Image:
    """A square picture of one datum.

    Images (C, H, W) with 1 or 3 channels in [0, 1] are shown as they are, (H, W) arrays as grey maps with
    larger values darker, vectors and numbers as bars around zero. Of many values in one place the largest is seen.

    Args:
        values: one datum, of any shape; NaN where an entry is missing.
        size: edge in pixels.
    """
    values = np.nan_to_num(values, nan=np.nan, posinf=0, neginf=0)  # what is infinite has no picture
    if values.ndim == 3 and values.shape[0] in (1, 3):
        pixels = np.moveaxis(np.clip(values, 0, 1), 0, -1)
        return _resized(np.repeat(pixels, 3, -1) if values.shape[0] == 1 else pixels, size)
    if values.ndim == 2:
        values = _pooled(_pooled(values, size).T, size).T
        top = np.nanmax(values, initial=0) or 1
        return _resized(np.repeat(1 - np.clip(values / top, 0, 1)[..., None], 3, -1), size)
    return _bars(_pooled(values.reshape(-1), size), size)


def _pooled(values: np.ndarray, most: int) -> np.ndarray:
    """At most so many along the first axis: of neighbours those that are furthest from zero."""
    if len(values) <= most:
        return values
    starts = np.linspace(0, len(values), most, endpoint=False).astype(int)
    high, low = np.fmax.reduceat(values, starts, 0), np.fmin.reduceat(values, starts, 0)
    return np.where(np.abs(low) > np.abs(high), low, high)


def _resized(pixels: np.ndarray, size: int) -> Image.Image:
    missing = np.isnan(pixels).any(-1, keepdims=True)
    whole = (np.where(missing, 0, pixels) * 255).round()
    picture = Image.fromarray(np.where(missing, MISSING, whole).astype(np.uint8))
    return picture.resize(
        (size, size), Image.Resampling.NEAREST if size % pixels.shape[0] == 0 else Image.Resampling.BICUBIC
    )


def _bars(values: np.ndarray, size: int) -> Image.Image:
    shares = values / (np.nanmax(np.abs(values), initial=0) or 1)
    edges = np.linspace(0, size, len(shares) + 1).round().astype(int)
    canvas = np.full((size, size, 3), 255, np.uint8)
    middle = size // 2
    for share, left, right in zip(shares, edges[:-1], edges[1:], strict=True):
        if np.isnan(share):
            canvas[:, left:right] = MISSING
            continue
        low, high = sorted((middle, middle - round(float(share) * (middle - 2))))
        canvas[low : high + 1, left : max(right - 1, left + 1)] = (90, 90, 90)
    return Image.fromarray(canvas)
