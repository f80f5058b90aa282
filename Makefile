# A fresh machine with Python 3.11+ and Node 20+: `make demo`, `make test`.
SHELL := /bin/bash
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -q

.PHONY: help setup demo web test test-deep chaos bench experiments clean
# Parts of `make test`, for one at a time.
.PHONY: lint docs kubo page test-extras part-contracts part-foundry part-processes part-web

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: build/setup-seconds ## install everything the project needs, below this folder

build/setup-seconds: requirements.txt pyproject.toml package-lock.json tools/setup.sh
	tools/setup.sh

demo: setup ## three tasks on a local chain with real processes; leaves build/demo/report.json
	. tools/env.sh && $(PYTHON) -m scripts.demo

web: setup kubo page ## the page at http://127.0.0.1:8000, with a chain, an IPFS node, oracles and data owners behind it
	. tools/env.sh && $(PYTHON) -m scripts.web

test: setup kubo lint docs ## every check there is, two parts at a time
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target part-contracts part-processes part-web part-foundry

test-deep: setup ## what takes hours: long campaigns and state machines, branch coverage, planted faults, proofs
	DEEP=1 tools/brownie.sh test tests/contracts/stateful -W ignore -s
	DEEP=1 tools/brownie.sh test tests/contracts/attacks/test_dust.py -W ignore
	$(PYTHON) tools/mutants.py
	tools/foundry.sh deep
	tools/audit.sh proofs
	tools/brownie.sh test tests/contracts/unitary -W ignore --coverage --ignore=tests/contracts/unitary/TaskMarket/test_long_tasks.py
	$(PYTHON) tools/coverage.py
	$(PYTEST) tests/python/oracles -m hostile
	. tools/env.sh && $(PYTEST) tests/e2e -m hostile --timeout 1800
	$(MAKE) --no-print-directory chaos test-extras

chaos: setup kubo ## tasks while processes die, networks break and blocks vanish: SEEDS=20; writes build/chaos.json
	. tools/env.sh && $(PYTHON) -m tests.chaos --count $(or $(SEEDS),20)

test-extras: setup # torch and Flower, in an environment of their own (5 GB)
	tools/extras.sh

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol' 'interfaces/**/*.sol'
	node_modules/.bin/prettier --plugin=prettier-plugin-solidity --log-level warn --check 'contracts/**/*.sol' 'interfaces/**/*.sol'
	tools/foundry.sh lint

bench: setup kubo web/node_modules/.package-lock.json ## figures side by side in one run; writes build/bench/*.json
	$(PYTHON) -m tests.bench.sealing
	$(PYTHON) -m tests.bench.gas
	OMP_NUM_THREADS=1 $(PYTHON) -m tests.bench.federated
	$(PYTHON) -m tests.bench.round
	cd web && npm run --silent bench

docs: setup # the pages with the reference from the docstrings, in build/site
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet

experiments: setup ## contribution scores, attackers and privacy on four data sets; writes build/experiments
	OMP_NUM_THREADS=1 $(PYTHON) -m scripts.experiments

clean: ## remove what was built, not what was installed
	rm -rf build/brownie build/demo build/home build/foundry build/reports build/site

part-contracts: setup
	tools/brownie.sh run scripts/export.py check
	tools/brownie.sh test tests/contracts -W ignore

part-foundry: setup
	tools/foundry.sh test
	tools/foundry.sh coverage
	tools/audit.sh slither

part-processes: setup kubo
	$(PYTEST) tests/python
	. tools/env.sh && $(PYTEST) tests/e2e
	. tools/env.sh && $(PYTEST) tests/chaos

part-web: setup kubo page
	cd web && npm run --silent lint && npm run --silent size && npm test --silent
	. tools/env.sh && cd web && npm run --silent e2e

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm install --silent --no-save --no-audit --no-fund --ignore-scripts

page: web/node_modules/.package-lock.json
	cd web && npm run --silent build

kubo:
	@tools/kubo/build.sh
