PYTHON ?= python3
DEMO_PORT ?= 8000
IN ?= ..
BIN := $(CURDIR)/.venv/bin
# One more than there are cores, because tests wait for servers; who has nothing left to do takes
# tests from the others.
WORKERS := $(shell $(PYTHON) -c 'import os; print(len(os.sched_getaffinity(0)) + 1)' 2>/dev/null || echo auto)
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -ra --durations 25

.PHONY: help demo test test-all test-part drills lint bench fleet

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 12

demo: .venv/ready  ## Render the sample into .demo/ and serve it on DEMO_PORT (8000)
	@echo '==> Rendering examples/sample.yml into .demo/'
	@rm -rf .demo
	@$(BIN)/copier copy --quiet --trust --defaults --vcs-ref HEAD --data project_name='Slipway demo' \
	  --data-file examples/sample.yml $(CURDIR) .demo
	@echo '==> Installing and starting it; soon: http://127.0.0.1:$(DEMO_PORT)/docs (Ctrl-C ends it)'
	@exec env -u DATABASE_URL -u VIRTUAL_ENV PATH="$(BIN):$$PATH" $(MAKE) --no-print-directory -C .demo dev PORT=$(DEMO_PORT)

test: lint  ## Run all tests but the cross products
	$(PYTEST)

test-all: test  ## Run all tests, and every cross product: each service on each server, each change live, ...
	$(PYTEST) --cross all

test-part: .venv/ready  ## Run the part of the cross products that a number stands for: make test-part PART=7
	@test -n '$(PART)' || { echo 'Which one? make test-part PART=7' >&2; exit 1; }
	$(PYTEST) --cross '$(PART)'

drills: .venv/ready  ## Break a rendered service in every way that we know, and see that it holds
	$(PYTEST) tests/drills

lint: .venv/ready  ## Check the style and types of hooks/ and tests/
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/ready  ## Measure a rendered service beside others; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

fleet: .venv/ready  ## Tell the versions of the services in a folder, or in a list: make fleet IN=~/services
	@$(BIN)/python -m hooks.fleet $(if $(TRUST),--trust) '$(IN)'

.venv/ready: requirements.txt
	@echo '==> Installing the tools into .venv/'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@
