"""PDF files with a text layer: which glyphs are seen; `readers.layout` puts them in order."""
