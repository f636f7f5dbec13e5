"""People's decisions: read their files, check them, settle conflicts, and apply them to figures."""
