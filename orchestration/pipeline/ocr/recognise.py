"""Read one picture of a page: remove red seals, turn it upright, and recognise its lines with RapidOCR.

This module knows no files; `layout` orders the lines. A process reads one page at a time in one thread;
reading more pages at once needs more processes.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from orchestration.pipeline.ocr.pictures import split_tall
from orchestration.pipeline.ocr.records import Line, Page

if TYPE_CHECKING:
    from orchestration.pipeline.ocr.pictures import Picture

    # A line's corners, text, and confidence per character.
    _Found = tuple[Any, str, tuple[float, ...]]

VERSION = "1"  # raise it when the same picture gives another result; pages are then read again
LIBRARY = "rapidocr"
_MIN_SIDE = 100  # pixels; smaller pictures are not pages, and line detection would enlarge them to gigabytes
_DETECTION_SIDE = 1_200  # pixels; finds lines as well as a larger picture, in half the time
_MIN_CHARACTER_CONFIDENCE = 0.3  # mean of a line; below it, the line is a smudge or a picture
_SAMPLE_LINES = 5
_SURE = 0.8  # mean confidence of an upright page
_SEAL_SIDES = (0.06, 0.42)  # share of the page's width; seals have 38 to 58 mm, an A4 page 210 mm
_BLACK = 0.35  # share of the paper's brightness; print is darker
_SEAL_SHAPE = 1.8  # longer/shorter side; a line of red print is longer


def find_ocr_version() -> str | None:
    """Return the OCR version, ours and the library's; None if the library is not installed."""
    try:
        return f"{VERSION}-{LIBRARY}-{metadata.version(LIBRARY)}"
    except metadata.PackageNotFoundError:
        return None


def read_picture(picture: Picture) -> Page:
    """Read a page; a picture too small for print has no lines.

    Raises:
        ImportError: the library is not installed.
    """
    import numpy as np

    if min(picture.shape[:2]) < _MIN_SIDE:
        return Page(picture.shape[1], picture.shape[0], 0, 0.0, ())
    cleaned = remove_seals(picture)
    turns, found = _find_upright(cleaned)
    if turns:
        cleaned = _turn(cleaned, turns)
    height, width = cleaned.shape[:2]
    lines = [line for box, text, values in found if (line := _to_line(text, values, box, width, height))]
    skew = float(np.median([_angle(box) for box, _, _ in found])) if found else 0.0
    return Page(width, height, turns * 90, round(skew, 2), tuple(lines))


def remove_seals(picture: Picture) -> Picture:
    """Return the page without red seals (公章): only the red channel is kept there, where red ink is bright.

    Black print under the ink stays dark. Lines of red print (红头) are not seals and stay.
    """
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    small_width = min(width, 800)
    small = cv2.resize(
        picture, (small_width, max(1, round(height * small_width / width))), interpolation=cv2.INTER_AREA
    )
    blue, green, red = (small[:, :, channel].astype(np.int16) for channel in range(3))
    ink = ((red - np.maximum(blue, green)) > 45).astype(np.uint8)
    if ink.mean() < 0.0005:
        return picture
    # join ring, star and characters of a seal into one region
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((21, 21), np.uint8))
    count, _, regions, _ = cv2.connectedComponentsWithStats(joined)
    cleaned = picture.copy()
    scale = width / small_width
    for left, top, wide, high, area in regions[1:count]:
        short, long = sorted((wide, high))
        is_seal = (
            _SEAL_SIDES[0] * small_width < short
            and long < _SEAL_SIDES[1] * small_width
            and long < _SEAL_SHAPE * short
            and area > 0.1 * wide * high
        )
        if not is_seal:
            continue
        margin = 6
        rows = slice(max(0, round((top - margin) * scale)), round((top + high + margin) * scale))
        columns = slice(max(0, round((left - margin) * scale)), round((left + wide + margin) * scale))
        cleaned[rows, columns] = _without_red(cleaned[rows, columns])
    return cleaned


def _without_red(region: Picture) -> Picture:
    """Return the red channel, stretched so that faint ink disappears and paper is white."""
    import numpy as np

    red = region[:, :, 2].astype(np.float32)
    darkest, paper = np.percentile(red, (1, 80))
    low = min(darkest, _BLACK * paper)  # without black print, the seal's own ink is darkest
    light = paper - 0.45 * (paper - low)  # red ink is bright in the red channel, print is not
    stretched = np.clip((red - low) * (255 / max(light - low, 1)), 0, 255)
    return np.repeat(stretched.astype(np.uint8)[:, :, None], 3, axis=2)


