GO ?= go
export CGO_ENABLED ?= 1

.PHONY: build demo test test-only test-vm bench lint docs install clean

build: ## build bin/friday
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/friday ./cmd/friday

demo: build ## break three toy services and read the report
	./bin/friday demo

test: ## install what is missing, then lint and test everything
	./.ci/setup
	$(MAKE) lint test-only test-vm

test-only: ## the tests alone
	$(GO) test -race -timeout 20m ./...

test-vm: ## the tests that need a kernel with netem, in a virtual machine
	GO="$(GO)" ./.ci/test-vm

bench: ## measure
	$(GO) test -run '^$$' -bench . -benchtime 3x ./...

lint: ## formatting, vet, staticcheck, and the other platform
	@out=$$($(GO) tool gofumpt -l $$($(GO) list -f '{{.Dir}}' ./...)); test -z "$$out" || { echo "not formatted:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GOOS=darwin CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/friday

docs: build ## write the reference pages in docs/ anew
	./bin/friday docs docs

install: ## install friday into GOBIN
	CGO_ENABLED=0 $(GO) install -trimpath ./cmd/friday

clean:
	rm -rf bin
