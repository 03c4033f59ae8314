# Two commands are all a newcomer needs: `make up` and `make test`.
.PHONY: up test bench lint

up: ## start the whole service on embedded defaults; Ctrl-C stops it
	@cli/setup.sh up
	@exec .venv/bin/rientro up

test: ## run all the tests
	@cli/setup.sh test
	@cli/test.sh

bench: ## measure everything that the documentation quotes
	@cli/setup.sh bench
	@cli/bench.sh

lint: ## style, types and the direction of imports
	@cli/setup.sh test
	@cli/lint.sh
