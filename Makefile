# Everything starts here: each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/
.DEFAULT_GOAL := help

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: pyproject.toml uv.lock
	test -x $(RUN)uv || { $(PYTHON) -m venv $(VENV) && $(RUN)python -m pip install --quiet uv; }
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(RUN)uv sync --quiet --locked --inexact --active --all-groups
	@touch $@

.PHONY: setup
setup: $(VENV)/ready  ## a virtual environment with the pinned dependencies

.PHONY: conformance
conformance: setup  ## the whole suite against the embedded reference server, with its report
	$(RUN)tfe-conformance check

.PHONY: test
test: lint  ## the project's own tests
	$(RUN)python -m pytest -p xdist -n 2 --dist worksteal tests

.PHONY: slow
slow: setup  ## the tests that take too long for `make test`
	$(RUN)python -m pytest -p xdist -n 2 -m slow tests

.PHONY: lint
lint: setup  ## ruff and mypy
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy

.PHONY: sweep
sweep: setup  ## the suite against every fault and every variant (20 minutes); writes docs/kill-matrix.*
	$(RUN)python -m tests.sweep

.PHONY: golden
golden: setup  ## the suite against some faults and variants (3 minutes), compared with tests/golden/runs.json
	$(RUN)python -m tests.golden

.PHONY: serve
serve: setup  ## the reference server at port 8080, or at PORT=, with a fault (FAULT=name) or a variant (VARIANT=name)
	$(RUN)python -m tests.serve $(if $(PORT),--port=$(PORT)) $(if $(FAULT),--fault=$(FAULT)) $(if $(VARIANT),--variant=$(VARIANT))

.PHONY: demo
demo: setup  ## the suite against a server with a fault: a red report in ten seconds
	$(RUN)python -m tests.demo

.PHONY: bench
bench: setup  ## the time of a run beside that of a bare httpx loop over the same requests
	$(RUN)python -m tests.bench

.PHONY: docs
docs: setup  ## what is made of the code: docs/requirements.md, docs/results.md, conformance/mistakes.json
	$(RUN)python -m tests.docs.requirements_doc
	$(RUN)python -m tests.unit.reports.results_doc
	$(RUN)python -m tests.mistakes

.PHONY: coverage
coverage: setup  ## which lines of the project its own tests reach
	$(RUN)coverage erase
	$(RUN)coverage run -m pytest tests
	$(RUN)coverage combine --quiet
	$(RUN)coverage report

.PHONY: lowest
lowest: setup  ## the suite with the lowest versions of its dependencies, installed for that
	$(RUN)uv venv --quiet --clear --python $(RUN)python build/lowest
	$(RUN)uv pip install --quiet --python build/lowest --resolution lowest-direct .
	build/lowest/bin/tfe-conformance check --report-dir build/lowest/report

.PHONY: wheel
wheel: setup  ## a wheel, in dist
	$(RUN)python -m build --wheel --no-isolation

.PHONY: clean
clean:  ## nothing that was made here
	rm -rf $(VENV) build dist *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis reports/latest
