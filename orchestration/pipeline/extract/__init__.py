"""Extract: sentences → figures → indicators, with scope, period and confidence."""
