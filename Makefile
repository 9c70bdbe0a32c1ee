# One virtual environment, .venv, made on first use, and brought up to date when pyproject.toml or
# constraints.txt change. Another Python: make run PYTHON=python3.12
#
# PyTorch is installed as your pip finds it. On Linux that is the CUDA build; without an NVIDIA card you can save
# 3 GB by telling pip of the index of CPU builds that PyTorch's installation page names, before the first make.

.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEER := .venv-peer
NOTEBOOK := notebooks/00_start_here.ipynb
OUT := runs/start_here
PROFILE := fast
BENCH_JSON := build/benchmarks.json
ARGS :=

# What all tests run with; a few named by ARGS start at once, in one process.
SHARED := -n logical --maxprocesses 4 --no-loadscope-reorder --durations=15
QUICK := not (browser or cluster or notebook or slow)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
INSTALL := $(BIN)/python -m pip install --quiet -c constraints.txt
VERSION := -c 'import sys; print("%d.%d" % sys.version_info[:2])'

.PHONY: help run lab test quick lint check planted book bench peer clean

help: ## this list
	@echo "make run     train on five views of digits, and get a page of pictures (ARGS=\"-p epochs 2\" to change it)"
	@echo "make lab     the same notebook in JupyterLab, with its controls"
	@echo "make quick   the tests that take no browser, no notebook and no patience, for in between"
	@echo "make test    all tests (ARGS=\"-k name\" for some)"
	@echo "make lint    ruff and mypy"
	@echo "make book    the course, executed, as a website that works from disk (PROFILE=full for its full parameters)"
	@echo "make check   run the notebooks, and compare their numbers with the baselines (ARGS=\"--seeds 3\")"
	@echo "make planted whether the check notices mistakes that are planted on purpose; writes a page of docs/"
	@echo "make bench   times and memory beside MultiVae's and the networks alone (ARGS=\"-k nll\"); writes a page of docs/"
	@echo "make peer    what docs/ say of MultiVae, and likelihoods beside its, in an environment of its own; writes a page"
	@echo "make clean   remove .venv and caches; results in runs/ stay"

run: $(VENV)/.ready-workbench
	@$(BIN)/python -m workbench run $(NOTEBOOK) --out $(OUT) --open $(ARGS)
	@echo "Next: open the page of pictures in a browser; 'make lab' lets you play with the model in the notebook."

lab: $(VENV)/.ready-workbench
	@$(BIN)/python -m workbench lab $(NOTEBOOK) $(ARGS)

test: $(VENV)/.ready-test $(VENV)/.ready-book $(VENV)/.ready-sweep
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(or $(ARGS),$(SHARED))

quick: $(VENV)/.ready-test $(VENV)/.ready-book $(VENV)/.ready-sweep
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m '$(QUICK)' $(or $(ARGS),$(SHARED))

lint: $(VENV)/.ready-test $(VENV)/.ready-book $(VENV)/.ready-sweep
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

book: $(VENV)/.ready-book
	@$(BIN)/python -m workbench.book --profile $(PROFILE) $(ARGS)

check: $(VENV)/.ready-workbench
	@$(BIN)/python -m workbench check $(ARGS)

planted: $(VENV)/.ready-workbench
	@$(BIN)/python -m bench.planted --table docs/planted_mistakes.md $(ARGS)

bench: $(PEER)/.ready
	@mkdir -p build
	@$(PEER)/bin/python -m pytest bench --benchmark-json=$(BENCH_JSON) --benchmark-quiet $(ARGS); \
	  tested=$$?; $(PEER)/bin/python -m bench.report $(BENCH_JSON) docs && exit $$tested

peer: $(PEER)/.ready
	@$(PEER)/bin/python -m bench.peer.differences
	@$(PEER)/bin/python -m bench.peer.evaluators
	@$(PEER)/bin/python -m bench.peer.likelihoods --out docs/likelihoods_beside_multivae.md $(ARGS)

clean:
	rm -rf $(VENV) $(PEER) artifacts build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Asked for another Python than the one .venv was made with?
ifeq ($(origin PYTHON)$(filter clean,$(MAKECMDGOALS)),command line)
ifneq ($(wildcard $(VENV)/.ready-python),)
ifneq ($(shell $(PYTHON) $(VERSION)),$(shell $(BIN)/python $(VERSION)))
$(error $(VENV) was made with Python $(shell $(BIN)/python $(VERSION)), not $(PYTHON): run `make clean` first)
endif
endif
endif

$(VENV)/.ready-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "The workbench needs Python 3.11 or newer; $(PYTHON) is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name one that you have, such as: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python could not make it. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

# PyTorch goes first and alone: what needs it then takes the build that is there.
$(VENV)/.ready-torch: $(VENV)/.ready-python constraints.txt
	@echo "Installing PyTorch, a large download ..."
	@$(INSTALL) "$$(grep '^torch==' constraints.txt)"
	@touch $@

$(VENV)/.ready-workbench: $(VENV)/.ready-torch pyproject.toml
	@echo "Installing the workbench and what it needs, a minute or two ..."
	@$(INSTALL) -e '.[workbench,diagnostics]'
	@touch $@

$(VENV)/.ready-%: $(VENV)/.ready-workbench
	@echo "Installing what 'make $(MAKECMDGOALS)' needs ..."
	@$(INSTALL) -e '.[workbench,diagnostics,tensorboard,$*]'
	@touch $@

# MultiVae itself comes without its dependencies: they would bring torchvision, and with it another build of PyTorch.
PEER_INSTALL := $(PEER)/bin/python -m pip install --quiet
$(PEER)/.ready: bench/peer/requirements.txt constraints.txt pyproject.toml
	@echo "Installing MultiVae in $(PEER), a few minutes ..."
	@$(PYTHON) -m venv $(PEER)
	@$(PEER_INSTALL) "$$(grep '^torch==' constraints.txt)"
	@$(PEER_INSTALL) -c constraints.txt -e '.[workbench,bench,sweep]' -r bench/peer/requirements.txt
	@$(PEER_INSTALL) --no-deps multivae==1.0.3 pythae==0.1.2 dataclasses==0.6
	@touch $@
