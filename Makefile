# Each target first makes .venv ready (locked packages, the project itself); the machine needs make and
# Python 3.11 or newer. Another Python than python3: make PYTHON=python3.12 <target>.

PYTHON ?= python3
BIN := .venv/bin
PARALLEL := --quiet --numprocesses auto --dist worksteal
PATIENT := --override-ini faulthandler_timeout=0
KILLS := tests/web/collect/test_faults.py
RACES := tests/web/api tests/web/crm tests/web/people
LOCKED := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --quiet --custom-compile-command "make lock"

# Compiled modules are kept whatever the machine says: without them every process compiles all it loads anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test postgres check bench soak wheel format lock clean ready

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: export TRAGT_HOME ?= $(CURDIR)/home
run: ready ## start Tragt and print its address (with the demonstration firm: make run ARGS=--demo)
	@$(BIN)/tragt up $(ARGS)

test: ready ## run the tests (some: make test ARGS="tests/funnel -k window")
	@$(BIN)/python -m tools.run_tests $(ARGS)

postgres: ready ## run the tests that touch the database on PostgreSQL, which must be installed
	@$(BIN)/python -m tools.run_tests --postgres $(ARGS)

check: ready ## check style, types, layers, dependencies, spelling, and that the documents are true
	@$(BIN)/python -m tools.check

bench: ready ## run the benchmarks (one of them: make bench ONLY=name)
	@$(BIN)/python -m tools.bench $(ONLY)

soak: export TRAGT_SOAK_ROUNDS ?= 10000
soak: ready ## run 200 rounds of kills, 1,000 of edits at once on each database, and the long random tests
	@$(BIN)/python -m pytest $(PARALLEL) $(PATIENT) -m soak -rP $(KILLS)
	@$(BIN)/python -m pytest $(PARALLEL) $(PATIENT) -m soak --ignore $(KILLS) $(ARGS)
	@$(BIN)/python -m tools.run_tests --postgres $(PATIENT) -m "soak and django_db" $(RACES)

wheel: ready ## build the wheel and try it in an empty environment
	@$(BIN)/python -m tools.try_wheel

format: ready ## put the code into the project's style
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

lock: ready ## renew the locked versions (to the newest: make lock ARGS=--upgrade)
	@$(LOCKED) $(ARGS) --all-extras --group dev --output-file requirements/dev.txt
	@$(LOCKED) --constraint requirements/dev.txt --output-file requirements/base.txt
	@$(LOCKED) --constraint requirements/dev.txt --extra app --extra postgres --output-file requirements/app.txt

clean: ## remove .venv and everything else that can be made again
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks tools -name __pycache__ -prune -exec rm -rf {} +

ready:
	@command -v "$(PYTHON)" >/dev/null || { echo "tragt: There is no $(PYTHON) here. Install Python 3.11 or newer, \
	or name the one you have: make PYTHON=/path/to/python3 <target>." >&2; exit 1; }
	@"$(PYTHON)" tools/setup_environment.py
