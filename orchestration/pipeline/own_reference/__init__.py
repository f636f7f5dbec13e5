"""Users' own reference data: read, tested row by row and merged into the project's; unusable data is reported."""
