"""Pages that are pictures: scans (扫描件) and photographs, read by optical character recognition (OCR).

`scans` finds the pages that need it, `pictures` renders them, `recognise` reads one picture, `layout` puts its
lines in order, `store` keeps what was read, `read` makes the text of a file of it. What is read is kept by the
hash of the picture: a page costs seconds, and is read once.

The library (RapidOCR) is an extra, see docs/adr/0009: without it scans are rejected, and all else works.
"""