def _find_upright(picture: Picture) -> tuple[int, list[_Found]]:
    """Return the clockwise quarter turns that make a page upright, and the lines read then."""
    found = _read_parts(picture, give_up_lying=True)
    if found is not None:
        confidence = _mean([value for _, _, values in found for value in values])
        if not found or confidence >= _SURE:
            return 0, found
    options = {turns: _read_sample(_turn(picture, turns)) for turns in ((1, 3) if found is None else (2,))}
    best = max(options, key=lambda turns: options[turns])
    if found is not None and options[best] <= confidence:
        return 0, found
    return best, _read_parts(_turn(picture, best)) or []


def _turn(picture: Picture, turns: int) -> Picture:
    import numpy as np

    return np.ascontiguousarray(np.rot90(picture, -turns))


def _read_parts(picture: Picture, give_up_lying: bool = False) -> list[_Found] | None:
    """Read the lines of a picture; None if most run from top to bottom and `give_up_lying` is set."""
    import numpy as np

    found: list[_Found] = []
    for top, part in split_tall(picture):
        boxes = _detect(part)
        if give_up_lying and sum(_side(box, 1) > 1.5 * _side(box, 0) for box in boxes) * 2 > len(boxes):
            return None
        for box, (text, values) in zip(boxes, _recognise(part, boxes), strict=True):
            found.append((box + np.array([0, top], np.float32), text, values))
    return found


def _read_sample(picture: Picture) -> float:
    """Return the mean confidence of the page's longest lines."""
    boxes = _detect(picture)
    longest = sorted(range(len(boxes)), key=lambda index: -_side(boxes[index], 0))[:_SAMPLE_LINES]
    return _mean([value for _, values in _recognise(picture, boxes[longest]) for value in values])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@cache
def _engine() -> Any:
    """Return the library with its models, which are part of its package; nothing is downloaded."""
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.return_word_box": True,  # gives confidences by character
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _detect(picture: Picture) -> Any:
    """Return the corners of each line: lines × 4 × 2 pixels, clockwise from the top left."""
    import cv2
    import numpy as np
    from rapidocr.main import RapidOCRError

    height, width = picture.shape[:2]
    scale = min(1.0, _DETECTION_SIDE / max(height, width))
    small = (
        cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        if scale < 1
        else picture
    )
    try:
        _, found = _engine().detect_and_crop(small, {})
    except RapidOCRError:  # no line at all
        return np.zeros((0, 4, 2), np.float32)
    return np.asarray(found.boxes, np.float32) / np.float32(scale)


def _recognise(picture: Picture, boxes: Any) -> list[tuple[str, tuple[float, ...]]]:
    """Return the text of each line and the confidence of each of its characters."""
    from rapidocr.main import RapidOCRError

    if not len(boxes):
        return []
    engine = _engine()
    try:
        read = engine.recognize_txt(engine.crop_text_regions(picture, boxes))
    except RapidOCRError:
        return [("", ()) for _ in boxes]
    return [
        (text, tuple(words.confs[: len(text)]))
        for text, words in zip(read.txts, read.word_results, strict=True)
    ]


def _to_line(text: str, confidences: tuple[float, ...], box: Any, width: int, height: int) -> Line | None:
    kept = [(char, value) for char, value in zip(text, confidences, strict=True) if not char.isspace()]
    if not kept:
        return None
    mean = sum(value for _, value in kept) / len(kept)
    if mean < _MIN_CHARACTER_CONFIDENCE:
        return None
    left, top = (max(0.0, float(value)) for value in box.min(axis=0))
    right, bottom = (float(value) for value in box.max(axis=0))
    return Line(
        "".join(char for char, _ in kept),
        round(left / width, 5),
        round(top / height, 5),
        round((min(right, width) - left) / width, 5),
        round((min(bottom, height) - top) / height, 5),
        round(mean, 4),
        tuple(round(value, 3) for _, value in kept),
    )


def _side(box: Any, number: int) -> float:
    (x0, y0), (x1, y1) = box[number], box[(number + 1) % 4]
    return math.hypot(float(x1 - x0), float(y1 - y0))


def _angle(box: Any) -> float:
    """Return the degrees by which a line falls to the right."""
    (x0, y0), (x1, y1) = box[0], box[1]
    return math.degrees(math.atan2(float(y1 - y0), float(x1 - x0)))
