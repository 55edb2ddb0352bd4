# Everything a developer or a build machine does.  Each target makes what it needs, from Python >= 3.11 and make alone.

VENV := .venv
CLIENTS := .venv-clients
UV := .venv-uv
BIN := $(VENV)/bin
# Of the other policy engines that ours is measured beside.
PEERS := .venv-bench

# The tools of tests/clients that have targets of their own.
RECORDED := terraform ansible auditors identity-providers s3-servers

# An environment of its own for the compiled wheel, with everything that the tests need.
COMPILED := .venv-compiled
# More words for pytest (`make test ARGS="-k sigv4 -x"`).
ARGS ?=
# What pytest is told for all that needs no programs of others.  Files in their order: with those of few tests last, as they would
# be, one of the longest is begun at the end, and the other cores wait for it.
OWN := --ignore=tests/clients --ignore=tests/browser -n auto --dist loadfile --no-loadscope-reorder

# Some images set it; then each of the processes of a test run compiles the whole of the tests, and each program that one starts
# the whole of iamd.
unexport PYTHONDONTWRITEBYTECODE
# More words for the server (`make dev DEV_ARGS="--port 5000"`).
DEV_ARGS ?=

# More words for the programs of `make judge` and `make mutants`.
JUDGE_ARGS ?=
MUTANTS_ARGS ?=

# How long `make fuzz` gives each of its targets, and how often it asks for each operation.
FUZZ_SECONDS ?= 30
FUZZ_CASES ?= 200

# More words for `make soak`.
SOAK_ARGS ?=

# How often `make faults` kills.
FAULTS_RUNS ?= 200

INSTALL = -m pip install --quiet --disable-pip-version-check --no-input
READY := $(VENV)/.project
CLIENTS_READY := $(CLIENTS)/.requirements
COMPILED_READY := $(COMPILED)/.project
UV_READY := $(UV)/.requirements

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help: ## Say what there is (this text).
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1 \2/p' $(MAKEFILE_LIST) | while read -r name text; do \
		printf '  make %-18s %s\n' "$$name" "$$text"; done

.PHONY: dev
dev: $(READY) ## Start a throw-away server on 127.0.0.1:4263 and print how to use it.
	@$(BIN)/iamd dev $(DEV_ARGS)

.PHONY: test
test: $(READY) ## Run the fast tests (the PostgreSQL half too, if the machine has a server).
	$(BIN)/pytest -m "not deep and not slow" $(OWN) $(ARGS)

.PHONY: test-slow
test-slow: $(READY) ## Run the tests of whole programs, and other proofs that take seconds each.
	$(BIN)/pytest -m "slow and not deep" $(OWN) $(ARGS)

.PHONY: compiled
compiled: $(COMPILED_READY) ## Build iamd with the modules that requests meet compiled, in an environment of its own (needs a C compiler).

.PHONY: test-compiled
test-compiled: $(COMPILED_READY) ## Run the fast tests against the compiled modules.
	@# Pages of the reference are made of docstrings, which what is compiled has not.
	IAMD_TEST_COMPILED=1 $(COMPILED)/bin/pytest -m "not deep and not slow" $(OWN) --deselect tests/house/test_docs.py $(ARGS)

.PHONY: test-postgres
test-postgres: $(READY) ## Run only the tests that need PostgreSQL; fail if there is no server.
	CI=true $(BIN)/pytest -m postgres --ignore=tests/clients $(ARGS)

web/node_modules/.package-lock.json: web/package-lock.json
	npm ci --silent --prefix web
	@touch $@

.PHONY: console
console: web/node_modules/.package-lock.json ## Build the console's pages into the package (needs node 20 and npm).
	npm run --silent --prefix web build

.PHONY: browser
browser: docs $(VENV)/.browser web/node_modules/.package-lock.json ## Use the console, and read the documentation, with a real Chromium, installed where there is none (needs node and npm).
	@tools/chromium.sh
	$(BIN)/pytest tests/browser $(ARGS)

.PHONY: screenshots
screenshots: $(READY) $(VENV)/.browser web/node_modules/.package-lock.json ## Take the documentation's pictures of the console anew.
	@tools/chromium.sh
	IAMD_TEST_PICTURES=$(abspath docs/images) $(BIN)/pytest tests/browser/test_pictures.py $(ARGS)

