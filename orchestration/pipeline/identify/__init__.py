"""Identify: clean text → whose report it is, of which year, published when, with the evidence."""
