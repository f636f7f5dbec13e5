"""The browser page: the published copy as pages for people (`make explore`).

Server-rendered HTML over `published/fazhi.duckdb`, opened read-only. This package has pages, their
wording, charts and downloads. It does not compute figures: a query that is more than a lookup
is a mart or a macro of the dbt project. Only `decisions.py` writes; it appends
people's decisions to `FAZHI_DATA/corrections/`.
"""