$(VENV)/.browser: requirements/browser.txt $(READY)
	$(BIN)/python $(INSTALL) --require-hashes -r requirements/browser.txt
	@touch $@

.PHONY: nginx
nginx: $(READY) ## Run the tests with a real nginx, which is installed where there is none (Debian, as root).
	@tools/nginx.sh
	CI=true $(BIN)/pytest tests/enforcement/test_nginx.py $(ARGS)

.PHONY: shells
shells: $(READY) ## Run the tests with a real zsh and fish, which are installed where there are none (Debian, as root).
	@tools/shells.sh
	CI=true $(BIN)/pytest tests/cli/test_completion_shells.py tests/cli/test_env_and_exec.py $(ARGS)

.PHONY: envoy
envoy: $(READY) .venv-envoy/.requirements ## Run the tests with a real Envoy, from a virtual environment of its own.
	CI=true IAMD_TEST_ENVOY=$(abspath .venv-envoy)/bin/envoy $(BIN)/pytest tests/enforcement/test_envoy.py $(ARGS)

.PHONY: traefik
traefik: $(READY) ## Run the tests with a real Traefik, which is built first (needs Go, and a quarter of an hour).
	@tools/traefik.sh .venv-traefik/traefik
	CI=true IAMD_TEST_TRAEFIK=$(abspath .venv-traefik/traefik) $(BIN)/pytest tests/enforcement/test_traefik.py $(ARGS)

.PHONY: test-deep
test-deep: $(READY) ## Run the long profiles: fuzzing and laws over many examples.
	$(BIN)/pytest -m deep --ignore=tests/clients $(ARGS)

.PHONY: fuzz
fuzz: $(READY) ## Shake tokens, SAML responses and forms (FUZZ_SECONDS=30 each) and every operation (FUZZ_CASES=200), from new seeds.
	IAMD_TEST_FUZZ_SECONDS=$(FUZZ_SECONDS) IAMD_TEST_FUZZ_CASES=$(FUZZ_CASES) $(BIN)/pytest -m deep tests/fuzz -n auto $(ARGS)

.PHONY: fuzz-again
fuzz-again: $(READY) ## The same from the same seeds every time, 5 seconds each: what CI does.
	IAMD_TEST_FUZZ_SEED=191 IAMD_TEST_FUZZ_SECONDS=5 IAMD_TEST_FUZZ_CASES=200 $(BIN)/pytest -m deep tests/fuzz -n auto $(ARGS)

.PHONY: faults
faults: $(READY) ## Kill servers, crash, freeze or fail over PostgreSQL, break the disk, cut the power amid writes (FAULTS_RUNS=200); damage pages, use everything up, change keys under load, and clocks; migrate and restore much.
	$(BIN)/python -m tests.faults.run --runs $(FAULTS_RUNS) --database sqlite
	$(BIN)/python -m tests.faults.run --runs $(FAULTS_RUNS) --database postgres
	$(BIN)/python -m tests.faults.run --runs $$(($(FAULTS_RUNS) / 4)) --database sqlite --workers 2
	$(BIN)/python -m tests.faults.run --runs $$(($(FAULTS_RUNS) / 4)) --fault postgres
	$(BIN)/python -m tests.faults.run --runs $$(($(FAULTS_RUNS) / 20)) --database sqlite --users 4000
	$(BIN)/python -m tests.faults.run --runs $$(($(FAULTS_RUNS) / 20)) --database postgres --users 4000
	$(BIN)/python -m tests.faults.power --runs $(FAULTS_RUNS)
	$(BIN)/python -m tests.faults.failover --runs $$(($(FAULTS_RUNS) / 10))
	$(BIN)/python -m tests.faults.silence
	$(BIN)/python -m tests.faults.partition --runs $$(($(FAULTS_RUNS) / 10))
	$(BIN)/python -m tests.faults.disk
	$(BIN)/python -m tests.faults.exhaustion --turns $$((1 + $(FAULTS_RUNS) / 100))
	$(BIN)/python -m tests.faults.exhaustion --only slow --connections 5000
	$(BIN)/python -m tests.faults.damage --runs $$(($(FAULTS_RUNS) / 2))
	$(BIN)/python -m tests.faults.clocks --database sqlite
	$(BIN)/python -m tests.faults.clocks --database postgres
	$(BIN)/python -m tests.faults.backups
	$(BIN)/python -m tests.faults.rotations
	$(BIN)/python -m tests.faults.migrations --runs $$((1 + $(FAULTS_RUNS) / 100))
	$(BIN)/python -m tests.faults.large --megabytes $$(($(FAULTS_RUNS) / 2)) --secrets $$(($(FAULTS_RUNS) * 50)) --kills $$((1 + $(FAULTS_RUNS) / 100))

