"""Who is between client and server, as far as the headers of a response show, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import Headers

_NGINX = (
    "`Server: {value}`: nginx collects responses by default. Switch that off for this response: "
    '`response.headers["X-Accel-Buffering"] = "no"`. Or in its configuration: '
    "`proxy_buffering off;`."
)
_CLOUDFLARE = (
    "`{name}: {value}`: Cloudflare is in between. It passes on `Content-Type: text/event-stream` "
    "at once and may collect others. Add `Cache-Control: no-transform`, and compare with the "
    "server's own address."
)
_BY_SERVER = {
    "nginx": _NGINX,
    "openresty": _NGINX,
    "tengine": _NGINX,
    "cloudflare": _CLOUDFLARE,
    "apache": (
        "`Server: {value}`: Apache may collect the response in mod_proxy or mod_deflate. Try "
        "`ProxyPass ... flushpackets=on`, and `SetEnv no-gzip 1` for this path."
    ),
    "microsoft-iis": (
        "`Server: {value}`: IIS collects the responses that it passes on. Set "
        '`responseBufferLimit="0"` on the handler.'
    ),
    "caddy": (
        "`Server: {value}`: Caddy may collect the response. Set `flush_interval -1` in its "
        "`reverse_proxy`."
    ),
    "tornadoserver": (
        "`Server: {value}`: this may be jupyter-server-proxy, which collects every response but "
        "those to a request with the header `Accept: text/event-stream`. Probe with that header."
    ),
    "varnish": (
        "`Server: {value}`: Varnish may collect the response. Set `beresp.do_stream = true` in "
        "its VCL."
    ),
}
"""What to try, by the first word of the header Server in lower case."""
_BY_NAME = {
    "cf-ray": _CLOUDFLARE,
    "x-varnish": (
        "`{name}`: Varnish is in between and may collect the response. Set "
        "`beresp.do_stream = true` in its VCL."
    ),
    "x-amz-cf-id": (
        "`{name}`: CloudFront is in between and may collect the response. Use a behaviour without "
        "caching and compression for this path, and compare with the server's own address."
    ),
    "via": (
        "`{name}: {value}`: a proxy is in between. Compare with the server's own address, and "
        "switch off the proxy's buffering and compression for this path."
    ),
}
"""What to try, by the name of a header in lower case."""
_MOST_CHARACTERS = 60
"""How much of a header's value is shown."""
_CACHES = ("x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache")


def what_to_try(headers: Headers, *, compressed: bool) -> list[str]:
    """Return what to try where a response should stream and does not seem to.

    :param headers: the headers of the response.
    :param compressed: whether the body has a content coding.
    :return: sentences, the most likely cause first.

    >>> from werkzeug.datastructures import Headers
    >>> what_to_try(Headers([("Content-Length", "5")]), compressed=False)[0][:46]
    '`Content-Length: 5`: something knew the length'
    """
    return [
        *_caches(headers),
        *_length(headers),
        *_accel(headers),
        *_servers(headers),
        *_compression(headers, compressed=compressed),
    ]


def _caches(headers: Headers) -> Iterable[str]:
    for name in _CACHES:
        value = headers.get(name, "")
        if "hit" in value.lower():
            yield (
                f"`{_title(name)}: {_short(value)}`: the response comes from a cache, so nothing "
                "was made for this request. Add `Cache-Control: no-store` to the response."
            )
            return


def _length(headers: Headers) -> Iterable[str]:
    if value := headers.get("Content-Length"):
        yield (
            f"`Content-Length: {_short(value)}`: something knew the length before it sent the "
            "first byte. Either the app sets the header or makes the body in one piece, or a "
            "layer collects all of it. A stream has no Content-Length."
        )


def _accel(headers: Headers) -> Iterable[str]:
    if value := headers.get("X-Accel-Buffering"):
        off = value.strip(" \t").lower() == "no"
        yield (
            f"`X-Accel-Buffering: {_short(value)}`: "
            + (
                "nginx removes this header when it obeys it, so no nginx has read it here. It has "
                "no effect on other proxies."
                if off
                else "this asks nginx to collect the response. Set it to `no`."
            )
        )


def _servers(headers: Headers) -> Iterable[str]:
    server = headers.get("Server", "")
    words = server.replace("/", " ").lower().split()
    known = _BY_SERVER.get(words[0]) if words else None
    if known:
        yield known.format(name="Server", value=_short(server))
    for name, text in _BY_NAME.items():
        if (value := headers.get(name)) and text != known:
            yield text.format(name=_title(name), value=_short(value))
            return


def _compression(headers: Headers, *, compressed: bool) -> Iterable[str]:
    if compressed:
        yield (
            f"`Content-Encoding: {_short(headers.get('Content-Encoding', ''))}`: a compressor "
            "keeps content until it is flushed. Probe again with `--no-compression` to see "
            "whether it is the cause."
        )


def _title(name: str) -> str:
    return {"cf-ray": "CF-Ray", "cf-cache-status": "CF-Cache-Status"}.get(name, name.title())


def _short(value: str) -> str:
    """Return a header's value for a sentence: short, and without control characters."""
    shown = value if len(value) <= _MOST_CHARACTERS else f"{value[: _MOST_CHARACTERS - 3]}..."
    return printable(shown.replace("`", "'"))
