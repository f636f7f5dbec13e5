"""Read pages that are pictures, such as scans (扫描件) and photographs, by OCR.

`scans` finds these pages, `pictures` renders them, `recognise` reads one picture, `layout` orders its lines,
`store` keeps the results, and `read` builds the file's text. Results are stored by the hash of the picture,
because a page takes seconds and is read only once.

The library (RapidOCR) is an extra, see docs/adr/0009; without it scans are rejected and everything else works.
"""