.PHONY: faults-long
faults-long: ## The same with 2,000 runs: hours.
	$(MAKE) --no-print-directory faults FAULTS_RUNS=2000

.PHONY: golden
golden: $(READY) ## Write the golden matrix of authorization anew; read the difference before you keep it.
	$(BIN)/python -m tests.house.matrix --write

.PHONY: mapped
mapped: $(READY) ## Count the operations that the gateway can map anew; read the difference before you keep it.
	$(BIN)/python -m tests.enforcement.mapped_operations --write

.PHONY: judge
judge: $(READY) ## Hold the policy engine against its judge on ten million random pairs (JUDGE_ARGS="--seed 1 --pairs …").
	$(BIN)/python -m tests.iampolicy.differential --pairs 10000000 $(JUDGE_ARGS)

.PHONY: mutants
mutants: $(READY) ## See whether the judge finds each of many mistakes made in the policy engine.
	$(BIN)/python -m tests.iampolicy.mutants $(MUTANTS_ARGS)

.PHONY: clients
clients: $(READY) $(CLIENTS_READY) ## Run unmodified client programs against a server of their own.
	IAMD_TEST_CLIENTS=$(abspath $(CLIENTS))/bin $(BIN)/pytest tests/clients $(patsubst %,--ignore=tests/clients/%,$(subst -,_,$(RECORDED))) $(ARGS)

.PHONY: terraform
terraform: $(READY) ## Apply, change and destroy a configuration of everything in IAM, with two providers.
	$(BIN)/pytest tests/clients/terraform tests/clients/test_record.py $(ARGS)

.PHONY: ansible
ansible: $(READY) .venv-ansible/.requirements ## Run playbooks with Ansible's modules of IAM: present, again, absent.
	IAMD_TEST_ANSIBLE=$(abspath .venv-ansible)/bin $(BIN)/pytest tests/clients/ansible tests/clients/test_record.py $(ARGS)

.PHONY: auditors
auditors: $(READY) .venv-auditors/.requirements ## Let programs that judge accounts, or empty them, do so.
	IAMD_TEST_AUDITORS=$(abspath .venv-auditors)/bin $(BIN)/pytest tests/clients/auditors tests/clients/test_record.py $(ARGS)

.PHONY: identity-providers
identity-providers: $(READY) ## Sign in at an OpenID provider and a SAML identity provider that others wrote (needs node and npm).
	$(BIN)/pytest tests/clients/identity_providers tests/clients/test_record.py $(ARGS)

.PHONY: s3-servers
s3-servers: $(READY) $(CLIENTS_READY) .venv-s3-servers/.requirements ## Put iamd in front of two S3 servers that others wrote (one of them needs Go): all of S3, and programs that use it.
	IAMD_TEST_CLIENTS=$(abspath $(CLIENTS))/bin IAMD_TEST_S3_SERVERS=$(abspath .venv-s3-servers)/bin \
		$(BIN)/pytest tests/clients/s3_servers tests/clients/test_record.py $(ARGS)

.PHONY: compatibility
compatibility: ## Run the clients, record what they did, and write the README's table.
	CI=true IAMD_TEST_COMPATIBILITY=write $(MAKE) --no-print-directory clients $(RECORDED) \
		ARGS="--deselect tests/clients/test_record.py"
	$(BIN)/python tools/compatibility.py --write

