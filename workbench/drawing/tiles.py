"""One datum as a small square picture, whatever its shape."""

from __future__ import annotations

import numpy as np
from PIL import Image


def tile(values: np.ndarray, size: int) -> Image.Image:
    """A square picture of one datum.

    Images (C, H, W) with 1 or 3 channels in [0, 1] are shown as they are, (H, W) arrays as grey maps with
    larger values darker, vectors as bars around zero.

    Args:
        values: one datum, of any shape.
        size: edge in pixels.
    """
    values = np.nan_to_num(values, posinf=0, neginf=0)  # what is not finite has no picture
    if values.ndim == 3 and values.shape[0] in (1, 3):
        pixels = np.moveaxis(np.clip(values, 0, 1), 0, -1)
        return _resized(np.repeat(pixels, 3, -1) if values.shape[0] == 1 else pixels, size)
    if values.ndim == 2:
        top = values.max() or 1
        return _resized(np.repeat(1 - np.clip(values / top, 0, 1)[..., None], 3, -1), size)
    return _bars(values.reshape(-1), size)


def _resized(pixels: np.ndarray, size: int) -> Image.Image:
    picture = Image.fromarray((pixels * 255).round().astype(np.uint8))
    return picture.resize(
        (size, size), Image.Resampling.NEAREST if size % pixels.shape[0] == 0 else Image.Resampling.BICUBIC
    )


def _bars(values: np.ndarray, size: int) -> Image.Image:
    shares = values[:size] / (np.abs(values).max() or 1)
    edges = np.linspace(0, size, len(shares) + 1).round().astype(int)
    canvas = np.full((size, size, 3), 255, np.uint8)
    middle = size // 2
    for share, left, right in zip(shares, edges[:-1], edges[1:], strict=True):
        low, high = sorted((middle, middle - round(float(share) * (middle - 2))))
        canvas[low : high + 1, left : max(right - 1, left + 1)] = (90, 90, 90)
    return Image.fromarray(canvas)
