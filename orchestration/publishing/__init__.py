"""The marts as files for people and tools outside: one module per format, and the order of publishing."""
