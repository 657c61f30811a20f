"""``streamlab demo``: every chunk on every lane, the error, and a summary."""

from __future__ import annotations

import re
import sys

import pytest

from tests.commands import run, run_in_terminal, without_escapes


@pytest.mark.parametrize("options", [(), ("--no-live",)])
def test_every_chunk_is_printed_on_every_lane_and_then_the_error(options):
    result = run("demo", "--pace", "0.01", *options)
    assert (result.returncode, result.stderr) == (0, "")
    with_context, without = result.stdout.split("Without stream_with_context:")
    for lane in ("generator", "app", "server", "client"):
        chunks = re.findall(rf"{lane} +'(.*?)' ", with_context)
        assert chunks == ["<p>Hello ", "World", "!</p>"]
    assert 'World\'         yield escape(request.args["name"])' in with_context
    assert "RuntimeError" not in with_context
    assert "RuntimeError: Working outside of request context." in without
    assert "stream_with_context(generate())" in without
    first, second = result.stdout.splitlines()[-2:]
    assert re.fullmatch(r"with +stream_with_context +streamed +3 chunks, 19 bytes", first)
    assert re.fullmatch(
        r"without +stream_with_context +truncated +1 chunk, 9 bytes, RuntimeError", second
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_pictures_fit_into_80_columns():
    output, code = run_in_terminal("demo", "--pace", "0.01")
    assert code == 0
    text = without_escapes(output)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "▶     yield" in text
    failing = {line.split("✗")[1].strip() for line in text.splitlines() if "✗" in line}
    assert failing == {'yield escape(request.args["name"])'}
    assert re.search(r"client +●.*3 chunks, 19 bytes", text)
    assert re.search(r"page +<p>Hello World!</p>", text)
