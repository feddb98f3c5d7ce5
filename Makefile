# Two commands do all on a machine that has Python 3.11 or later: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
OUT ?= demo
# Files of tests at once; each may take 3 GB.
WORKERS ?= 2
BIN := $(VENV)/bin
TORCH := 2.13.0

.PHONY: demo test setup lint clean

demo: setup
	$(BIN)/factory demo --out $(OUT)

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(VENV)/.ready

# PyTorch first, as a CPU build: SDV needs it, and a resolver left alone may take a CUDA build of several GB.
# uv knows where CPU builds are; where it cannot reach them, pip takes what its index has for that version.
$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "uv>=0.5"
	$(BIN)/python -c "import torch" 2>/dev/null \
	  || $(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend=cpu "torch==$(TORCH)" \
	  || $(BIN)/python -m pip install --quiet "torch==$(TORCH)"
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[test]"
	@$(BIN)/python -c "import torch, sys; sys.exit(0 if torch.version.cuda is None else print('note: this is a CUDA build of PyTorch; a CPU build is enough'))" || true
	@touch $@

clean:
	rm -rf $(VENV)

.PHONY: docs
docs: setup
	$(BIN)/python -c "from factory.contract.reference import reference; print(reference(), end='')" > docs/contract.md
	$(BIN)/python -c "from factory.cli.reference import reference; print(reference(), end='')" > docs/cli.md
	$(BIN)/python -c "from factory.evidence.controls.reference import reference; print(reference(), end='')" > docs/controls.md
