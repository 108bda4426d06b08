# `make demo` and `make test` need Python 3.11 or newer, a C++ compiler and, the first time, a package index.
# Everything lands in .venv and build/; another Python: make test PYTHON=python3.13

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=

PY     := $(VENV)/bin/python
NATIVE := $(shell find cpp -type f 2>/dev/null)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: FORCE help demo test install tools examples bench native fuzz lint format types docs clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install  ## questions, drawn pictures and a gallery from the embedded scene, in demo/
	$(VENV)/bin/spatialkit demo --out demo $(ARGS)

test: install  ## all tests; make test ARGS="-k boxes" for some
	$(PY) -m pytest $(ARGS)

examples: install  ## run each example; what they write is kept in build/examples/
	@rm -rf build/examples
	SPATIALKIT_EXAMPLES_OUT=build/examples $(PY) -m pytest tests/test_examples.py -v $(ARGS)

bench: install  ## the table of benchmarks (peers: pip install '.[bench]')
	$(PY) -m benchmarks $(ARGS)

native: $(VENV)/.build-tools  ## the C++ tests under sanitisers: address and undefined behaviour, then threads
	$(call native,address,all,)
	$(call native,thread,threads_test,-R '^threads$$')

# Builds a target with a sanitiser and runs the tests that it is for.
define native
	PATH="$(abspath $(VENV))/bin:$$PATH" cmake -S cpp -B build/native-$(1) -G Ninja \
	    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSPATIALKIT_BUILD_TESTS=ON -DSPATIALKIT_SANITIZE=$(1)
	PATH="$(abspath $(VENV))/bin:$$PATH" cmake --build build/native-$(1) --target $(2)
	PATH="$(abspath $(VENV))/bin:$$PATH" ctest --test-dir build/native-$(1) --output-on-failure --no-tests=error $(3)
endef

fuzz: install  ## damaged files into every reader for a minute; make fuzz ARGS="--seconds 600 --seed 1"
	$(PY) -m tests.fuzz $(ARGS)

lint: tools  ## ruff and clang-format, changing nothing
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	find cpp -name '*.hpp' -o -name '*.cpp' | xargs $(VENV)/bin/clang-format --dry-run --Werror

format: tools  ## format everything in place
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	find cpp -name '*.hpp' -o -name '*.cpp' | xargs $(VENV)/bin/clang-format -i

types: tools  ## mypy, strict, on the package and the examples
	$(PY) -m mypy

docs: tools  ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

clean:  ## remove everything that the targets made
	rm -rf $(VENV) build dist site demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

install: $(VENV)/.installed
tools: install $(VENV)/.tools

# Stamps: a second run installs nothing. Python files are used in place, so what counts is the core, pyproject.toml and
# which Python files there are: the editable install remembers where each module was.
FORCE:
$(VENV)/.modules: FORCE | $(VENV)/.created
	@find src -name '*.py' | sort > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
	    "spatialkit needs Python 3.11 or newer, and $(PYTHON) is %d.%d: make ... PYTHON=python3.12" % v[:2])'
	@echo "Installing into $(VENV): a minute or two, once."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.build-tools: pyproject.toml scripts/requirements.py | $(VENV)/.created
	@$(PY) scripts/requirements.py build | $(PY) -m pip install -q -r /dev/stdin
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.modules $(NATIVE) | $(VENV)/.build-tools
	@echo "Building the core and installing what the tests need."
	@$(PY) -m pip install -q --no-build-isolation --config-settings=build-dir=build/editable -e '.[test]'
	@touch $@

$(VENV)/.tools: pyproject.toml scripts/requirements.py | $(VENV)/.created
	@echo "Installing the tools for lint, types and docs."
	@$(PY) scripts/requirements.py docs lint | $(PY) -m pip install -q -r /dev/stdin
	@touch $@
