# `make` alone lists what there is. Everything sets itself up from Python ≥ 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
RIVALS := .venv-bench
RIVALS_READY := $(RIVALS)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo run test check format lint types imports bench chaos pins clean

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(RUN_READY) ## Try Denrei in a browser: no account, no key, no cost
	@$(BIN)/denrei demo

run: $(RUN_READY) ## Run for real, with the settings of the environment and .env
	@$(BIN)/denrei serve

setup: $(DEV_READY) ## Make .venv with everything for development

test: $(DEV_READY) ## Every test, with a real SQLite, PostgreSQL, Valkey, Claude Code and browser
	$(BIN)/python -m pytest -n auto --dist loadfile

check: lint types imports test ## What CI runs: format, ruff, mypy, import contracts, every test

format: $(DEV_READY) ## Put the code into its one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(DEV_READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV_READY)
	$(BIN)/mypy .

imports: $(DEV_READY)
	$(BIN)/lint-imports

bench: $(DEV_READY) $(RIVALS_READY) ## Measure speed and size, beside rivals in the same run
	$(BIN)/python -m tests.benchmarks $(PARTS)

chaos: $(DEV_READY) ## Kill everything at seeded instants, and check what LINE and the model saw
	$(BIN)/python -m tests.chaos --seeds $(or $(SEEDS),50)

pins: $(DEV_READY) ## Renew the pinned requirements
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --upgrade --extra build pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --upgrade --extra build --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --upgrade --group bench -o requirements-bench.txt

clean: ## Remove .venv and every cache
	rm -rf $(VENV) $(RIVALS) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Denrei needs Python 3.11 or newer. Name one: make PYTHON=python3.12 …'; exit 1; }
	@echo 'Setting up $(VENV) (once; Claude Code alone is about 100 MB to download)…'
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.txt pyproject.toml | $(BIN)/python
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_READY): requirements-dev.txt pyproject.toml | $(BIN)/python
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(RUN_READY)

$(RIVALS_READY): requirements-bench.txt
	@$(PYTHON) -m venv $(RIVALS)
	@$(RIVALS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@
