"""Mistakes that a type checker must find. Each line with the comment `error` has one."""

from __future__ import annotations

from streamlab import App, Lab, Scenario, matrix, observe
from streamlab.testing import assert_streams

app = App()

observe(app, "/", midleware="gzip")  # error
observe(app, "/", pace="step")  # error
observe(app, "/", timeout="5")  # error
observe(app, "/", http_version="2")  # error
observe(app, "/", middleware=3)  # error
observe(app, "/", "POST")  # error
Lab(app, pace="fast")  # error
Lab(app).run(lockstep=True)  # error
Lab(app).matrix(server="werkzeug")  # error
matrix(app, servers="werkzeug", pace=1)  # error
assert_streams(app, "/", pace=1)  # error
Scenario("/", layers=())  # error
Scenario("/").path = "/other"  # error
observe(app).verdict.outcome  # error
observe(app).status_code + 1  # error
