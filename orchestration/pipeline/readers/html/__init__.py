"""Web pages (网页): `reader` writes what a browser shows; each other module knows one way of showing it."""
