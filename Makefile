# `make up` and `make test` are all a newcomer needs; `make quick` is the loop while one writes.
.PHONY: up quick test services whole bench lint hooks

up: ## start the whole service on embedded defaults; Ctrl-C stops it
	@cli/setup.sh up
	@exec .venv/bin/rientro up

quick: ## style, types, imports and every test that needs nothing but its process
	@cli/setup.sh test
	@cli/test.sh quick

test: ## run all the tests
	@cli/setup.sh test
	@cli/test.sh

services: ## only the tests that need a database server, the web application or an engine behind a port
	@cli/setup.sh test
	@cli/test.sh services

whole: ## only the tests that need the running service or a browser
	@cli/setup.sh test
	@cli/test.sh whole

bench: ## measure everything that the documentation quotes
	@cli/setup.sh bench
	@cli/bench.sh

lint: ## style, types and the direction of imports
	@cli/setup.sh test
	@cli/lint.sh

hooks: ## the quick checks before each commit
	@cli/setup.sh test
	@.venv/bin/pre-commit install
