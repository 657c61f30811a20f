"""The address of a Lab's server, as far as the kernel knows it.

Where the kernel runs on another machine than the browser, a proxy of the notebook service forwards
the requests. The view knows the rest: the name under which the browser has opened Jupyter.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, TypedDict
from urllib.parse import urlsplit

from streamlab.server.trusted_hosts import forwarding_urls, is_colab

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTALL_PROXY = (
    "The browser reaches this server only through Jupyter, and for that the package "
    "jupyter-server-proxy is needed, which is not installed. Install it where Jupyter runs, and "
    "start Jupyter again: `pip install jupyter-server-proxy`"
)

PROXY_BUFFERS = (
    "Jupyter forwards the request with jupyter-server-proxy, which keeps the response until it is "
    "complete. So a tab with this URL shows it all at once, at the end."
)


class Address(TypedDict):
    """How a browser can reach the server."""

    kind: Literal["local", "forwarded", "jupyter", "colab"]
    """"local": with `url`, or if the browser is on another machine through Jupyter. "forwarded":
    with `url`. "jupyter": through Jupyter. "colab": Colab tells the view the URL."""
    url: str
    """The root URL, with a slash at the end."""
    port: int
    path: str
    """The beginning of every path on the server, with a slash at the end: its token, if it has
    one."""
    base: str
    """Jupyter's base path, such as "/user/ada/", if only the environment says it; otherwise ""."""
    missing: str
    """Why it cannot be reached through Jupyter, with the command to install; "" if it can be."""
    buffers: str
    """What to know if it is reached through Jupyter."""


def address_of(url: str, environ: Mapping[str, str] = os.environ) -> Address:
    """Return how a browser can reach a server of this kernel.

    :param url: the server's root URL on this machine; see `Server.url`.
    :param environ: the environment variables.

    >>> hub = address_of("http://127.0.0.1:8099/", {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"})
    >>> hub["kind"], hub["base"], hub["port"]
    ('jupyter', '/user/ada/', 8099)
    >>> address_of("http://127.0.0.1:8099/", {"CODESPACE_NAME": "tidy-fox"})["url"]
    'https://tidy-fox-8099.app.github.dev/'
    """
    parts = urlsplit(url)
    port, base = parts.port or 0, environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    address: Address = {
        "kind": "local",
        "url": url,
        "port": port,
        "path": parts.path,
        "base": base,
        "missing": "" if find_spec("jupyter_server_proxy") else INSTALL_PROXY,
        "buffers": PROXY_BUFFERS,
    }
    if is_colab(environ):
        address["kind"] = "colab"
    elif forwarded := forwarding_urls(port, environ):
        address["kind"], address["url"] = "forwarded", forwarded[0] + parts.path[1:]
    elif base:
        address["kind"] = "jupyter"
    return address
