"""Middleware to put between an app and its server. Each one is an entry of `MIDDLEWARE`.

Your own WSGI middleware needs no entry. ``middleware=("gzip", mine)`` wraps the app in gzip and
then in `mine`: the order in which the bytes pass through.
"""

from streamlab.middleware.available import MIDDLEWARE, as_middleware
from streamlab.middleware.base import Middleware
from streamlab.middleware.buffer_and_gzip import buffer, gzip
from streamlab.middleware.nginx import proxy

__all__ = ["MIDDLEWARE", "Middleware", "as_middleware", "buffer", "gzip", "proxy"]
