"""Reading image files: hostile until shown otherwise, so sizes are checked before pixels are decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.errors import DataError

__all__ = ["read_image"]


def read_image(path: Path, *, field: str, size: tuple[int, int]) -> npt.NDArray[Any]:
    """Return the pixels of an image file as an array (H, W) or (H, W, channels).

    Parameters
    ----------
    path
        A file that Pillow reads; 16-bit PNG and PGM keep their 16 bits.
    field
        What the image is, for the error message.
    size
        Expected (height, width) in pixels; checked before anything is decoded.

    Raises
    ------
    DataError
        When the file is missing, not an image, truncated, or of another size.
    """
    from PIL import Image, UnidentifiedImageError

    expected = f"an image of {size[1]} x {size[0]} pixels"
    try:
        with Image.open(path) as image:
            if (image.height, image.width) != size:
                raise DataError(path, field, found=f"{image.width} x {image.height} pixels", expected=expected)
            indirect = image.mode in ("P", "1", "CMYK", "YCbCr")  # values that are no colours yet
            return np.array(image.convert("RGB") if indirect else image)
    except FileNotFoundError:
        raise DataError(path, field, found="no such file", expected=expected) from None
    except UnidentifiedImageError:
        raise DataError(path, field, found="not an image file", expected=expected) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(path, field, found=f"a damaged file ({error})", expected=expected) from None
