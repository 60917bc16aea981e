# Weft: make, make test, make demo; see README.md.
#   DEBUG=1                        asserts, poison, heap verifier
#   SAN=thread|address|undefined   sanitizers (clang); address finds undefined behaviour too
#   CC=clang, BUILD=dir            another compiler, another build directory
#   V=1                            whole commands
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')
SHELL := /bin/bash
PREFIX ?= /usr/local
comma := ,

VARIANT := release
OPT := -O2 -DNDEBUG
ifdef DEBUG
VARIANT := debug
OPT := -O1 -DWEFT_DEBUG
endif
ifdef SAN
VARIANT := $(VARIANT)-$(SAN)
SANITIZE := -fsanitize=$(SAN)$(if $(filter address,$(SAN)),$(comma)undefined) -fno-sanitize-recover=all
# ... and without that flag it would make memset of small stores to %gs, which sanitizers take for flat addresses
OPT := -O1 -DWEFT_SAN_$(SAN) $(SANITIZE) -fno-builtin-memset
CC := clang
LDFLAGS += $(SANITIZE)
endif
ifeq ($(origin CC),default)
CC := gcc
endif
# Tables of functions and texts make up much of the program: at a fixed address nothing of them is relocated at start.
ifndef SAN
OPT += -fno-pie
LDFLAGS += -no-pie
endif
# clang 14 would turn loops over the %gs space into memset and memcpy, which it cannot emit there
ifneq ($(findstring clang,$(CC)),)
OPT += -mllvm -disable-loop-idiom-all
endif
ifneq ($(shell command -v ccache 2>/dev/null),)
CCACHE := ccache
endif

DEFAULT_BUILD := build/$(VARIANT)-$(notdir $(CC))
BUILD ?= $(DEFAULT_BUILD)
# One name for one directory: dependency files name their targets by it.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))
CFLAGS := -std=gnu17 -g $(OPT) -Wall -Wextra -Werror -fno-strict-aliasing -fwrapv -fno-omit-frame-pointer -mcx16 -I. -I$(BUILD) -MMD -MP
LDLIBS := -lgmp -lpthread -lm # other libraries: vm/lazy_library.tbl

STM_SRC := $(wildcard stm/*.c)
GC_SRC := $(filter-out gc/backend_libgc.c,$(wildcard gc/*.c))
VM_SRC := $(filter-out vm/main.c,$(wildcard vm/*.c vm/front/*.c vm/exec/*.c vm/objects/*.c vm/modules/*.c vm/modules/*/*.c))
LIB_SRC := $(STM_SRC) $(GC_SRC) $(VM_SRC)
OBJ = $(patsubst %.c,$(BUILD)/%.o,$(1))

# ./weft is the last release build in its usual place.
ifeq ($(VARIANT) $(BUILD),release $(DEFAULT_BUILD))
WEFT := weft
else
WEFT := $(BUILD)/weft
endif
WEFT_RUN := $(abspath $(BUILD)/weft)

.PHONY: all
all: $(WEFT)

ifeq ($(WEFT),weft)
ifneq ($(shell readlink weft),$(BUILD)/weft)
.PHONY: weft
endif
weft: $(BUILD)/weft
	@ln -sf $< $@
endif
$(BUILD)/weft: $(call OBJ,vm/main.c $(LIB_SRC))
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CCACHE) $(CC) $(CFLAGS) -c -o $@ $<

