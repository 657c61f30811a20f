"""Write values for the log, without the parts that differ between two runs."""

from __future__ import annotations

import re

# The address of an object: `0x7f0c522c02c0` in Python's reprs, a plain number in Flask's.
ADDRESS = re.compile(r"\b(0x[0-9a-f]+|\d{12,})\b")


def outline(value: object) -> str:
    """Return the value without addresses and without names of the framework."""
    if isinstance(value, BaseException):
        return error_line(value)
    if hasattr(value, "status_code"):
        return str(value.status_code)
    if hasattr(value, "render"):
        return str(value.name)
    return ADDRESS.sub("...", repr(value))


def error_line(error: BaseException) -> str:
    """Return an exception's type and the first line of its message, also for a group."""
    if inner := getattr(error, "exceptions", ()):
        return f"{type(error).__name__}[{', '.join(map(error_line, inner))}]"
    message = ADDRESS.sub("...", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def header_line(name: str, value: str) -> str:
    """Return a header without the parts that vary: a set's order, the time of a signature."""
    if name.lower() == "allow":
        value = ", ".join(sorted(value.split(", ")))
    if name.lower() == "set-cookie":
        cookie, _, attributes = value.partition("; ")
        value = f"{cookie.partition('.')[0]}; {attributes}"
    return f"{name}: {value}"