.PHONY: lint
lint: $(READY) ## Check style, types and which room imports which.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: fix
fix: $(READY) ## Mend what ruff can mend.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(READY) $(CLIENTS_READY) $(if $(shell command -v cc),$(COMPILED_READY)) ## Measure; prints figures, asserts nothing.
	@for program in bench/bench_*.py; do \
		echo "== $$program"; $(BIN)/python -m "bench.$$(basename "$$program" .py)" || exit 1; done

.PHONY: soak
soak: $(READY) $(CLIENTS_READY) ## Keep 12,000 connections to a server for ten minutes (SOAK_ARGS="--minutes 60 --rate 1000").
	$(BIN)/python -m bench.soak $(SOAK_ARGS)

.PHONY: bench-minio
bench-minio: ## Build MinIO, whose STS `make bench` then measures beside (needs Go, and half an hour).
	@tools/minio.sh .venv-minio/minio

.PHONY: bench-policy
bench-policy: $(PEERS)/.requirements ## Measure the policy engine beside others (one of them needs node and npm).
	@if command -v npm >/dev/null; then npm ci --silent --prefix bench/iam-simulate; fi
	PYTHONPATH=src $(PEERS)/bin/python -m bench.bench_policy $(ARGS)

.PHONY: docs
docs: $(READY) .venv-docs/.requirements ## Write the reference pages that come from the code, check every link, and build the site in build/site.
	$(BIN)/python -m tools.docs --write
	.venv-docs/bin/python -m tools.build_site build/site
	@echo "build/site/index.html"

.PHONY: docs-serve
docs-serve: docs ## Show the site on 127.0.0.1:8263.
	.venv-docs/bin/python -m http.server --bind 127.0.0.1 --directory build/site 8263

.PHONY: postgres
postgres: ## Install PostgreSQL's server for the tests where there is none (Debian, as root).
	@tools/postgres.sh

.PHONY: requirements
requirements: $(UV_READY) ## Pin the dependencies anew (UPGRADE=1: to their newest versions).
	tools/compile-requirements.sh $(UV)/bin/uv $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove the virtual environments and every cache.
	rm -rf $(VENV) $(CLIENTS) $(COMPILED) $(UV) .venv-ansible .venv-auditors .venv-docs .venv-envoy .venv-minio .venv-traefik .venv-s3-servers .mypy_cache .ruff_cache .import_linter_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environments.  A stamp is newer than what it was made from, so a second `make` finds nothing to do.

%/bin/python:
	tools/venv.sh $*

$(VENV)/.requirements: requirements/dev.txt requirements/managed-policies.txt | $(BIN)/python
	$(BIN)/python $(INSTALL) --require-hashes -r requirements/dev.txt
	$(BIN)/python $(INSTALL) --require-hashes --no-deps -r requirements/managed-policies.txt
	@touch $@

$(READY): $(VENV)/.requirements pyproject.toml
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(COMPILED)/.requirements: requirements/dev.txt requirements/managed-policies.txt requirements/compiled.txt | $(COMPILED)/bin/python
	$(COMPILED)/bin/python $(INSTALL) --require-hashes -r requirements/dev.txt -r requirements/compiled.txt
	$(COMPILED)/bin/python $(INSTALL) --require-hashes --no-deps -r requirements/managed-policies.txt
	@touch $@

$(COMPILED_READY): $(COMPILED)/.requirements pyproject.toml tools/compiled.py $(shell find src -type f -not -path '*/__pycache__/*')
	IAMD_COMPILED=1 $(COMPILED)/bin/python $(INSTALL) --no-deps --no-build-isolation --force-reinstall .
	@touch $@

%/.requirements: | %/bin/python
	$*/bin/python $(INSTALL) --require-hashes -r requirements/$(*:.venv-%=%).txt
	@touch $@

$(CLIENTS_READY): requirements/clients.txt
.venv-ansible/.requirements: requirements/ansible.txt
.venv-auditors/.requirements: requirements/auditors.txt
.venv-docs/.requirements: requirements/docs.txt
.venv-envoy/.requirements: requirements/envoy.txt
.venv-s3-servers/.requirements: requirements/s3-servers.txt
$(PEERS)/.requirements: requirements/bench.txt
$(UV_READY): requirements/uv.txt

.PRECIOUS: %/bin/python
