"""The browser page: the published copy as pages for people (`make explore`).

Server-rendered HTML over `published/fazhi.duckdb`, opened read-only. Here belong pages, their
wording, charts and downloads. Figures are not computed here: a query that is more than a lookup
is a mart or a macro of the dbt project. Nothing here writes, except `decisions.py`, which adds
people's decisions to `FAZHI_DATA/corrections/`.
"""
