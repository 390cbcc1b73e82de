# Every command works on a fresh machine with Python >= 3.11 and make; the demo's page also needs Node >= 20.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.offerdesk-ready
PAGE := integrations/sandbox/teams/page
PAGE_READY := $(PAGE)/node_modules/.offerdesk-ready
TAB := bot/web/tab/page
TAB_READY := $(TAB)/node_modules/.offerdesk-ready
PAGES_READY := $(PAGE_READY) $(TAB_READY)
BENCH_READY := .bench/.offerdesk-ready
BENCH_REQUIREMENTS := requirements/bench.txt
# The tests make some thousand databases; where the system has a folder in memory, they are made there.
MEMORY := $(if $(wildcard /dev/shm/.),TMPDIR=/dev/shm)
headless := $(filter 1 yes true,$(HEADLESS))
COMPILE := $(BIN)/pip-compile --quiet --no-header --generate-hashes --strip-extras --allow-unsafe --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: setup page demo test test-browser check bench format lock gallery help

setup: $(READY) ## Create .venv from the hash-locked requirements

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "The venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

page: $(PAGES_READY) ## Install what the tab and the simulator's web page need (npm ci)

$(PAGES_READY): %/node_modules/.offerdesk-ready: %/package.json %/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20 or newer with npm is needed for the page; make demo HEADLESS=1 does without"; exit 1; }
	npm --prefix $* ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

demo: $(READY) $(if $(headless),,$(PAGES_READY)) ## Start bot, sandboxes and Teams simulator; HEADLESS=1 plays the whole story alone
	@exec $(BIN)/python -m bot demo $(if $(headless),--headless)

test: $(READY) ## Run every test that needs no browser, with coverage
	$(MEMORY) $(BIN)/pytest --numprocesses=auto --dist=worksteal --ignore=tests/browser --ignore=tests/benchmarks --cov --cov-report=term-missing:skip-covered

test-browser: $(READY) $(PAGES_READY) ## Play the story in headless Chromium; pictures go to build/
	$(BIN)/pytest tests/browser

check: $(READY) ## Format, lint, types, import arrows, docs, secrets, dependency audit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --quiet tests/unit/project
	$(BIN)/python .ci/secret_scan.py
	$(BIN)/python .ci/audit.py requirements/dev.txt

bench: $(READY) $(BENCH_READY) ## Measure beside comparable servers and print the ratios
	$(BIN)/python -m tests.benchmarks

$(BENCH_READY): $(BENCH_REQUIREMENTS)
	@test -x .bench/bin/python || $(PYTHON) -m venv .bench
	.bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(BENCH_REQUIREMENTS)
	@touch $@

format: $(READY) ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(READY) ## Renew the hash-locked requirement files (UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/runtime.txt pyproject.toml
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/dev.txt requirements/dev.in
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/bench.txt requirements/bench.in
	npm --prefix $(PAGE) install --package-lock-only --ignore-scripts --no-audit --no-fund
	npm --prefix $(TAB) install --package-lock-only --ignore-scripts --no-audit --no-fund

gallery: $(READY) $(PAGE_READY) ## Draw every card, light and dark, into build/cards/
	$(BIN)/pytest tests/browser -k gallery

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
