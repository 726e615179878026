# Thin wrappers; everything is in zorgstroom.py, which also runs where there is no make.
PYTHON ?= python3

.PHONY: compare test docs lock clean

compare:
	$(PYTHON) zorgstroom.py compare

test:
	$(PYTHON) zorgstroom.py test

# The pages made from the code and the notebooks; a test says when they are stale.
docs:
	$(PYTHON) zorgstroom.py docs

# Resolve the dependencies anew (needs uv); the environment follows at the next command.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate --output-file requirements.lock

clean:
	rm -rf .venv .venv.lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
