# Threadline: every command that a person or CI needs. `make help` lists them.

PYTHON ?= python3#       the interpreter that .venv is made with, 3.11 or newer
PYTEST_ARGS ?=#          more arguments for pytest, such as PYTEST_ARGS="-n 2 -k totals"
BENCH_ARGS ?=#           arguments for `make bench`, `bench-analytics` and `bench-dashboard`
SOAK ?= api decoders model chaos kill isolation#  the campaigns of `make soak`
SOAK_ARGS ?=#           their arguments; `python -m e2e.chaos_soak --help` and so on list them
SERVE_ARGS ?=#           arguments for `make serve` and `make demo`, such as SERVE_ARGS="--port 4400"
UV ?= $(BIN)/uv#         only for `make pins`

BIN := .venv/bin
STATIC := server/src/threadline_server/static
# Folders too, so that a removed file is noticed.
UI_SOURCES := $(wildcard ui/*.html ui/*.json ui/*.ts ui/*.js ui/*.mjs) $(shell find ui/src ui/public 2>/dev/null)

# Where it is set, each process of the tests would compile the whole server again, three for every one that is started.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

# --- set-up: each step leaves a stamp, so that a second run is instant -----------------------------------------

.PHONY: setup
setup: .venv/.installed ## make .venv with everything pinned, and .venv/bin/threadline in it

.venv/.made:
	setup/venv.sh .venv "$(PYTHON)"
	@touch $@

.venv/.pinned: .venv/.made requirements/run.txt
	setup/install.sh .venv requirements/run.txt
	@touch $@

# What the server runs with. What its tests need beside that is as large again, and `make demo` does not wait for it.
.venv/.runs: .venv/.pinned sdk/pyproject.toml server/pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e sdk -e server
	$(BIN)/python -m compileall -q sdk/src server/src
	@touch $@

.venv/.installed: .venv/.runs requirements/dev.txt
	setup/install.sh .venv requirements/dev.txt
	@touch $@

.PHONY: ui
ui: $(STATIC)/index.html ## build the dashboard into the server's package

ui/node_modules/.installed: .venv/.runs ui/package.json ui/package-lock.json ui/.npmrc
	setup/with_node.sh ui npm ci --no-audit --no-fund
	@touch $@

$(STATIC)/index.html: ui/node_modules/.installed $(UI_SOURCES)
	setup/with_node.sh ui npm run build
	@touch $@

.PHONY: live
live: .venv-live/.installed e2e/live/node/node_modules/.installed ## install the libraries that e2e/live runs, beside .venv

.venv-live/.installed: .venv/.installed requirements/live.txt
	setup/venv.sh .venv-live "$(PYTHON)"
	setup/install.sh .venv-live requirements/live.txt
	@touch $@

e2e/live/node/node_modules/.installed: .venv/.installed e2e/live/node/package-lock.json e2e/live/node/.npmrc
	setup/with_node.sh e2e/live/node npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: browser
browser: setup ## find or install a Chromium for the tests
	@setup/browser.sh

# --- running ----------------------------------------------------------------------------------------------------

.PHONY: demo
demo: .venv/.runs ui ## serve the dashboard with sample conversations
	@$(BIN)/threadline demo $(SERVE_ARGS)

.PHONY: serve
serve: .venv/.runs ui ## serve with the data that is in the data directory
	@$(BIN)/threadline serve $(SERVE_ARGS)

# --- testing ----------------------------------------------------------------------------------------------------

.PHONY: test
test: setup ui browser lint types ui-check pytest ## set up, then every check and every test, the browser's included

.PHONY: check
check: setup lint types ## the fast inner loop: format, lint, types, contracts, unit tests
	$(BIN)/python -m pytest -n 2 --dist loadfile sdk/tests server/tests/unit server/tests/test_shape.py $(PYTEST_ARGS)

.PHONY: lint
lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: setup
	$(BIN)/mypy
	$(BIN)/mypy --config-file setup/mypy_tests.ini server/tests
	$(BIN)/lint-imports

.PHONY: ui-check
ui-check: ui
	setup/with_node.sh ui npm run check
	setup/with_node.sh ui npm test

.PHONY: pytest
pytest: setup live
	PYTEST_DEBUG_TEMPROOT="$$(setup/scratch.sh)" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
	  -o tmp_path_retention_count=1 $(PYTEST_ARGS)

.PHONY: cover
cover: setup ## check that no branch of the SDK's delivery path goes untested
	$(BIN)/python -m pytest sdk/tests --cov --cov-report=term-missing $(PYTEST_ARGS)

.PHONY: pictures
pictures: setup ui browser ## take the pictures of the README and the documentation anew
	$(BIN)/python -m e2e.pictures

.PHONY: soak
soak: setup ## the long form of each campaign (SOAK="api decoders model chaos kill isolation", SOAK_ARGS="--seed 7" for one)
	@for campaign in $(SOAK); do \
	  case $$campaign in \
	    api) script=api_campaign ;; decoders) script=decoder_campaign ;; model) script=model_campaign ;; \
	    chaos) script=chaos_soak ;; kill) script=kill_campaign ;; isolation) script=isolation_campaign ;; \
	    *) echo "no campaign $$campaign" >&2; exit 2 ;; \
	  esac; \
	  echo "== $$campaign"; $(BIN)/python -m e2e.$$script $(SOAK_ARGS) || exit 1; \
	done

.PHONY: bench
bench: setup ui ## measure throughput, latency, memory and disk (BENCH_ARGS="...")
	$(BIN)/python bench/measure.py $(BENCH_ARGS)

.PHONY: bench-analytics
bench-analytics: setup ## measure analytics, lists and search on 400,000 sessions (BENCH_ARGS="...")
	$(BIN)/python bench/analytics.py $(BENCH_ARGS)

.PHONY: bench-dashboard
bench-dashboard: setup ui browser ## measure the pages in Chromium on 100,000 sessions (BENCH_ARGS="...")
	$(BIN)/python bench/dashboard.py $(BENCH_ARGS)

.PHONY: bench-sdk
bench-sdk: live ## measure what the SDK costs a program, beside other SDKs
	$(BIN)/python bench/sdk_cost.py

# --- upkeep -----------------------------------------------------------------------------------------------------

.PHONY: format
format: setup ## format the code and fix what the linter can fix
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

PIN := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-package threadline --custom-compile-command "make pins" --quiet

.PHONY: pins
pins: setup ## bring requirements/*.txt up to the newest releases
	$(PIN) --upgrade server/pyproject.toml --group pyproject.toml:dev -o requirements/dev.txt
	$(PIN) --constraints requirements/dev.txt server/pyproject.toml --group pyproject.toml:build -o requirements/run.txt
	$(PIN) --constraints requirements/dev.txt --group pyproject.toml:installer -o requirements/uv.txt
	$(PIN) --upgrade --group pyproject.toml:live -o requirements/live.txt
	$(PIN) --upgrade --group pyproject.toml:node -o requirements/node.txt

.PHONY: clean
clean: ## remove what was built and installed here; data directories stay
	rm -rf .venv .venv-live ui/node_modules e2e/live/node/node_modules $(STATIC) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
