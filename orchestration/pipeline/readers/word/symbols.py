"""Characters of symbol fonts in Word documents, given by number (w:sym, and U+F020 … in text)."""

from __future__ import annotations

_PRIVATE_START, _PRIVATE_END = 0xF000, 0xF0FF
_SYMBOL = {
    0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "·", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xBC: "…",
    0xA5: "∞", 0xA2: "′", 0xB2: "″", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xE5: "∑",
}  # fmt: skip
_WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "□",
    0xAB: "★", 0xD8: "➢", 0xE0: "→", 0xDF: "←", 0xE8: "➔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    0x80: "⓪", **{0x81 + number: chr(0x2460 + number) for number in range(10)},
    0x8B: "⓿", **{0x8C + number: chr(0x2776 + number) for number in range(10)},
}  # fmt: skip
_OTHER = "▪"  # for other symbols


def read_symbol(code: int, font: str) -> str:
    """Return the character with a number in a font.

    Args:
        code: the number in w:sym; U+F020 … U+F0FF are the font's own positions.
        font: the font's name.
    """
    name = font.lower()
    place = code - _PRIVATE_START if _PRIVATE_START <= code <= _PRIVATE_END else code
    if "wingdings" in name or "webdings" in name:
        return _WINGDINGS.get(place, _OTHER) if name == "wingdings" else _OTHER
    if name == "symbol" and not 0x20 <= place <= 0x40:  # these equal ASCII
        return _SYMBOL.get(place, _OTHER)
    if 0x20 <= place < 0x110000 and not 0xD800 <= place <= 0xDFFF:
        return chr(place)
    return _OTHER


def read_private(text: str, font: str) -> str:
    """Return text with its private-use characters replaced by those of the font."""
    if not any(_PRIVATE_START < ord(character) <= _PRIVATE_END for character in text):
        return text
    return "".join(
        read_symbol(ord(character), font) if _PRIVATE_START < ord(character) <= _PRIVATE_END else character
        for character in text
    )
