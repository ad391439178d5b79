# All tasks of this source tree. `make` without a target lists them.
.DEFAULT_GOAL := help
.SUFFIXES:

BIN := $(CURDIR)/.venv/bin
# Namespaces need root. Without root, sudo keeps the environment and gets our PATH.
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
help: ## list the targets
	@echo "make TARGET:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	    printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: lab lab-up site verify lab-status lab-down
lab: venv lab-up site ## venv, lab-up and site: start, configure and verify the network (PAIR=1: with two BIG-IPs)

lab-up: venv ## start the lab (the first start builds Kubernetes, Calico and the controller, which takes minutes)
	@lab/bin/lab up $(if $(PAIR),--pair)

site: venv ## configure both sides in the lab and verify the network
	@$(PLAY) playbooks/site.yml $(ARGS)

verify: venv ## verify the network in the lab without changing it
	@$(PLAY) playbooks/verify.yml $(ARGS)

lab-status: ## show the state of the lab
	@lab/bin/lab status

lab-down: ## stop and remove the lab (the build cache is kept)
	@lab/bin/lab down

.PHONY: venv test check matrix coverage sanity bench docs lint changelog requirements clean
venv: $(LINK) ## create .venv from requirements-dev.txt, and make this source tree available as a collection
	@tools/venv

$(LINK):
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@

test: venv ## run all checks, including those in the lab (ARGS="--only units" for one step)
	@$(BIN)/python tools/test.py $(ARGS)

check: venv ## run all checks that do not need the lab (at most five minutes)
	@$(BIN)/python tools/test.py --no-lab $(ARGS)

bench: venv ## measure runs at 2 to 1,000 nodes (ARGS="--sizes 2 10" for fewer; --docs writes docs/performance.md)
	@lab/bin/lab build
	@$(SUDO) $(BIN)/python benchmarks/bench.py $(ARGS)

lint: venv ## run the quick checks only
	@$(BIN)/python tools/test.py --only ruff format mypy yamllint ansible-lint docs changelog

docs: venv ## build the documentation as HTML pages in .build/docs/html
	@$(BIN)/python tools/docs.py

# Rewrites the newest release in changelog.yaml. Playbooks come from fragments, which a refresh with removal would
# drop.
changelog: venv ## rewrite CHANGELOG.md from changelogs/fragments and the documentation of modules and roles
	@ANSIBLE_COLLECTIONS_PATH=.build/collections $(BIN)/antsibull-changelog release \
	    --version "$$(sed -n 's/^  \([0-9.]*\):$$/\1/p' changelogs/changelog.yaml | sort -V | tail -n 1)" \
	    --update-existing --refresh-fragments --refresh-plugins prevent-removal --reload-plugins $(ARGS)

matrix: venv ## test plugins, playbooks and units with the oldest to the newest ansible-core, on the installed Pythons
	@$(BIN)/python tools/matrix.py $(ARGS)

coverage: venv ## measure the unit-test coverage of the packages without I/O; fails below the minimum in pyproject.toml
	@$(BIN)/coverage run -m pytest -q $(addprefix tests/unit/plugins/module_utils/,$(PURE))
	@$(BIN)/coverage report

sanity: venv ## run ansible-test sanity on three releases of ansible-core (make test uses that of .venv)
	@$(BIN)/python tools/sanity.py --core $(ARGS)

requirements: venv ## pin requirements*.in in requirements*.txt (ARGS=--upgrade for the newest releases)
	@tools/requirements $(ARGS)

clean: ## remove .venv and .build
	rm -rf .venv .build
