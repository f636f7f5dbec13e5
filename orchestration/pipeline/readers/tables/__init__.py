"""Tables of any format: their cells, headers and units, and the sentences that their figures become."""
