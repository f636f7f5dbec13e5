"""Word documents: `docx` reads them, `doc` reads what a converter makes of the older kind."""
