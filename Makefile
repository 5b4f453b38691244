# dynbench: every command of the house. `make` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Versions of the tools, each once. gotestsum is the `tool` line of go.mod.
GOLANGCI_LINT_VERSION := v2.15.0
ACTIONLINT_VERSION    := v1.7.12
GOVULNCHECK_VERSION   := v1.9.0

TOOLS         := $(CURDIR)/.tools/bin
GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)
ACTIONLINT    := $(TOOLS)/actionlint-$(ACTIONLINT_VERSION)

# Servers for process parts and images; their versions are in build/infra/go.mod.
INFRA     := $(CURDIR)/.tools/infra
INFRA_BIN := $(INFRA)/etcd $(INFRA)/etcdctl $(INFRA)/nats-server

# What a call may choose: make test PKG=./harness/... RUN=TestDriver, make fuzz FUZZTIME=1m
PKG      ?= ./...
RUN      ?=
FUZZTIME ?= 10s
FORMAT   ?= pkgname

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

# Packages where goroutines meet; the race detector costs a compilation of its own. ./harness
# calls these; its own tests would take two minutes more under the detector.
RACE_PKGS := ./internal/wait ./harness/client ./harness/load/... ./harness/record ./harness/live \
	./fixtures/...

# make bench URL=... MODEL=...: set on the command line, so that a NAME or URL
# that happens to be in the environment is not taken for one.
BENCH_VARS := URL=URL MODEL=MODEL NAME=NAME LEVELS=CONCURRENCIES ISL=ISL OSL=OSL STD=STD SLA=SLA GPUS=GPUS
bench_given = $(strip $(foreach v,$(BENCH_VARS),$(if $(filter command,$(origin $(word 1,$(subst =, ,$(v))))),$(v))))
bench_env   = $(foreach v,$(bench_given),export DYNBENCH_$(word 2,$(subst =, ,$(v)))="$$$(word 1,$(subst =, ,$(v)))";)
SHORT ?=

VERSION := $(shell cat VERSION)
LDFLAGS := -s -w -X main.version=$(VERSION)

gotestsum = go tool gotestsum --format $(1) --junitfile results/$(2) --raw-command -- .ci/gotest-json
run_flag  = $(if $(RUN),-run '$(RUN)')

# Compile everything, with all of vet, before the first measurement. One graph: go vet beside
# go test would compile each dependency twice from an empty cache (300 s of CPU against 184).
compile = go test -vet=all -run '^$$' $(1) | { grep -vE '^(ok|\?) ' || true; }

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: bench
bench: ## client benchmark; URL= MODEL= NAME= LEVELS="1 4 16" ISL= OSL= STD= SLA= GPUS= SHORT=1, results in results/
	@.ci/fresh-results
	@$(call compile,./suites/client)
	@$(bench_env) export DYNBENCH_OUTPUT_DIR="$(CURDIR)/results"; status=0; \
	$(call gotestsum,standard-verbose,junit.xml) ./suites/client -count=1 -p 1 -timeout 0 \
	  -artifacts -outputdir "$(CURDIR)/results/artifacts" $(if $(SHORT),-short) $(run_flag) || status=$$?; \
	echo "results: $(CURDIR)/results"; exit $$status

.PHONY: test
test: ## all tests, suites in -short; PKG=./harness/... RUN=TestX; JUnit in results/junit.xml
	@rm -rf results/.test && mkdir -p results/.test
	@$(call compile,$(PKG))
	@$(call gotestsum,$(FORMAT),junit.xml) $(PKG) -short -count=1 -p 1 -timeout 0 \
	  -artifacts -outputdir "$(CURDIR)/results/.test" $(run_flag)

.PHONY: build
build: ## bin/dynbench for this machine
	go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/dynbench

.PHONY: cross
cross: ## dist/dynbench_<os>_<arch> for linux, darwin and windows on amd64 and arm64
	@mkdir -p dist
	@for p in $(PLATFORMS); do \
	  export GOOS="$${p%/*}" GOARCH="$${p#*/}"; ext=; [ "$$GOOS" != windows ] || ext=.exe; \
	  out="dist/dynbench_$${GOOS}_$${GOARCH}$$ext"; \
	  CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o "$$out" ./cmd/dynbench; ls -l "$$out"; \
	done

