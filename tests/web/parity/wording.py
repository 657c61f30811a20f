"""How a value is written into the log: what of it is the same in two runs, and nothing else."""

from __future__ import annotations

import re

# Where an object lies in memory: `0x7f0c522c02c0` in a repr of Python's, a bare number in Flask's.
ADDRESS = re.compile(r"\b(0x[0-9a-f]+|\d{12,})\b")


def outline(value: object) -> str:
    """The value without addresses, and without reprs that name the framework."""
    if isinstance(value, BaseException):
        return error_line(value)
    if hasattr(value, "status_code"):
        return str(value.status_code)
    if hasattr(value, "render"):
        return str(value.name)
    return ADDRESS.sub("...", repr(value))


def error_line(error: BaseException) -> str:
    """The exception's type and the first line of its message, those in a group included."""
    if inner := getattr(error, "exceptions", ()):
        return f"{type(error).__name__}[{', '.join(map(error_line, inner))}]"
    message = ADDRESS.sub("...", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def header_line(name: str, value: str) -> str:
    """The header, without what is chance: a set's order, and the moment a cookie was signed at."""
    if name.lower() == "allow":
        value = ", ".join(sorted(value.split(", ")))
    if name.lower() == "set-cookie":
        cookie, _, attributes = value.partition("; ")
        value = f"{cookie.partition('.')[0]}; {attributes}"
    return f"{name}: {value}"
