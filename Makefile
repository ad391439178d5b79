# Everything that is done in this checkout. `make` alone shows what there is.
.DEFAULT_GOAL := help
.SUFFIXES:

BIN := $(CURDIR)/.venv/bin
# Namespaces need root. Where we are not root, sudo keeps the environment and is handed our PATH.
SUDO := $(if $(filter 0,$(shell id -u)),,sudo -E env PATH=$(BIN):$(PATH))
LINK := .build/collections/ansible_collections/podroute/calico_f5
# The packages that `make coverage` measures, as in pyproject.toml.
PURE := adopt cis common decommission drain intent verify zebos
# PAIR=1: two BIG-IPs instead of one.
PLAY := $(SUDO) lab/bin/ctl $(BIN)/ansible-playbook -i inventories/lab$(if $(PAIR),-pair)

export PATH := $(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export PODROUTE_LAB_PYTHON := $(BIN)/python

.PHONY: help
help: ## show this
	@echo "make TARGET:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	    printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: lab lab-up site verify lab-status lab-down
lab: venv lab-up site ## from nothing to the verified network: venv, lab-up, site (PAIR=1: with two BIG-IPs)

lab-up: venv ## start the lab (the first time builds Kubernetes, Calico and the controller: minutes)
	@lab/bin/lab up $(if $(PAIR),--pair)

site: venv ## configure both sides in the lab, and verify the network
	@$(PLAY) playbooks/site.yml $(ARGS)

verify: venv ## verify the network in the lab, change nothing
	@$(PLAY) playbooks/verify.yml $(ARGS)

lab-status: ## what of the lab runs
	@lab/bin/lab status

lab-down: ## stop the lab and leave nothing behind (the build cache stays)
	@lab/bin/lab down

.PHONY: venv test check matrix coverage sanity bench docs lint changelog requirements clean
venv: $(LINK) ## .venv with what requirements-dev.txt pins; this checkout visible as a collection
	@tools/venv

$(LINK):
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@

test: venv ## every check, the lab's included (ARGS="--only units" for one step)
	@$(BIN)/python tools/test.py $(ARGS)

check: venv ## every check that needs no lab (at most five minutes)
	@$(BIN)/python tools/test.py --no-lab $(ARGS)

bench: venv ## what a run costs at 2 to 1,000 nodes (ARGS="--sizes 2 10" for less; --docs writes docs/performance.md)
	@lab/bin/lab build
	@$(SUDO) $(BIN)/python benchmarks/bench.py $(ARGS)

lint: venv ## the quick checks only
	@$(BIN)/python tools/test.py --only ruff format mypy yamllint ansible-lint docs changelog

docs: venv ## the documentation as HTML pages in .build/docs/html
	@$(BIN)/python tools/docs.py

# The newest release of changelog.yaml is rewritten. Playbooks come from fragments, which a refresh that may remove
# entries would drop.
changelog: venv ## rewrite CHANGELOG.md from changelogs/fragments and the documentation of modules and roles
	@ANSIBLE_COLLECTIONS_PATH=.build/collections $(BIN)/antsibull-changelog release \
	    --version "$$(sed -n 's/^  \([0-9.]*\):$$/\1/p' changelogs/changelog.yaml | sort -V | tail -n 1)" \
	    --update-existing --refresh-fragments --refresh-plugins prevent-removal --reload-plugins $(ARGS)

matrix: venv ## plugins, playbooks and units on the oldest to the newest ansible-core, with the Pythons that are here
	@$(BIN)/python tools/matrix.py $(ARGS)

coverage: venv ## how much of the packages without I/O their own units run; fails below the floor in pyproject.toml
	@$(BIN)/coverage run -m pytest -q $(addprefix tests/unit/plugins/module_utils/,$(PURE))
	@$(BIN)/coverage report

sanity: venv ## ansible-test sanity on three releases of ansible-core (make test runs it on the one of .venv)
	@$(BIN)/python tools/sanity.py --core $(ARGS)

requirements: venv ## resolve requirements*.in into pinned requirements*.txt (ARGS=--upgrade for the newest)
	@tools/requirements $(ARGS)

clean: ## remove .venv and .build
	rm -rf .venv .build
