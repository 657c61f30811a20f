"""Parts of sentences: a count with its noun, a time with its unit, a full stop."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed.

    :param number: how many there are.
    :param noun: in the singular; the plural adds an ``s``.

    >>> counted(1, "chunk"), counted(3, "chunk"), counted(20_000, "byte")
    ('1 chunk', '3 chunks', '20,000 bytes')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """Return a text with a full stop, if it does not end like a sentence.

    :param text: such as the message of an exception.

    >>> sentence("ValueError: no name"), sentence("Is your server running?")
    ('ValueError: no name.', 'Is your server running?')
    """
    return text if text.endswith((".", "?", "!")) else f"{text}."


def encodable(text: str) -> str:
    r"""Return text that can be sent and saved as UTF-8: a lone surrogate becomes its escape.

    The name of a file that is not valid UTF-8 has lone surrogates (PEP 383). Jupyter raises an
    error for a message with some of them, and sends invalid UTF-8 for the others.

    :param text: such as the message of an exception.

    >>> print(encodable("caf\udce9.txt"))
    caf\udce9.txt
    """
    return text.encode("utf-8", "backslashreplace").decode()


def printable(text: str, *, lines: bool = False) -> str:
    r"""Return text in which every character can be seen.

    Control characters, invisible characters and line ends are replaced by their Python escapes,
    so the text stays on one line and cannot control a terminal.

    :param text: any text, such as a header that a server sent.
    :param lines: whether to keep line feeds and tabs.

    >>> printable("<p>Hello\n\x1b[2J")
    '<p>Hello\\n\\x1b[2J'
    """
    if text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text
    )


def seconds_text(seconds: float) -> str:
    """Return a time in seconds as text, rounded to milliseconds.

    :param seconds: 0 or more.

    >>> seconds_text(1.5), seconds_text(0.0204), seconds_text(60)
    ('1.5 s', '0.02 s', '60 s')
    """
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + " s"
