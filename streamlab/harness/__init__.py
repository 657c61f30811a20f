"""The stage floor: where app, server, middleware and trace meet, and exchanges are made."""
