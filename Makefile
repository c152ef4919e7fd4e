# `make demo` and `make test` are all a newcomer types; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help demo test test-full bench torture lint format stop reset lock messages install install-dev

PORT ?= 8000
SHOPS ?= 10000
ARGS ?=
PY := .venv/bin/python
PYTEST := $(PY) -m pytest -n 2
export PYTHONDONTWRITEBYTECODE :=

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## serve the demonstration city on http://127.0.0.1:8000/ (PORT= changes it); Ctrl-C ends it
	@VITRINE_DEMO=1 exec $(PY) manage.py demo --port $(PORT)

test: install-dev ## everything, browser included, in its short form (ARGS= goes to pytest)
	@$(PY) scripts/chromium.py >/dev/null
	@$(PY) manage.py translations --compile
	$(PYTEST) -m "not full" $(ARGS)

test-full: install-dev ## every language, width and theme
	@$(PY) scripts/chromium.py >/dev/null
	@$(PY) manage.py translations --compile
	$(PYTEST) $(ARGS)

bench: install-dev ## measure every budget of docs/performance.md on SHOPS= shops
	@$(PY) scripts/chromium.py >/dev/null
	@$(PY) manage.py translations --compile
	$(PY) -m bench --shops $(SHOPS) $(ARGS)

lint: install-dev ## style, templates, missing migrations, translations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	find templates */templates -name '*.html' 2>/dev/null | sort | xargs $(PY) -m djade --check --target-version 6.1
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py translations --check

format: install-dev ## let ruff and djade put the code in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	find templates */templates -name '*.html' 2>/dev/null | sort | xargs $(PY) -m djade --target-version 6.1

messages: install ## gather the sentences to translate into locale/
	$(PY) manage.py translations --update

stop: ## end the demonstration and the embedded PostgreSQL
	@if [ -x $(PY) ]; then $(PY) manage.py postgres stop; else echo "Nothing runs: nothing is installed."; fi

reset: ## forget the demonstration: its data, its files (what is installed stays)
	@if [ -x $(PY) ]; then $(PY) manage.py postgres reset; else echo "Nothing to forget: nothing is installed."; fi

lock: install-dev ## pin anew what pyproject.toml asks for (needs uv)
	@$(PY) scripts/lock.py

install:
	@PYTHON=$$(scripts/find-python) && exec "$$PYTHON" scripts/install.py requirements.txt

install-dev:
	@PYTHON=$$(scripts/find-python) && exec "$$PYTHON" scripts/install.py requirements-dev.txt
