# Everything a person types. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench upgrade clean

MANAGE := .venv/bin/python manage.py
PREPARE := sh hospital/ops/prepare.sh

# Arguments for pytest or the benchmark: make test ARGS="tests/wards -k bed"
ARGS ?=

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18

run: ## Serve the demo hospital with simulated devices (PORT, DEMO_PASSWORD, SIMULATE=0)
	@$(PREPARE) run
	@$(MANAGE) run

test: ## Run all tests, or those of ARGS="tests/wards -k bed"
	@$(PREPARE) test
	@.venv/bin/python -m pytest $(ARGS)

lint: ## Check format, types, templates, imports, migrations and scripts
	@$(PREPARE) lint
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet templates
	$(MANAGE) check --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run
	@PATH="$$PATH:$$PWD/.venv/bin"; for script in $$(find static -name '*.js'); do \
		echo "node --check $$script"; \
		node --input-type=module --check < $$script || exit 1; \
	done

bench: ## Measure this machine and print the figures (ARGS for its options)
	@$(PREPARE) lint
	@$(MANAGE) bench $(ARGS)

upgrade: ## Renew every pinned version to the newest that fits together
	@$(PREPARE) lint
	@.venv/bin/python hospital/ops/upgrade.py
	@PATH="$$PATH:$$PWD/.venv/bin"; npm install --package-lock-only --save-exact \
		--omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error bootstrap@5 && \
	npm install --package-lock-only --save-exact --save-dev \
		--omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error axe-core@4
	@echo "Now: git diff, make lint test"

clean: ## Remove the environment, installed packages and all data of this folder
	@printf 'This deletes .venv, node_modules and var with its database. Type yes: '
	@read answer && [ "$$answer" = yes ]
	rm -rf .venv node_modules var
