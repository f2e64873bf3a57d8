# SPDX-License-Identifier: GPL-2.0
#
# The front door. `make` lists the verbs.

MAKEFLAGS += --no-print-directory

BUILD		?= build
prefix		?= /usr/local
XDG_CACHE_HOME	?= $(HOME)/.cache
LUTRACE_CACHE	?= $(XDG_CACHE_HOME)/lutrace
UPDATES		?= 50

override BUILD := $(abspath $(BUILD))
export BUILD LUTRACE_CACHE

# KTREE=/path names a kernel build tree; without it, kernel/build makes one (and KSRC=/path names
# the source for it). The rules below find its path in a file, which the kernel verb writes.
ktree = $$(cat $(BUILD)/ktree)

# What this make was told is not for the make that builds the kernel.
clean_env = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u BUILD

.PHONY: help
help: ## list the verbs (this)
	@echo 'usage: make VERB'
	@echo
	@sed -nE 's/^([a-z_.-]+):.*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 26
	@echo
	@echo 'BUILD=DIR build directory; KTREE=DIR kernel build tree to use; JOBS=N tests (compilers) at a time;'
	@echo 'LUTRACE_CACHE=DIR kernel source and builds; ONLY="NAME..." for test.'

.PHONY: setup
setup: ## install the Debian packages that are missing (as root)
	@scripts/setup

.PHONY: kernel
kernel: setup ## build the kernel of the test machine, or find it built
	@mkdir -p $(BUILD)
ifdef KTREE
	@echo $(abspath $(KTREE)) >$(BUILD)/ktree
else
	@$(clean_env) kernel/build >$(BUILD)/ktree.tmp && mv $(BUILD)/ktree.tmp $(BUILD)/ktree
endif

.PHONY: lutrace
lutrace: setup ## build lutrace
	@mkdir -p $(BUILD)
	@$(MAKE) -s -C tools/lutrace

.PHONY: selftests
selftests: kernel ## build the test programs
	@$(MAKE) -s -C selftests KTREE=$(ktree)

# Kernels of other configurations, where it is not one of somebody else's.
other_kernel = $(if $(KTREE),,$(clean_env) kernel/build --config $(1) >$(BUILD)/ktree-$(1).tmp && \
	mv $(BUILD)/ktree-$(1).tmp $(BUILD)/ktree-$(1))

.PHONY: demo
demo: lutrace selftests ## watch a live update of two devices, in a virtual machine
	@selftests/vm/run --kernel $(ktree) --stages 2 --quiet --append kunit.enable=0 demo.sh

.PHONY: unit
unit: lutrace ## run the tests that need no kernel and no VM, in seconds
	@QUICK=1 JOBS=$${JOBS:-2} selftests/vm/run-all lutrace check

.PHONY: test
test: lutrace selftests ## run all tests; the last line counts them
	@$(call other_kernel,module)
	@KTREE=$(ktree) selftests/vm/run-all $(ONLY)

.PHONY: soak
soak: lutrace selftests ## live updates in a row, 50 or UPDATES=N, and look for what leaks
	@selftests/vm/run --kernel $(ktree) --stages $$(($(UPDATES) + 1)) \
		--timeout $$(($(UPDATES) * 30 + 60)) soak

# KASAN and the rest make everything slower. KASAN's shadow is an eighth of all memory, and in the
# next kernel all of it has to fit into KHO's scratch; twice what is in use at boot, KHO's own rule,
# is more than there is in one piece. no5lvl: while the kernel identifies its first CPU, it does not
# know for a moment that page tables have five levels, and KASAN takes what an interrupt does then
# for wild accesses.
debug_env = CONFIG=debug TIMEOUT_SCALE=5 MEMORY=3G APPEND='kho_scratch=128M,256M,768M no5lvl'

