# What each target does stands in the README and in docs; `make` alone lists them.
PYTHON ?= python3
PY := .venv/bin/python
# On every core (four at most), each with servers of its own; `make test CORES=0` is one process, for a debugger.
CORES ?= logical
PYTEST = $(PY) -m pytest -rs -n $(CORES) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-fast test-long torture bench lint format lock

help:
	@echo "make run | test | test-fast | test-long | torture | bench | lint | format | lock | setup"

setup:
	@PYTHON="$(PYTHON)" deploy/setup requirements.txt

setup-dev:
	@PYTHON="$(PYTHON)" deploy/setup requirements.txt requirements-dev.txt

run: setup
	@exec $(PY) manage.py up $(UP)

test: setup-dev
	@deploy/system-packages
	$(PYTEST) -m "not long"

test-fast: setup-dev
	$(PYTEST) -m "not long and not browser and not servers"

test-long: setup-dev
	@deploy/system-packages
	HYPOTHESIS_PROFILE=long $(PYTEST) -m long

torture: setup-dev
	TORTURE=1 HYPOTHESIS_PROFILE=long $(PYTEST) -m long

bench: setup
	$(PY) manage.py bench

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	.venv/bin/djlint --check --quiet templates
	.venv/bin/djlint --lint --quiet templates
	$(PY) -m config.translations --check
	$(PY) manage.py makemigrations --check --dry-run

format: setup-dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	.venv/bin/djlint --reformat --quiet templates

lock: setup-dev
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header \
	  --generate-hashes requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header \
	  -c requirements.txt requirements-dev.in -o requirements-dev.txt
