"""The panel: a widget to run requests against an app and to see each chunk of the responses."""

from streamlab.lab.lab import Lab

__all__ = ["Lab"]