.PHONY: lint
lint: $(GOLANGCI_LINT) $(ACTIONLINT) ## gofmt, go vet, golangci-lint, actionlint, shellcheck
	@out=$$(gofmt -l .); [ -z "$$out" ] || { echo "not formatted:"; echo "$$out"; exit 1; }
	go vet ./...
	$(GOLANGCI_LINT) run --allow-parallel-runners ./...
	$(ACTIONLINT)
	@if command -v shellcheck >/dev/null; then shellcheck .ci/*; \
	else echo "shellcheck: SKIPPED (not installed)"; fi

.PHONY: tier
tier: ## tests and short suites on real parts; TIER=dynamo, routers, llamacpp, vllm, docker, infra, gpu or k8s
	@.ci/tier $(or $(TIER),$(error TIER= is missing))

.PHONY: vet-all
vet-all: ## go vet for every platform of cross and for every build tag
	@.ci/vet-all $(PLATFORMS)

.PHONY: race
race: ## race detector on the concurrent packages
	@mkdir -p results/.race
	@$(call gotestsum,$(FORMAT),junit-race.xml) $(RACE_PKGS) -race -short -count=1 -timeout 20m

.PHONY: truth
truth: ## the tool measured against servers that know the truth, with tight limits; wants a quiet machine
	@mkdir -p results/.truth
	@$(call compile,./suites/truth)
	@DYNBENCH_TRUTH=strict $(call gotestsum,standard-verbose,junit-truth.xml) ./suites/truth -count=1 -p 1 -timeout 0 \
	  -artifacts -outputdir "$(CURDIR)/results/.truth" $(run_flag)

.PHONY: peers
peers: ## AIPerf, GuideLLM, vLLM's client in Rust and dynbench against one server; tables for docs/performance.md
	@.ci/peers

.PHONY: tokens-check
tokens-check: ## tokenizers against the reference library on six model families, COUNT= texts each; SPEED=1 measures both
	@.ci/tokens-check $(COUNT)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10s)
	@.ci/fuzz $(FUZZTIME)

.PHONY: cover
cover: ## coverage of all packages by all tests; profile in results/cover.out
	@mkdir -p results
	go test -short -count=1 -timeout 0 -coverpkg=./... -covermode=atomic -coverprofile=results/cover.out $(PKG)
	@go tool cover -func=results/cover.out | tail -n 1

.PHONY: vuln
vuln: ## known vulnerabilities in what is called; asks vuln.go.dev
	go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) ./...

.PHONY: vendor-hash
vendor-hash: ## rewrite nix/vendor-hash after go.mod or an import has changed
	@hash=$$(.ci/vendor-hash); echo "$$hash" | tee nix/vendor-hash

.PHONY: vendor-hash-check
vendor-hash-check: ## fail when nix/vendor-hash is stale
	@want=$$(.ci/vendor-hash); have=$$(cat nix/vendor-hash); \
	[ "$$want" = "$$have" ] || { echo "nix/vendor-hash is stale: run make vendor-hash ($$have, should be $$want)"; exit 1; }

.PHONY: nix-check
nix-check: ## evaluate the flake on the stub nixpkgs, without network
	@.ci/nix-check

.PHONY: tools
tools: $(GOLANGCI_LINT) $(ACTIONLINT) ## install the pinned tools into .tools/bin

.PHONY: infra-bin
infra-bin: $(INFRA_BIN) ## etcd, etcdctl and nats-server into .tools/infra, built from the module proxy

.PHONY: images
images: infra-bin ## container images of etcd, NATS and dynbench, built without a registry; needs a Docker engine
	@.ci/images

# Environments of real engines and routers, of the pinned lists in build/env.
.PHONY: dynamo vllm routers llamacpp
dynamo: ## Dynamo's frontend, router and mocker into .env/dynamo (0.7 GB, 1 min)
	@.ci/env $@
vllm: ## vLLM for processors, and Dynamo's worker for it, into .env/vllm (6.6 GB, 3 min)
	@.ci/env $@
routers: ## vllm-router and sglang-router into .env/routers (0.2 GB, 20 s)
	@.ci/env $@
llamacpp: ## llama.cpp's server and weights into .env/llamacpp (0.8 GB; compiles, 10 min on two processors)
	@.ci/env $@

.PHONY: clean
clean: ## remove bin, dist and .tools; results stay
	rm -rf bin dist .tools

$(GOLANGCI_LINT): pkg = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
$(ACTIONLINT): pkg = github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)
$(GOLANGCI_LINT) $(ACTIONLINT):
	@mkdir -p $(TOOLS)
	@tmp=$$(mktemp -d $(TOOLS)/install.XXXXXX); trap 'rm -rf "$$tmp"' EXIT; \
	echo "installing $(pkg)"; GOBIN="$$tmp" CGO_ENABLED=0 go install $(pkg); mv "$$tmp"/* $@

$(INFRA)/etcd: pkg = go.etcd.io/etcd/server/v3
$(INFRA)/etcdctl: pkg = go.etcd.io/etcd/etcdctl/v3
$(INFRA)/nats-server: pkg = github.com/nats-io/nats-server/v2
$(INFRA_BIN): build/infra/go.mod build/infra/go.sum
	@mkdir -p $(INFRA)
	@echo "building $(pkg)"; cd build/infra && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $@.new $(pkg)
	@touch $@.new && mv $@.new $@
