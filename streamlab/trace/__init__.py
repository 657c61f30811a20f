"""The record of one exchange: what is observed of it, and the verdict."""
