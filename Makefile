# A fresh machine with Python 3.11+ and Node 20+: `make demo`, `make test`.
SHELL := /bin/bash
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -q

.PHONY: help setup demo test test-contracts test-processes lint kubo bench clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: build/setup-seconds ## install everything the project needs, below this folder

build/setup-seconds: requirements.txt pyproject.toml package-lock.json tools/setup.sh
	tools/setup.sh

demo: setup ## two tasks on a local chain with real processes; leaves build/demo/report.json
	. tools/env.sh && $(PYTHON) -m scripts.demo

test: setup kubo lint ## every check there is; the contracts' tests and the others side by side
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-contracts test-processes

test-contracts: setup ## the contracts, and that the committed ABIs are theirs
	tools/brownie.sh run scripts/export.py check
	tools/brownie.sh test tests/contracts -W ignore

test-processes: setup ## the Python code, then whole tasks through real processes
	$(PYTEST) tests/python
	. tools/env.sh && $(PYTEST) tests/e2e

lint: setup ## ruff, mypy, solhint, prettier
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol' 'interfaces/**/*.sol'
	node_modules/.bin/prettier --plugin=prettier-plugin-solidity --log-level warn --check 'contracts/**/*.sol' 'interfaces/**/*.sol'

kubo: ## build the IPFS node that tests compare with, where there is a Go toolchain and no ipfs
	@tools/kubo/build.sh

bench: setup ## figures side by side in one run; writes build/bench/*.json
	$(PYTHON) -m tests.bench.sealing

clean: ## remove what was built, not what was installed
	rm -rf build/brownie build/demo build/home
