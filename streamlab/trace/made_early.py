"""Find the chunks of a body that exist before the first of them is asked for.

A list is iterated chunk by chunk as a generator is, but nothing is made meanwhile. What a body
refers to is known to the garbage collector, so this module follows these references before the
first chunk is taken, and compares each chunk with the text that it found.

It claims nothing where code of the user may still make the chunks: a generator that has not ended,
an iterator class, a function that `map` calls.
"""

from __future__ import annotations

import gc
from collections import deque
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from types import FunctionType, GeneratorType, MethodType
from typing import Any

from streamlab.trace.find_generator import is_plumbing, is_user_code, may_lead

MAX_OBJECTS = 2_000
"""How many objects `find_existing` looks at."""
MAX_TEXTS = 20_000
"""How many texts are compared. Of a longer body, so many chunks are compared and all are counted.
"""


_CONTAINERS = {"builtins", "collections", "itertools"}
"""The modules whose types are named as what holds the chunks."""


@dataclass(frozen=True)
class Making:
    """How the chunks of a body came to be, if the user's generator did not make them one by one.

    :param early: how many chunks existed before the first was asked for; 0 if that is not known.
    :param reason: why, as the end of a sentence, such as "it returned a list".
    :param read_by: what read the generator to its end, such as ``get_data``; "" if nothing did.
    """

    early: int = 0
    reason: str = ""
    read_by: str = ""


@dataclass
class Existing:
    """The texts that a body refers to, and how many of its chunks were among them.

    :param texts: the first texts, as bytes.
    :param count: how many texts there are.
    :param whole: the content of a file in memory, of which the chunks are parts.
    :param kind: what holds them, with an article, such as "a list".
    """

    texts: set[bytes] = field(default_factory=set)
    count: int = 0
    whole: bytes = b""
    kind: str = ""
    chunks: int = 0
    missing: bool = False
    _offset: int = 0

    def compare(self, chunk: bytes) -> None:
        """Count a chunk, and note whether it existed.

        :param chunk: the next chunk of the body, not empty.
        """
        self.chunks += 1
        if self.missing:
            return
        if self.whole and self.whole.startswith(chunk, self._offset):
            self._offset += len(chunk)
        elif self._offset or (self.chunks <= MAX_TEXTS and chunk not in self.texts):
            self.missing = True

    @property
    def all(self) -> bool:
        """Whether the body had two chunks or more, and all of them existed."""
        known = self._offset or self.chunks <= self.count
        return self.chunks > 1 and not self.missing and bool(known)


def find_existing(body: Any, *, no_generator: bool = False) -> Existing | None:
    """Return the texts that a body refers to, directly or not.

    :param body: an iterable whose first item has not been taken yet.
    :param no_generator: whether it is known that no generator makes the chunks. Generators on the
        way only pass them on then.
    :return: the texts; None if code of the user may make the chunks when they are asked for.

    >>> found = find_existing(iter(["a", "b"]))
    >>> for chunk in (b"a", b"b"):
    ...     found.compare(chunk)
    >>> found.all, found.kind
    (True, 'an iterator over a list')
    >>> find_existing(text for text in "ab") is None
    True
    """
    existing = Existing()
    seen = {id(body): body}
    queue = deque([body])
    while queue:
        found = queue.popleft()
        if not no_generator and _may_make(found):
            # Iterators are followed first: what comes after a list belongs to the framework.
            return existing if existing.kind else None
        children = gc.get_referents(found)
        if type(found) is GeneratorType and found.gi_frame is not None:
            children += gc.get_referents(found.gi_frame)
        _add_texts(existing, found, children, body)
        if len(children) > MAX_TEXTS:
            continue  # of texts, or too many to follow
        for child in children:
            if hasattr(type(found), "__next__") and not no_generator and _calls_user_code(child):
                return None
            if id(child) in seen or not may_lead(found, child):
                continue
            if len(seen) >= MAX_OBJECTS:
                return existing
            seen[id(child)] = child
            if hasattr(type(child), "__next__"):
                queue.appendleft(child)
            else:
                queue.append(child)
    return existing


def _may_make(found: Any) -> bool:
    """Return whether an object may make chunks by code that is not a framework's."""
    kind = type(found)
    if kind is GeneratorType:
        return found.gi_frame is not None and not is_plumbing(found.gi_frame.f_code.co_filename)
    for name in ("__next__", "__iter__", "__getitem__"):
        method = getattr(kind, name, None)
        if isinstance(method, FunctionType) and is_user_code(method.__code__.co_filename):
            return True
    return False


def _calls_user_code(found: Any) -> bool:
    """Return whether an object that an iterator refers to is a function of the user."""
    function = found.__func__ if isinstance(found, MethodType) else found
    return isinstance(function, FunctionType) and is_user_code(function.__code__.co_filename)


def _add_texts(existing: Existing, holder: Any, children: list[Any], body: Any) -> None:
    if isinstance(holder, (BytesIO, StringIO)) and not holder.closed:
        whole = holder.getvalue()
        whole = whole.encode() if isinstance(whole, str) else whole
        if len(whole) > len(existing.whole):
            existing.whole, existing.kind = whole[_told(holder) :], _kind_of(holder, body)
        return
    texts = [child for child in children if type(child) in {str, bytes}]
    if not texts or isinstance(holder, (dict, GeneratorType)):
        return
    if len(texts) > 1 and not existing.kind and type(holder).__module__ in _CONTAINERS:
        existing.kind = _kind_of(holder, body)
    existing.count += len(texts)
    for text in texts[: max(0, MAX_TEXTS - len(existing.texts))]:
        existing.texts.add(text if isinstance(text, bytes) else text.encode(errors="replace"))


def _told(file: BytesIO | StringIO) -> int:
    return file.tell() if isinstance(file, BytesIO) else 0


def _kind_of(holder: Any, body: Any) -> str:
    """Return what holds the texts, with an article: the view returned this, or an iterator."""
    name = type(holder).__name__.lstrip("_")
    if name.startswith("tee"):
        return "an iterator of `itertools.tee`, which had kept them"
    article = "an" if name[0].lower() in "aeiou" else "a"
    over = "an iterator over " if type(body).__name__ == f"{name}_iterator" else ""
    return f"{over}{article} {name}"
