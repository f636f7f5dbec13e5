"""One module per group of pages: each reads what its page shows and names the template."""
