"""What an app can be run with here, and what is missing for the rest."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from streamlab import App, observe
from streamlab.harness.choices import Choice, middleware_choices, server_choices
from streamlab.harness.stack import switch_problem
from streamlab.lab.choices import choices_for
from streamlab.middleware import MIDDLEWARE
from streamlab.server import SERVERS
from streamlab.server.optional import import_optional
from tests.apps import app, bare, flask_app

THEIR_PACKAGES = {"waitress": 1, "cheroot": 1, "gunicorn": 2}


def hints(choices):
    return {choice.name: choice.hint for choice in choices if not choice.available}


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(
        "streamlab.server.optional.find_spec",
        lambda name: None if name in THEIR_PACKAGES else importlib.util.find_spec(name),
    )
    monkeypatch.setattr("streamlab.middleware.nginx._SYSTEM_PATHS", ())
    monkeypatch.setenv("PATH", "")


def test_all_names_are_there_in_their_order():
    assert [choice.name for choice in server_choices(app)] == list(SERVERS)
    assert [choice.name for choice in middleware_choices(app)] == list(MIDDLEWARE)


def test_of_an_app_that_can_be_imported_every_installed_server_is_available():
    assert hints(server_choices(app)) == {}


def test_an_app_of_a_notebook_cannot_be_served_by_another_process():
    found = hints(server_choices(App()))
    assert list(found) == [name for name, kind in SERVERS.items() if kind.own_process]
    assert all("write `from shop import app`" in hint for hint in found.values())


@pytest.mark.usefixtures("nothing_installed")
def test_a_server_that_is_not_installed_comes_with_the_command(monkeypatch):
    found = hints(server_choices(app))
    assert {name.partition("-")[0] for name in found} == set(THEIR_PACKAGES)
    for name, hint in found.items():
        assert f"needs the package {SERVERS[name].package}," in hint
        assert hint.endswith('pip install "streamlab[servers]"')


def test_the_hint_is_the_message_of_the_error(monkeypatch):
    package = "a_server_that_nobody_has"
    with pytest.raises(ModuleNotFoundError) as raised:
        import_optional(package)
    monkeypatch.setitem(
        SERVERS, "new", SERVERS["waitress"].__class__("new", "", "", package=package)
    )
    assert hints(server_choices(app))["new"] == str(raised.value)


@pytest.mark.usefixtures("nothing_installed")
def test_without_nginx_the_proxies_come_with_the_command():
    found = hints(middleware_choices(app))
    assert list(found) == ["proxy", "proxy-unbuffered"]
    assert all("apt install nginx-light" in hint for hint in found.values())


@pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:/usr/bin"), reason="no nginx")
def test_with_nginx_all_middleware_is_available():
    assert hints(middleware_choices(app)) == hints(middleware_choices(flask_app)) == {}


def test_only_flask_and_app_have_functions_after_a_request():
    found = hints(middleware_choices(bare))
    assert "get_data" in found
    with pytest.raises(ValueError, match="after_request") as raised:
        observe(bare, "/", middleware="get_data")
    assert found["get_data"] == str(raised.value)


def test_the_reason_why_there_is_no_switch_is_the_message_of_the_error():
    assert switch_problem(app) == ""
    with pytest.raises(ValueError, match="'Flask'") as raised:
        observe(flask_app, "/", stream_with_context=False)
    assert switch_problem(flask_app) == str(raised.value)


@pytest.mark.usefixtures("nothing_installed")
def test_the_panel_offers_the_same():
    choices = choices_for(flask_app)
    assert choices["no_switch"] == switch_problem(flask_app)
    for offered, known in (
        (choices["servers"], server_choices(flask_app)),
        (choices["middleware"], middleware_choices(flask_app)),
    ):
        assert [Choice(option["value"], option["missing"]) for option in offered] == known
        assert not all(choice.available for choice in known)
