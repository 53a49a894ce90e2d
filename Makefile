SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup train demo test check bench bench-queue bench-nlu licences requirements clean

PYTHON := .venv/bin/python
BOT := .venv-bot/bin/python
COMPILE := .venv/bin/uv pip compile --quiet --generate-hashes --custom-compile-command "make requirements"

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## both environments, from pinned and hashed requirements
	@sh tools/python.sh -S tools/setup.py

train: setup ## the bot's model, unless one of the same inputs exists
	@$(BOT) -m bot.train

demo: train ## everything on this machine with example data; Ctrl-C stops all of it
	@.venv/bin/ventanilla up --demo

test: setup ## every test, with real PostgreSQL, Redis and browser
	@sh tools/python.sh -S tools/setup.py oracles
	@$(PYTHON) tools/test.py

check: setup ## lint, types, import rules, licences, packs
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m mypy --python-version 3.10 -p bot.packs -p bot.text -p bot.safety
	@.venv/bin/lint-imports
	@$(PYTHON) tools/licences.py && $(BOT) tools/licences.py
	@.venv/bin/ventanilla pack check
	@.venv/bin/ventanilla experiment check

bench: train ## speed, memory and training time, beside a plain Rasa; with CALENDAR=file also a programme's life of 100,000 SMS
	@$(PYTHON) -m bench.road $(ARGS)
	@test -z "$(CALENDAR)" || .venv/bin/ventanilla replay --calendar "$(CALENDAR)" --people 5000 --messages 100000

bench-queue: setup ## the queue engine beside another one (ADR 0004)
	@test -x .venv-bench/bin/python || .venv/bin/uv venv --quiet --python $(PYTHON) .venv-bench
	@.venv/bin/uv pip sync --quiet --python .venv-bench/bin/python --require-hashes requirements/bench-queue.txt
	@$(PYTHON) -m bench.queue $(ARGS)

bench-nlu: setup ## understanding, beside Rasa and nlp.js on public data
	@test -d bench/nlu/nlpjs/node_modules || (cd bench/nlu/nlpjs && npm ci --ignore-scripts --silent)
	@$(PYTHON) -m bench.nlu $(ARGS)

licences: setup ## fail on a licence that may not be installed by default
	@$(PYTHON) tools/licences.py && $(BOT) tools/licences.py

requirements: setup ## pin requirements/*.in again
	@cd requirements && ../$(COMPILE) --python-version 3.10 bot.in -o bot.txt
	@cd requirements && ../$(COMPILE) --universal --python-version 3.11 backend.in -o backend.txt
	@cd requirements && ../$(COMPILE) --universal --python-version 3.11 -c backend.txt dev.in -o dev.txt
	@cd requirements && ../$(COMPILE) --universal --python-version 3.11 bench-queue.in -o bench-queue.txt

clean: ## remove environments, models and caches; data stays
	@rm -rf .venv .venv-bot .venv-bench node_modules bench/nlu/nlpjs/node_modules var/bench-nlu var/models .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		.setup.lock ./*.egg-info
	@find bot actions channels backend tests tools -name __pycache__ -prune -exec rm -rf {} +
