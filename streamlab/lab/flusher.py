"""The flusher: one thread for the views of all Labs, which sends what is new.

A kernel opens a socket for each thread that sends, and closes it some seconds after the thread has
ended. With a thread for each run, a notebook whose cells run again and again would collect sockets.
"""

from __future__ import annotations

import threading
from time import thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.feed import Feed

MESSAGES_PER_SECOND = 30
"""The highest rate. More would not be visible, and Jupyter drops messages above 1,000 a second."""
_MOST_SHARE = 1 / 10
"""The most of a processor that the thread takes, so that twenty panels do not slow the streams."""
_LONGEST_PAUSE = 0.25
"""The longest pause between two messages, in seconds."""
_LINGER_SECONDS = 1.0
"""How long the thread waits for another run before it ends."""


class Flusher:
    """Sends what is new in some feeds until their exchanges are done.

    Its thread starts with the first feed, and ends a second after the last one was done.
    """

    def __init__(self) -> None:
        self._feeds: dict[Callable[[Feed], bool], Feed] = {}
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, flush: Callable[[Feed], bool], feed: Feed) -> None:
        """Send what is new in a feed. It replaces the previous feed of the same view.

        :param flush: the `flush` of a view. It is called with the feed until it returns True.
        :param feed: the feed that the view shows.
        """
        with self._lock:
            is_new = self._feeds.get(flush) is not feed
            self._feeds[flush] = feed
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="streamlab view", daemon=True)
                thread.start()
                self._thread = thread
        if is_new:
            self._news.set()
            feed.exchange.add_done_callback(lambda _: self._news.set())

    def _run(self) -> None:
        while True:
            begun = thread_time()
            still_running = self._flush_all()
            spent = thread_time() - begun
            if not still_running and not self._news.wait(_LINGER_SECONDS):
                with self._lock:
                    if not self._feeds:
                        self._thread = None
                        return
            self._news.wait(max(1 / MESSAGES_PER_SECOND, min(_LONGEST_PAUSE, spent / _MOST_SHARE)))
            self._news.clear()

    def _flush_all(self) -> bool:
        """Flush each view, and return whether an exchange is still running."""
        with self._lock:
            feeds = list(self._feeds.items())
        for flush, feed in feeds:
            if flush(feed):
                with self._lock:
                    if self._feeds.get(flush) is feed:
                        del self._feeds[flush]
        with self._lock:
            return bool(self._feeds)

    def __repr__(self) -> str:
        return f"<Flusher of {len(self._feeds)} views>"


flusher = Flusher()
"""The flusher of this process."""
