"""Header fields that only the server may set: the verdict names the app, also if nothing broke."""

from __future__ import annotations

import pytest

from streamlab.harness.observe import observe
from streamlab.testing import assert_streams

SERVERS = ("werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot")


def app_with(name, value):
    def application(environ, start_response):
        start_response("200 OK", [(name, value)])
        yield b"abc"
        yield b"def"

    return application


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "value", ["chunked", "chunked, chunked", "gzip", "gzip, chunked", "identity", "nonsense"]
)
def test_any_transfer_encoding_is_the_apps(server, value):
    verdict = observe(app_with("Transfer-Encoding", value), server=server, timeout=5).verdict
    assert (verdict.outcome, verdict.culprit) == ("failed", "app")
    assert f"the app sets the header `Transfer-Encoding: {value}`" in verdict.text
    assert 'response.headers.pop("Transfer-Encoding", None)' in verdict.advice


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "field",
    [
        ("Connection", "close"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
    ],
)
def test_another_field_of_the_connection_is_named(server, field):
    name, value = field
    exchange = observe(app_with(name, value), server=server, lockstep=True, timeout=5)
    verdict = exchange.verdict
    assert f"he app sets the header `{name}: {value}`" in verdict.text
    assert f'response.headers.pop("{name}", None)' in verdict.advice
    if exchange.status_code == 200:  # the server has accepted it
        assert verdict.outcome == "streamed"
        assert_streams(app_with(name, value), server=server)
    else:
        assert (verdict.outcome, verdict.culprit) == ("failed", "app")
