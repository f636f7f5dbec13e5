"""Plain text and Markdown, with the tables and formulas drawn in it."""
