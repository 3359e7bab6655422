# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# `make` lists what there is. `make -j2 test` runs two gates at a time and prints each one's output in one piece.

MAKEFLAGS += --no-print-directory --output-sync=target
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
GATE := tests/tools/gate.sh

# The longest come first, so that two at a time end together.
GATES := unit playbooks sanity examples site package integration lint molecule types docs changelog

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[.a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/.demo ## See the collection work against a simulated IES
	@PATH="$(CURDIR)/$(BIN):$$PATH" ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false \
		sh tests/tools/demo.sh

.PHONY: demo-elastic
demo-elastic: .venv/.demo-elastic ## See a burst arrive on a simulated line, and its bandwidth follow
	@PATH="$(CURDIR)/$(BIN):$$PATH" ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false \
		sh tests/tools/demo.sh demo_elastic

##### Gates

.PHONY: test
test: $(GATES) ## Run every gate below; all must pass
	@echo "All gates passed: $(GATES)"

.PHONY: lint
lint: .venv/.dev ## Style and common mistakes: Python, shell, YAML, Ansible
	@$(GATE) lint tests/tools/lint.sh

.PHONY: types
types: .venv/.dev ## Types of Python code
	@$(GATE) types mypy

.PHONY: unit
unit: .venv/.dev ## Unit tests, with coverage of plugins/
	@$(GATE) unit pytest --ignore tests/unit/playbooks --cov=plugins --cov-branch --cov-report=term-missing:skip-covered

.PHONY: playbooks
playbooks: .venv/.dev ## Unit tests that run playbooks as processes, as users do
	@$(BIN)/python tests/tools/awx_collection.py >/dev/null
	@$(GATE) playbooks pytest tests/unit/playbooks

.PHONY: examples
examples: .venv/.dev ## Every command and example of the documentation, run as a reader would
	@$(GATE) examples pytest tests/documentation

.PHONY: sanity
sanity: .venv/.dev ## Ansible's own rules for collections
	@$(GATE) sanity tests/tools/ansible_test.sh sanity

.PHONY: integration
integration: .venv/.dev ## Modules in playbooks, against the simulator
	@$(GATE) integration tests/tools/ansible_test.sh integration

.PHONY: molecule
molecule: .venv/.dev ## Users' journeys, against the simulator
	@$(GATE) molecule tests/tools/molecule.sh

.PHONY: docs
docs: .venv/.dev ## Documentation of plugins and roles: markup, references, completeness
	@$(GATE) docs tests/tools/docs.sh

.PHONY: site
site: .venv/.dev .venv-site/.installed ## Documentation as a site in build/site/html: no warning, no dead link
	@$(GATE) site tests/tools/docs_site.sh

.PHONY: changelog
changelog: .venv/.dev ## Changelog fragments
	@$(GATE) changelog antsibull-changelog lint

.PHONY: package
package: .venv/.dev .venv-package/.installed ## Build the archive and check it as Galaxy does
	@$(GATE) package tests/tools/package.sh

##### Slower or rarer

.PHONY: matrix
matrix: .venv/.dev .venv-awx/requirements.txt ## Tests on every supported ansible-core, known vulnerabilities (slow)
	@$(GATE) matrix $(BIN)/python tests/tools/matrix.py

.PHONY: contract
contract: .venv/.dev ## Tests with Prism (npm) in between, which refuses what docs/openapi.json does not describe
	@$(GATE) contract $(BIN)/python tests/tools/contract.py

.PHONY: eda
eda: .venv/.dev ## The event source in a real ansible-rulebook (needs Java 17)
	@$(GATE) eda $(BIN)/python tests/tools/eda.py

.PHONY: bench
bench: .venv/.dev ## Measure what users wait for
	@$(GATE) bench tests/tools/bench.sh

.PHONY: elastic-report
elastic-report: .venv/.dev ## Replay months of traffic under every profile into docs/elastic.md (CSV=file: recorded traffic too, NAME="what it is")
	@$(GATE) elastic-report $(BIN)/python -m tests.benchmarks.elastic --write docs/elastic.md $(if $(CSV),--csv "$(CSV)") $(if $(NAME),--name "$(NAME)")

.PHONY: reliability
reliability: .venv/.dev ## Try every fault at every operation, and rewrite docs/reliability.md
	@$(GATE) reliability $(BIN)/python -m tests.reliability

.PHONY: hook
hook: .venv/.dev ## Install the hook of .pre-commit-hooks.yaml as pre-commit does, and run it
	@$(GATE) hook tests/tools/hook.sh

.PHONY: promises
promises: .venv/.dev ## What users are promised, beside the tests that hold it
	@$(BIN)/python -m tests.tools.promises

.PHONY: soak
soak: .venv/.dev ## Walk the state machine of tests/unit/model far (SEED=n: that way again, STEPS=n: 10000)
	@$(GATE) soak $(BIN)/python -m tests.soak.convergence $(addprefix --seed ,$(SEED)) $(addprefix --steps ,$(STEPS))

.PHONY: kills
kills: .venv/.dev ## Kill playbooks at random moments, run them again, and look at what is there (SEED=n, COUNT=n: 200)
	@$(GATE) kills $(BIN)/python -m tests.soak.kills $(addprefix --seed ,$(SEED)) $(addprefix --count ,$(COUNT))

.PHONY: release
release: .venv/.dev .venv-package/.installed ## Prepare a release (VERSION=1.0.0): version, changelog, archive, text of the tag
	@$(GATE) release python -m tests.tools.release "$(VERSION)"

.PHONY: format
format: .venv/.dev ## Format Python code and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: options
options: .venv/.dev ## Rewrite the documentation that several pages share from docs/source
	@$(BIN)/python -m tests.tools.options

.PHONY: schema
schema: .venv/.dev ## Rewrite docs/schema from the argument specs and docs/source
	@$(BIN)/python -m tests.tools.schema

.PHONY: gitops-page
gitops-page: .venv/.dev ## Play the life of a change, and rewrite the screens of docs/gitops.md
	@$(BIN)/python -m tests.documentation.gitops_page

.PHONY: awx-data
awx-data: .venv/.dev ## Rewrite extensions/awx/aap_configuration.yml from the other data of the AWX kit
	@$(BIN)/python -m tests.tools.aap

.PHONY: openapi
openapi: .venv/.dev ## Rewrite docs/openapi.json from the simulator
	@$(BIN)/python -m tests.simulator --openapi > docs/openapi.json.new
	@mv docs/openapi.json.new docs/openapi.json

.PHONY: clean
clean: ## Remove everything made here
	@sh tests/tools/clean.sh

##### Virtual environments; a stamp is older than the requirements it stands for only until they are installed

.PHONY: .venv
.venv: .venv/.dev ## Everything development needs

.venv/.demo: requirements-demo.txt tests/tools/venv.sh
	@echo "Preparing .venv (about 20 s the first time)"
	@sh tests/tools/venv.sh .venv -r requirements-demo.txt
	@touch $@

.venv/.demo-elastic: .venv/.demo meta/ee-requirements.txt
	@echo "Completing .venv for pictures"
	@sh tests/tools/venv.sh .venv -r meta/ee-requirements.txt
	@touch $@

.venv/.dev: .venv/.demo requirements-test.txt requirements-dev.txt
	@echo "Completing .venv for development"
	@sh tests/tools/venv.sh .venv -r requirements-dev.txt
	@touch $@

.venv-site/.installed: requirements-site.txt tests/tools/venv.sh
	@echo "Preparing .venv-site"
	@sh tests/tools/venv.sh --bare .venv-site -r requirements-site.txt
	@touch $@

.venv-package/.installed: requirements-package.txt tests/tools/venv.sh
	@echo "Preparing .venv-package"
	@sh tests/tools/venv.sh --bare .venv-package -r requirements-package.txt
	@touch $@

.venv-awx/requirements.txt: requirements-awx.txt tests/tools/awx_collection.py .venv/.dev
	@echo "Fetching awx.awx"
	@$(BIN)/python tests/tools/awx_collection.py >/dev/null
	@touch $@
