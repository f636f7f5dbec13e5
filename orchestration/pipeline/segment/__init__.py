"""Segment: clean text → outline, sentences, words, themes."""