.PHONY: test-debug
test-debug: setup lutrace ## run all tests on a kernel with KASAN, lockdep, kmemleak, fault injection
	@$(call other_kernel,debug)
	@$(call other_kernel,debug+module)
	@$(MAKE) -s -C selftests KTREE=$$(cat $(BUILD)/ktree-debug)
	@KTREE=$$(cat $(BUILD)/ktree-debug) $(debug_env) selftests/vm/run-all $(ONLY)

.PHONY: bench
bench: setup ## measure how tracking scales, what the journal costs, and lutrace beside its peers
	@bench/run $(if $(KTREE),--kernel $(KTREE))

.PHONY: vm-shell
vm-shell: lutrace selftests ## get a shell in the test machine
	@selftests/vm/run --kernel $(ktree) shell

.PHONY: check
check: setup ## check the sources: shellcheck, rules of the house, checkpatch
	@scripts/check

.PHONY: hooks
hooks: ## check what is staged before each commit: a git hook
	@hook=$$(git rev-parse --git-path hooks/pre-commit) && mkdir -p $${hook%/*} && \
		if [ -e $$hook ]; then echo "there is already $$hook" >&2; exit 1; fi && \
		printf '#!/bin/sh\nexec scripts/check --staged\n' >$$hook && chmod +x $$hook && echo $$hook

.PHONY: compile_commands.json
compile_commands.json: lutrace ## tell an editor's clangd how all is compiled
	@scripts/compile-commands $(BUILD) $$(cat $(BUILD)/ktree 2>/dev/null) >$@

.PHONY: tags
tags: ## index the sources for an editor
	@scripts/setup --for tags
	@ctags -R --languages=C,Sh,Make bpf bench kernel/files selftests tools

.PHONY: series
series: setup ## write the kernel side as mails, a directory for each part, to $(BUILD)/series
	@mkdir -p $(BUILD)
	@$(clean_env) kernel/mailbox $(BUILD)/series

.PHONY: check-series
check-series: series ## check each commit of the series, or of PART=A: builds, sparse, checkpatch, kernel-doc
	@scripts/setup --for series
	@$(clean_env) kernel/check-series $(BUILD)/series $(PART)

.PHONY: docs
docs: setup ## build the kernel's documents about it, to $(BUILD)/docs
	@scripts/setup --for docs
	@$(clean_env) kernel/docs $(BUILD)/docs

.PHONY: check-metrics
check-metrics: lutrace ## check lutrace metrics with a real Prometheus and node_exporter
	@scripts/setup --for metrics
	@$(MAKE) -s -C tools/lutrace check

.PHONY: check-journald
check-journald: lutrace ## check what lutrace writes to the systemd journal with a real one
	@scripts/setup --for journald
	@$(MAKE) -s -C tools/lutrace check

.PHONY: check-report
check-report: lutrace ## check lutrace report in a headless Chromium
	@scripts/setup --for report
	@$(MAKE) -s -C tools/lutrace check

.PHONY: check-valgrind
check-valgrind: lutrace ## run lutrace's unit tests, and what reads captures, under valgrind
	@scripts/setup --for valgrind
	@$(MAKE) -s -C tools/lutrace check-valgrind

.PHONY: fuzz
fuzz: setup ## fuzz each of lutrace's decoders, for a minute or FUZZ_SECONDS=N
	@scripts/setup --for fuzz
	@$(MAKE) -s -C tools/lutrace fuzz

.PHONY: check-vm
check-vm: selftests ## test the test runner: machines that hang, panic, fail, ...
	@selftests/vm/check-run $(ktree)

.PHONY: install
install: lutrace ## install lutrace, man pages and completions to $(DESTDIR)$(prefix)
	@$(MAKE) -s -C tools/lutrace install prefix=$(prefix)

.PHONY: deb
deb: lutrace ## make a Debian package of lutrace, and print its path
	@scripts/deb $(BUILD)

.PHONY: clean
clean: ## remove what was built here
	rm -rf $(BUILD)

.PHONY: distclean
distclean: clean ## remove the kernel source and kernel builds as well
	rm -rf $(LUTRACE_CACHE)
