"""Web archives and e-mails (.mht, .eml): the page or text inside a MIME message."""
