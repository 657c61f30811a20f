"""An exchange in the formats of others: one file a format, and what several of them share."""
