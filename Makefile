# `make run`, `make test` and `make ui` need no set-up: each first creates .venv.

PYTHON ?= python3
BIN := .venv/bin
# Compiled bytecode halves start-up time; the shell may have disabled it.
export PYTHONDONTWRITEBYTECODE :=
export PATH := $(CURDIR)/$(BIN):$(PATH)
# settings of uv or another environment must not leak into ours
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.PHONY: run ocr dask s3 extra-tests rebuild rescan upgrade ui explore parse test docs lint audit sbom format bench resilience lock clean

run: .venv/installed
	@$(BIN)/python -m orchestration refresh

# Optional extras: OCR for scans and pictures (扫描件, 279 MB), several machines (FAZHI_ENGINE=dask…),
# reports in a bucket (FAZHI_REPORTS=s3://…), and requirements of their tests.
ocr dask s3 extra-tests: %: .venv/%

.venv/ocr .venv/dask .venv/s3 .venv/extra-tests: .venv/%: requirements-%.lock .venv/installed
	@echo "Installing $* …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

rebuild: .venv/installed
	@$(BIN)/python -m orchestration rebuild $(if $(YEAR),--year $(YEAR)) $(if $(REPORT),--report $(REPORT))

ui: .venv/installed
	@$(BIN)/python -m orchestration ui --port $(or $(PORT),3000) $(if $(READ_ONLY),--read-only)

# For file systems without a change time, as on Windows, where contents may change unnoticed.
rescan: .venv/installed
	@$(BIN)/python -m orchestration rescan

# Runs do this automatically.
upgrade: .venv/installed
	@$(BIN)/python -m orchestration upgrade

explore: .venv/installed
	@$(BIN)/python -m orchestration explore --port $(or $(PORT),8000)

parse: .venv/installed
	@$(BIN)/python -m orchestration parse

# Test files run in parallel, one per core, in the order of tests/conftest.py; tests of a file share fixtures.
test: .venv/installed
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# Query results and the data dictionary come from the sample reports, whatever the settings.
docs: .venv/installed
	@FAZHI_REPORTS=seeds/reports FAZHI_DATA=data/docs $(BIN)/python -m orchestration refresh
	@FAZHI_REPORTS=seeds/reports FAZHI_DATA=data/docs $(BIN)/python -m orchestration.publishing.documents

lint: .venv/installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint dbt_project
	@$(BIN)/python -m tests.supply.check_licences

# Checks locked dependencies for known vulnerabilities in a public database; needs the internet.
audit: .venv/supply/installed
	@.venv/supply/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

# The software bill of materials of a release (CycloneDX, JSON).
sbom: .venv/supply/installed
	@mkdir -p dist
	@PYTHONWARNINGS=ignore .venv/supply/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o dist/fazhi-sbom.cdx.json requirements.lock
	@echo "dist/fazhi-sbom.cdx.json"

# A separate environment, because these tools must not change what they inspect.
.venv/supply/installed: .venv/installed
	@$(PYTHON) -m venv .venv/supply
	@.venv/supply/bin/python -m pip install -qq --disable-pip-version-check "pip-audit>=2.10,<3" "cyclonedx-bom>=7.5,<8"
	@touch $@

bench: .venv/installed
	@$(BIN)/python -m tests.benchmarks.bench_pipeline $(if $(SCALES),--scales $(SCALES)) $(if $(BENCH_DIR),--folder $(BENCH_DIR))

# Kills, double starts, full disks, 2,000 hostile files: about an hour.
resilience: .venv/installed
	@for script in fuzz damage surroundings together two_hosts pieces kill_upgrade sequences kill_anywhere; do $(BIN)/python -m tests.resilience.$$script || exit 1; done

format: .venv/installed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, {sys.executable} is {v.major}.{v.minor}: make PYTHON=python3.12 …")'
	@echo "Creating .venv (about two minutes, once) …"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# uv writes one lock file for all supported Pythons; it is needed only here.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --no-header --quiet --output-file requirements.lock
	@also=; for extra in ocr dask s3 extra-tests; do \
		$(PYTHON) -c 'import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")' $$extra \
		| uv pip compile - --constraint requirements.lock $$also --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --no-header --no-annotate --quiet --output-file requirements-$$extra.lock || exit 1; \
		also="$$also --constraint requirements-$$extra.lock"; done

# Not data/: people's decisions (corrections/, reference/) and texts of files that are gone are nowhere else.
clean:
	rm -rf .venv dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
