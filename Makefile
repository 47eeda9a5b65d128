# Everything starts here: each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

$(VENV)/ready: pyproject.toml uv.lock
	test -x $(RUN)uv || { $(PYTHON) -m venv $(VENV) && $(RUN)python -m pip install --quiet uv; }
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(RUN)uv sync --quiet --locked --inexact --active
	@touch $@

setup: $(VENV)/ready  ## a virtual environment with the pinned dependencies

conformance: setup  ## the whole suite against the embedded reference server, with its report
	$(RUN)tfe-conformance check

test: setup lint  ## the project's own tests
	$(RUN)python -m pytest tests

lint: setup  ## ruff and mypy
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy

.PHONY: help setup conformance test lint
