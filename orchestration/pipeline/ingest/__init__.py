"""Ingest: files found in a folder or archive → bytes → clean text with header fields."""
