"""Pages laid out by position (PDF, OFD, OCR): from glyphs and drawn lines to lines of text in reading order."""
