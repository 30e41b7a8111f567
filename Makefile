# Two commands matter: `make run` serves the application with its demo, `make test` checks everything.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
# The locks are whole, so nothing is resolved: pip would take the newest release for a package that is asked for with an extra.
FROM_LOCK := $(PIP) install --no-deps --require-hashes -r
FLASK := $(BIN)/flask --app wsgi
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
BENCHES := $(VENV)/.benches
# Two workers: the suite waits for the database and the browser about as long as it computes.
WORKERS ?= 2
PYTEST_ARGS ?=

# Which figures or fault rows, by name; empty: all.
ONLY ?=

# The tests start the application many times: each process would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint docs bench faults locks translations clean

run: $(RUNTIME)
	$(FLASK) db upgrade
	$(FLASK) demo load
	exec $(FLASK) serve

test: $(DEVELOPMENT)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --durations 10 $(PYTEST_ARGS)

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint --quiet

# Writes docs/reference anew from the code: lives, permissions, routes, tables, accounts. A test holds that it was run.
docs: $(DEVELOPMENT)
	$(BIN)/python -m tests.reference

# Figures are ratios taken in one run; instance/bench.json keeps the newest of each.
bench: $(BENCHES)
	$(BIN)/python -m pytest tests/bench -o python_files='bench_*.py' -s -k '$(ONLY)'

# Kills, cuts and tampers, and counts what was lost; instance/faults.json keeps the newest of each row.
faults: $(DEVELOPMENT)
	$(BIN)/python -m pytest tests/faults -o python_files='fault_*.py' -s -k '$(ONLY)'

# The stamps depend on the locks: nothing is installed twice, and a changed lock is never overlooked.
$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(VENV)/bin/pip
	$(FROM_LOCK) requirements.txt
	touch $@

$(DEVELOPMENT): requirements-dev.txt requirements.txt | $(VENV)/bin/pip
	$(FROM_LOCK) requirements-dev.txt
	touch $(RUNTIME) $@

$(BENCHES): requirements-bench.txt $(DEVELOPMENT)
	$(FROM_LOCK) requirements-bench.txt
	touch $@

# Puts new sentences into the English catalogue, empty, and compiles it. Fill them in marketplace/translations/en, then run it again.
translations: $(DEVELOPMENT)
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _l -k lazy_gettext --no-location --sort-output -o $(VENV)/messages.pot .
	$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d marketplace/translations -l en --no-fuzzy-matching --ignore-obsolete --width 140 --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d marketplace/translations

# Needs uv. Each lock keeps the versions of the one below it.
locks:
	uv pip compile --quiet --custom-compile-command 'make locks' --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	uv pip compile --quiet --custom-compile-command 'make locks' --universal --python-version 3.11 --generate-hashes requirements-dev.in -c requirements.txt -o requirements-dev.txt
	uv pip compile --quiet --custom-compile-command 'make locks' --universal --python-version 3.11 --generate-hashes requirements-bench.in -c requirements-dev.txt -o requirements-bench.txt

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage tests/e2e/screenshots
	find marketplace tests migrations config -name __pycache__ -type d -prune -exec rm -rf {} +
