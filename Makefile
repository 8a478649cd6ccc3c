# Everything runs in .venv of this folder; nothing else is touched.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= demo
ROWS   ?= 2000
PORT   ?= 8080
PROCESSES ?= 2

.PHONY: install test lint unit demo lock bench bench-150k clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "oddsky needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: install
	$(BIN)/oddsky demo --into $(DEMO) --rows $(ROWS) --port $(PORT)

test: lint unit

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What drives windows or minds the clock wants the machine for itself; the rest shares it by files.
unit: install
	@folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && export ODDSKY_TEST_FOLDER="$$folder" && \
	$(BIN)/pytest -m alone && \
	$(BIN)/pytest -m "not alone" -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

bench: install
	$(BIN)/python -m tests.benchmarks

# Half an hour and 30 GB below BENCH.
BENCH ?= .

bench-150k: install
	$(BIN)/python -m tests.benchmarks.ingest_150k --folder $(BENCH)
	$(BIN)/python -m tests.benchmarks.peer_way --folder $(BENCH)

lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
