# `make` alone lists what there is. Variables may be given on the command line: make test PYTEST_ARGS="-x -k attention"

# The first of the given commands that runs, has a version in the given range, and can make an environment. It is not
# enough that a command exists: pyenv leaves ones that answer only "command not found", and some systems have no ensurepip.
first_python = $(shell for python in $(1); do \
	$$python -c "import sys, ensurepip; sys.exit(not $(2) <= sys.version_info[:2] <= $(3))" 2>/dev/null \
	&& echo $$python && break; done)

PYTHON        ?= $(call first_python,python3.13 python3.12 python3.11 python3.10 python3,(3, 10),(3, 13))
ifeq ($(shell uname -sm),Linux aarch64)
NO_ADDONS_PYTHON = tensorflow-addons has no wheels for Linux on ARM.
else
# An environment made earlier with ADDONS_PYTHON=... counts, so that it need not be named again.
ADDONS_PYTHON ?= $(call first_python,.venv-addons/bin/python python3.11 python3.10 python3,(3, 10),(3, 11))
NO_ADDONS_PYTHON = No Python 3.10 or 3.11 was found, and tensorflow-addons has no wheels for newer ones: \
	name one, as in make setup-addons ADDONS_PYTHON=python3.11
endif

# Two processes: most of the time goes into tracing, which is Python and takes one core. Files go to them in the order of
# tests/conftest.py. A process that dies fails its test; xdist would start another, and with loadfile then wait for ever.
PYTEST_ARGS  ?= -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart=0
# What depends on the versions of TensorFlow and Keras: layers, networks, files of weights, steps, graphs and exports, and
# the messages that commands hold back. The rest is NumPy, Pillow, YAML and flags, the same in both environments.
# Tests marked `newest` are left out there for the time that they take: what they test depends little on TensorFlow's version,
# or is tested there with another system.
ADDONS_TESTS ?= tests/layers tests/systems tests/weights tests/export tests/formats/test_pytorch.py \
	$(addprefix tests/objectives/test_, losses.py metrics.py) tests/cli/test_quiet.py tests/cli/test_import_release.py \
	$(addprefix tests/training/test_, average.py loss_scale.py muon.py step.py step_of_systems.py strategy.py) \
	tests/training/test_trainer.py tests/training/test_workers.py \
	$(addprefix tests/inpainting/test_, inpainter.py precision.py)

# Python compiles what is imported; most of what lies in the packages never is.
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --no-compile

# TensorFlow greets every start with several lines; its warnings and errors still show.
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help setup setup-addons lint test test-addons docs demo clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/installed $(if $(EXTRAS),.venv/installed-$(EXTRAS))  ## install into .venv (PYTHON=python3.12: with this one; EXTRAS=cuda: for GPUs)

setup-addons: .venv-addons/installed  ## the same with TensorFlow 2.15 and tensorflow-addons, into .venv-addons

# In steps, because pip tries versions of everything for many minutes where tfds comes into an empty environment. Ray and
# the server are in the first environment only: nothing about them depends on TensorFlow's version.
# The stamps let a second call return at once; a change of the requirements in setup.py installs again.
.venv/installed: setup.py | .venv/bin/pip
	.venv/bin/python $(PIP_INSTALL) --editable ".[test,serve,heif,features,patchmatch]"
	.venv/bin/python $(PIP_INSTALL) --editable ".[test,serve,heif,features,patchmatch,tfds]"
	.venv/bin/python $(PIP_INSTALL) --editable ".[test,serve,heif,features,patchmatch,tfds,ray]"
	.venv/bin/python $(PIP_INSTALL) --editable ".[test,serve,heif,features,patchmatch,tfds,ray,onnx,tflite]"
	@touch $@

.venv/installed-%: setup.py | .venv/installed
	.venv/bin/python $(PIP_INSTALL) --editable ".[$*]"
	@touch $@

.venv-addons/installed: setup.py | .venv-addons/bin/pip
	.venv-addons/bin/python $(PIP_INSTALL) --editable ".[addons,test,features,patchmatch]"
	.venv-addons/bin/python $(PIP_INSTALL) --editable ".[addons,test,features,patchmatch,tfds]"
	@touch $@

.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "No Python 3.10 to 3.13 was found: name one, as in make setup PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv-addons/bin/pip:
	@test -n "$(ADDONS_PYTHON)" || { echo "$(NO_ADDONS_PYTHON)"; exit 1; }
	$(ADDONS_PYTHON) -m venv .venv-addons

lint: setup  ## check style, formatting and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

test:  ## check style, run all tests, and then test-addons
	@$(MAKE) --no-print-directory --jobs=2 setup $(if $(ADDONS_PYTHON),setup-addons)
	@$(MAKE) --no-print-directory lint
	.venv/bin/pytest $(PYTEST_ARGS)
	@$(MAKE) --no-print-directory test-addons

# A machine without such a Python can still test the rest; on a build server the gap would go unseen, so there it fails.
test-addons:  ## run ADDONS_TESTS with TensorFlow 2.15 and tensorflow-addons
	@if test -n "$(ADDONS_PYTHON)"; then \
		$(MAKE) --no-print-directory setup-addons && set -x && .venv-addons/bin/pytest $(PYTEST_ARGS) -m 'not newest' $(ADDONS_TESTS); \
	else \
		echo "NOT RUN: the tests with tensorflow-addons. $(NO_ADDONS_PYTHON)"; \
		test -z "$$CI"; \
	fi

docs: setup  ## write pages of the Python API to build/docs
	.venv/bin/python docs/api.py build/docs

demo: setup  ## complete the example pictures
	.venv/bin/deepfill demo

clean:  ## remove caches and build outputs, but not the environments
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
