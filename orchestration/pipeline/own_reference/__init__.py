"""Reference data of users beside the project's: read, tried row by row, and merged; what cannot be used is reported."""
