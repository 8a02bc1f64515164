# Everything is done by manage.py or pytest in .venv, which is made here whenever the requirements have changed.
PYTHON ?= python3
PIP_INSTALL = .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: serve test check bench bench-quick bench-ledger faults fuzz

serve: .venv/serves
	@.venv/bin/python manage.py serve

test: .venv/develops
	.venv/bin/python -m pytest

check: .venv/develops
	@.venv/bin/python manage.py check

bench: .venv/develops
	@.venv/bin/python benchmarks/full.py

bench-quick: .venv/develops
	@.venv/bin/python benchmarks/quick.py

bench-ledger: .venv/develops
	@.venv/bin/python benchmarks/ledger.py

faults: .venv/develops
	@.venv/bin/python benchmarks/faults.py

fuzz: .venv/develops
	@.venv/bin/python benchmarks/fuzz.py

.venv/serves: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; if you have it under another name: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "$(PYTHON) cannot make virtual environments: install its venv package (Debian and Ubuntu: python3-venv)"; exit 1; }
	@echo "Installing requirements.txt into .venv"
	@$(PYTHON) -m venv .venv
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

.venv/develops: .venv/serves requirements-dev.txt
	@echo "Installing requirements-dev.txt into .venv"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@
