"""Decisions of people: files of them, what they say, which count, and the figures that they change."""
