"""The lab floor: what a learner sees and touches."""

from streamlab.lab.lab import Lab

__all__ = ["Lab"]
