"""A workbook per county for its officers: contents, look, when one is written, and what officers saved in it."""
