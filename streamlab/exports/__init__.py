"""Exports of a `Record`: one module for each format, and what several formats share."""
