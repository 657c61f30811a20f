"""The middleware floor: what may stand in the way of a stream, ready to be put there.

Each is one entry of `MIDDLEWARE`; the learner's own callables need none. ``middleware=("gzip",
mine)`` puts gzip next to the app and `mine` around it: the order in which the bytes pass.
"""

from streamlab.middleware.available import MIDDLEWARE, find
from streamlab.middleware.base import Middleware
from streamlab.middleware.nginx import proxy
from streamlab.middleware.transform import buffer, gzip

__all__ = ["MIDDLEWARE", "Middleware", "buffer", "find", "gzip", "proxy"]
