"""The host names under which a browser reaches a server through a notebook service's proxy.

A server on 127.0.0.1 answers only to known names, because any web page could otherwise read it by
DNS rebinding: the owner of a domain lets its name resolve to 127.0.0.1. A name is safe if no
stranger can decide what it resolves to. The services below put their names into the environment.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamlab.arguments import checked_items, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAX_HOSTS = 1_000
_HINT = 'a list of host names, such as trusted_hosts=["lab.example", ".class.example"]'
_NAME = re.compile(r"\.?[\w-]+(\.[\w-]+)*", re.ASCII)
_HOST_OF_URL = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)

COLAB_HOSTS = (".colab.dev", ".colab.googleusercontent.com", "colab.research.google.com")
"""The names of Google Colab's proxies, whose pages are its users' own kernels."""


def checked_trusted_hosts(value: object) -> tuple[str, ...]:
    """Return host names that a user trusts.

    :param value: the value of ``trusted_hosts``: names, or one name.
    :raises TypeError: if it is something else.
    :raises ValueError: if a text is not a host name.

    >>> checked_trusted_hosts(["lab.example", ".class.example"])
    ('lab.example', '.class.example')
    >>> checked_trusted_hosts(["*"])
    Traceback (most recent call last):
    ValueError: trusted_hosts: '*' is not a host name. To trust every name would let every web \
page read your app. Name the host
    >>> checked_trusted_hosts(["https://lab.example/"])
    Traceback (most recent call last):
    ValueError: trusted_hosts: 'https://lab.example/' is not a host name. Write 'lab.example'
    """
    if isinstance(value, str):
        value = [value]
    return tuple(_checked(one) for one in checked_items("trusted_hosts", value, _MAX_HOSTS, _HINT))


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"trusted_hosts: {shown(name)} is not a string. Use {_HINT}")
    text = str.__str__(name)
    if _is_host(text):
        return text.lower()
    advice = f"Use {_HINT}"
    if "*" in text:
        advice = "To trust every name would let every web page read your app. Name the host"
        if text.startswith("*.") and _is_host(text[1:]):
            advice = f"Write {text[1:]!r} to trust all names that end like this"
    elif host := _host_of(text) or _host_of(f"http://{text}"):
        advice = f"Write {host!r}"
    raise ValueError(f"trusted_hosts: {shown(text)} is not a host name. {advice}")


def is_trusted(host: str, trusted: Iterable[str]) -> bool:
    """Return whether a host is one of the names that are trusted.

    :param host: a name in lower case, without a port.
    :param trusted: names; one that begins with a dot also stands for its subdomains.

    >>> is_trusted("a.class.example", [".class.example"])
    True
    >>> is_trusted("class.example.pages.example", [".class.example"])
    False
    """
    return _is_host(host) and any(
        host == name.removeprefix(".") or (name.startswith(".") and host.endswith(name))
        for name in trusted
    )


def hosts_of_environment(port: int, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names under which a service that runs this notebook forwards requests.

    These are JupyterHub (and so Binder), code-server and VS Code in a browser, GitHub Codespaces,
    Gitpod and Google Colab.

    :param port: the port of the server, which is a part of some names.
    :param environ: the environment variables.

    >>> hosts_of_environment(8099, {"VSCODE_PROXY_URI": "https://{{port}}.code.example/"})
    ('8099.code.example',)
    >>> hosts_of_environment(8099, {"CODESPACE_NAME": "tidy-fox"})
    ('tidy-fox-8099.app.github.dev',)
    >>> hosts_of_environment(8099, {})
    ()
    """
    urls = [
        environ.get("JUPYTERHUB_PUBLIC_URL", ""),  # JupyterHub 5
        environ.get("JUPYTERHUB_PUBLIC_HUB_URL", ""),
        environ.get("JUPYTERHUB_HOST", ""),  # with a subdomain for each user
        *forwarding_urls(port, environ),
    ]
    hosts = [host for url in urls if (host := _host_of(url))]
    if is_colab(environ):
        hosts.extend(COLAB_HOSTS)
    return tuple(dict.fromkeys(hosts))


def forwarding_urls(port: int, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the URLs under which a service that runs this notebook forwards requests to a port.

    These are code-server and VS Code in a browser, GitHub Codespaces and Gitpod. JupyterHub needs
    an extension for that, and Google Colab tells the URL only to a page.

    :param port: the port of the server.
    :param environ: the environment variables.
    :return: the URLs, with a slash at the end.

    >>> forwarding_urls(8099, {"CODESPACE_NAME": "tidy-fox"})
    ('https://tidy-fox-8099.app.github.dev/',)
    """
    urls = [environ.get("VSCODE_PROXY_URI", "").replace("{{port}}", str(port))]
    if name := environ.get("CODESPACE_NAME"):
        domain = environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN") or "app.github.dev"
        urls.append(f"https://{name}-{port}.{domain}")
    if workspace := _host_of(environ.get("GITPOD_WORKSPACE_URL", "")):
        urls.append(f"https://{port}-{workspace}")
    return tuple(f"{url.rstrip('/')}/" for url in urls if _host_of(url))


def is_colab(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether Google Colab runs this notebook.

    :param environ: the environment variables.

    >>> is_colab({})
    False
    """
    return bool(environ.get("COLAB_RELEASE_TAG") or environ.get("COLAB_BACKEND_VERSION"))


def _host_of(url: str) -> str:
    """Return the host of a URL in lower case; "" if it has none that is a name."""
    found = _HOST_OF_URL.match(url)
    if found is None:
        return ""
    try:
        host = urlsplit(found[0]).hostname or ""
    except ValueError:
        return ""
    return host if _is_host(host) else ""


def _is_host(text: str) -> bool:
    if _NAME.fullmatch(text):
        return True
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