# Cached bytecode of another compiler is not used: its magic number has a sum of what makes and reads it.
COMPILER_SRC := $(wildcard vm/front/*.c vm/front/*.h vm/exec/code_cache*) vm/opcode.tbl
$(BUILD)/vm/exec/code_cache_write.o: $(COMPILER_SRC)
$(BUILD)/vm/exec/code_cache_write.o: CFLAGS += -DCOMPILER_ID=$(shell cat $(COMPILER_SRC) | cksum | cut -d' ' -f1)u

# Python programs of Weft's own are compiled in, as the numbers of their bytes.
$(BUILD)/vm/lib/%.inc: vm/lib/%.py
	@mkdir -p $(@D)
	$(Q)od -An -v -tu1 $< | sed 's/\([0-9][0-9]*\)/\1,/g' >$@
$(BUILD)/vm/main.o: $(BUILD)/vm/lib/stm_report.inc

UNIT_SRC := $(wildcard tests/unit/*/*_test.c)
UNIT_BIN := $(patsubst %.c,$(BUILD)/%,$(UNIT_SRC))
$(BUILD)/tests/unit/stm/%: tests/unit/stm/%.c $(call OBJ,$(STM_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS)
$(BUILD)/tests/unit/gc/%: tests/unit/gc/%.c $(call OBJ,$(STM_SRC) $(GC_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS)
$(BUILD)/tests/unit/front/%: tests/unit/front/%.c $(call OBJ,$(filter-out vm/front/compile% vm/front/constant.c vm/front/unparse.c,$(wildcard vm/front/*.c)))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS)
$(BUILD)/tests/unit/vm/%: tests/unit/vm/%.c $(call OBJ,$(LIB_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS)
.PHONY: unit test conformance programs bench stress demo layers install setup
unit: $(UNIT_BIN)

# ---- what a user asks for

setup:
	@tests/setup.sh

# Set-up, build, all fast tests; PARTS="lang unit": only these parts, see tests/run.sh.
test: setup
	@$(MAKE) --no-print-directory all unit
	@WEFT=$(WEFT_RUN) BUILD=$(BUILD) tests/run.sh $(PARTS)

# The main job on real input.
demo: setup
	@$(MAKE) --no-print-directory all
	@for threads in 1 2; do echo "weft examples/wordfreq.py $$threads"; $(WEFT_RUN) examples/wordfreq.py $$threads || exit 1; done

# Figures: BENCH="solo threads multi micro memory startup" picks groups, BENCH_PAIRS=20 runs more pairs.
MICRO_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard benchmarks/*_bench.c))
$(BUILD)/benchmarks/%: benchmarks/%.c $(call OBJ,$(STM_SRC) $(GC_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS)
bench: setup
	@$(MAKE) --no-print-directory all $(MICRO_BIN)
	@/usr/bin/python3 benchmarks/run.py --weft $(WEFT_RUN) --build $(BUILD) $(if $(BENCH_PAIRS),--pairs $(BENCH_PAIRS)) $(BENCH)

# The protocol's model with every rule left out in turn, then programs in many threads; STRESS=short for less.
$(BUILD)/stress/%: stress/%.c $(call OBJ,$(STM_SRC))
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LDLIBS)
stress: setup
	@$(MAKE) --no-print-directory all $(BUILD)/stress/model/model $(BUILD)/stress/stm/maps_stress
	@$(BUILD)/stress/model/model --all
	@$(BUILD)/stress/stm/maps_stress
	@WEFT=$(WEFT_RUN) stress/run.sh $(STRESS)

# CPython's own tests: CONFORMANCE="test_dict", "T1", "--options=--stm-multi T1" ...; tests/conformance/README.md
conformance: setup
	@$(MAKE) --no-print-directory all
	@tests/conformance/run.py --weft $(WEFT_RUN) $(CONFORMANCE)

# Programs that others wrote, on Weft and on python3.11: PROGRAMS="fast", "sympy_long", "--options=--stm-multi fast" ...
programs: setup
	@tests/setup.sh <(tests/programs/run.py --packages)
	@$(MAKE) --no-print-directory all
	@tests/programs/run.py --weft $(WEFT_RUN) $(PROGRAMS)

# An include of a layer above: stm <- gc <- vm.
layers:
	@tests/layers.sh

install: all
	install -D $(BUILD)/weft $(DESTDIR)$(PREFIX)/bin/weft

-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
