# What this project can do, as a table of contents. `make help` lists it.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
DEMO_FOLDER ?= instance/demo
# Two tests at a time; the database and the browser of each are its own.
PYTEST_OPTIONS ?= -n 2

.DEFAULT_GOAL := help

.PHONY: help
help: ## List what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

## USE

.PHONY: run
run: $(VENV)/run.stamp ## Set everything up and start web server and mail worker (SQLite)
	$(BIN)/python -m survey setup
	$(BIN)/python -m survey serve --with-worker

.PHONY: demo
demo: $(VENV)/run.stamp ## The same with a finished before/after case to look at
	INSTANCE_FOLDER=$(DEMO_FOLDER) $(BIN)/python -m survey demo
	INSTANCE_FOLDER=$(DEMO_FOLDER) $(BIN)/python -m survey serve --with-worker

.PHONY: doctor
doctor: $(VENV)/run.stamp ## Look at everything the service needs, and say what to do
	$(BIN)/python -m survey doctor

## DEVELOP

.PHONY: test
test: $(VENV)/dev.stamp browser ## Run all tests, with a real browser, SMTP server and PostgreSQL
	$(BIN)/python -m pytest $(PYTEST_OPTIONS) $(TESTS)

.PHONY: check
check: $(VENV)/dev.stamp ## Check style, types, architecture and dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/deptry .

.PHONY: audit
audit: $(VENV)/dev.stamp ## Ask for known weaknesses of all locked packages (needs a network)
	@$(BIN)/python -m tests.security.audit

.PHONY: browser
browser: ## Install Chromium where it is missing and apt is allowed
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	command -v google-chrome >/dev/null || test -n "$$CHROMIUM" || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium; \
	  else \
	    echo "The tests drive a real browser. Install Chromium (Debian: sudo apt-get install chromium)," >&2; \
	    echo "or name one in the environment: make test CHROMIUM=/path/to/chrome" >&2; exit 1; \
	  fi; }

.PHONY: lock
lock: ## Resolve the dependencies of pyproject.toml anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --group docs -c requirements-dev.lock -o requirements-docs.lock

.PHONY: docs
docs: $(VENV)/docs.stamp ## Build the documents as a site in the folder site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

.PHONY: schema
schema: $(VENV)/run.stamp ## Write the JSON Schema of framework files anew
	$(BIN)/python -m survey.frameworks.schema competency_frameworks/framework.schema.json

# What marks a text in Python, besides gettext's usual names.
TEXTS = -k N_ -k _l -k Message -k counted_message:1,2 -k plural:1,2

.PHONY: translations
translations: $(VENV)/dev.stamp ## Collect the texts to translate, and compile the translations
	$(BIN)/pybabel -q extract -F babel.cfg $(TEXTS) --add-location=file --sort-output --omit-header \
	  -o survey/translations/messages.pot .
	$(BIN)/pybabel -q update -i survey/translations/messages.pot -d survey/translations \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d survey/translations

.PHONY: clean
clean: ## Remove the virtual environment and caches; data in instance/ stays
	rm -rf $(VENV) site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, not " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/run.stamp

# Beside the others: its packages are held to the versions that those have.
$(VENV)/docs.stamp: requirements-docs.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@
