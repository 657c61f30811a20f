"""Makes exchanges: puts an app behind middleware and a server, sends the request, observes it."""
