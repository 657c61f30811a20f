"""The message to the view has the same type in Python and in JavaScript.

`streamlab/lab/protocol.py` declares it as `TypedDict` classes, `frontend/src/model/protocol.js` in
JSDoc. Both are read here into one form and compared field by field.
"""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

import pytest
from typing_extensions import get_type_hints, is_typeddict

import streamlab.lab
from streamlab.lab import protocol

PROTOCOL_JS = Path(streamlab.lab.__file__).parent / "frontend" / "src" / "model" / "protocol.js"
PYTHON_NAMES = {int: "number", float: "number", str: "string", bool: "boolean", type(None): "null"}


def python_records():
    """Return the fields of each class of `protocol` that is a part of a batch."""
    records = {}
    waiting = [protocol.Batch]
    while waiting:
        cls = waiting.pop()
        records[cls.__name__] = {
            name: (name in cls.__required_keys__, python_type(hint, waiting))
            for name, hint in get_type_hints(cls).items()
        }
    return records


def python_type(hint, found):
    if is_typeddict(hint):
        found.append(hint)
        return hint.__name__
    if hint in PYTHON_NAMES:
        return PYTHON_NAMES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return frozenset(repr(value) for value in args) if len(args) > 1 else repr(args[0])
    if origin in (Union, types.UnionType):
        return union(python_type(one, found) for one in args)
    if origin is list:
        return ("array", python_type(args[0], found))
    if origin is tuple:
        return ("tuple", *(python_type(one, found) for one in args))
    raise AssertionError(f"no rule for {hint}")


def union(members):
    """Return the members as a set; a union inside of a union is one union."""
    flat = set()
    for member in members:
        flat |= member if isinstance(member, frozenset) else {member}
    return frozenset(flat) if len(flat) > 1 else flat.pop()


def javascript_records(text):
    """Return the fields of each record that a JavaScript file declares."""
    aliases = {name: spec for spec, name in re.findall(r"@typedef \{(.+)\} (\w+)", text)}
    records = {}
    for name, body in re.findall(r"@typedef (\w+)\n(.*?)\*/", text, re.DOTALL):
        fields = re.findall(r"@property \{(.+)\} (\[?)(\w+)", body)
        records[name] = {
            field: (not optional, JSDocType(spec, aliases).parse())
            for spec, optional, field in fields
        }
    return records


class JSDocType:
    """A parser of the types in protocol.js: unions, arrays, tuples, literals and names."""

    def __init__(self, spec, aliases):
        self.tokens = re.findall(r'"[^"]*"|\w+|[\[\]|,:]', spec)
        self.aliases = aliases

    def parse(self):
        found = self.union()
        assert not self.tokens
        return found

    def take(self, token):
        if self.tokens and self.tokens[0] == token:
            return self.tokens.pop(0)
        return None

    def union(self):
        members = [self.array()]
        while self.take("|"):
            members.append(self.array())
        return union(members)

    def array(self):
        found = self.single()
        while self.take("["):
            assert self.take("]")
            found = ("array", found)
        return found

    def single(self):
        if self.take("["):
            members = []
            while not self.take("]"):
                if self.tokens[1] == ":":
                    del self.tokens[:2]  # the label of a member of a tuple
                members.append(self.union())
                self.take(",")
            return ("tuple", *members)
        token = self.tokens.pop(0)
        if token.startswith('"'):
            return repr(token[1:-1])
        if token in self.aliases:
            return JSDocType(self.aliases[token], self.aliases).parse()
        return token


def test_both_declare_the_same_records():
    assert set(python_records()) == set(javascript_records(PROTOCOL_JS.read_text()))


@pytest.mark.parametrize("name", sorted(python_records()))
def test_each_field_has_the_same_name_type_and_optionality(name):
    assert python_records()[name] == javascript_records(PROTOCOL_JS.read_text())[name]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{string | null} culprit", "{string} culprit"),
        ("{boolean} own", "{string} own"),
        ("[spans]", "spans"),
        ("{number} status_code", "{number} status"),
        ('"waiting" | ', ""),
        ("[time_ns: number, kind: string, text: string]", "[time_ns: number, kind: string]"),
    ],
)
def test_a_difference_is_found(before, after):
    text = PROTOCOL_JS.read_text()
    assert before in text
    assert javascript_records(text.replace(before, after)) != javascript_records(text)


def test_what_the_view_reads_of_a_type_is_parsed():
    spec = '[lane: number, kind: "a" | null][] | Location'
    assert JSDocType(spec, {}).parse() == frozenset(
        {("array", ("tuple", "number", frozenset({"'a'", "null"}))), "Location"}
    )
