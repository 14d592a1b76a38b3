# Everything runs in .venv, made from the lock files with their hashes.
PYTHON ?= python3
BIN := .venv/bin
LOCK_OPTIONS := --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs lock clean ready

help:
	@echo "make demo   two towns, 300 families, one move, from files to files (Ctrl-C ends it)"
	@echo "make test   all tests"
	@echo "make lint   ruff, mypy, import rules"
	@echo "make bench  measurements, printed (docs/performance.md keeps them)"
	@echo "make docs   the generated pages in docs/"
	@echo "make lock   the lock files anew from pyproject.toml"

demo: .venv/run.stamp
	@$(BIN)/boshi demo

test: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=12 tests

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/dev.stamp
	$(BIN)/python -m tests.bench

docs: .venv/dev.stamp
	$(BIN)/python -m tools.build_docs

lock:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra embedded --extra dev $(LOCK_OPTIONS) -o requirements/dev.lock
	$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra embedded $(LOCK_OPTIONS) -c requirements/dev.lock -o requirements/run.lock

clean:
	rm -rf .venv build dist *.egg-info

ready:
	@PYTHON="$(PYTHON)" sh tools/check_machine.sh

.venv/run.stamp: requirements/run.lock pyproject.toml | ready
	@echo "Setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.lock pyproject.toml | ready
	@echo "Setting up .venv for tests (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ .venv/run.stamp
