"""Publishes the marts as files for people and external tools: one module per format, and the order of publishing."""
