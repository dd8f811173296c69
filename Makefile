# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The front door, for people and for CI. A thin layer over CMake presets: each target first
# checks the host packages it needs (tools/host-deps), then calls CMake, Ninja or a script.

APP     ?= minimal
MACHINE ?= qemu
ACCEL   ?= tcg
ESCKEY  ?= a
SUITE   ?=
# The machine the image is for; empty: the application's choice, else qemu-q35 (docs/platforms.md).
PLATFORM ?=
PLATFORM_FLAGS ?=
QEMU_ARGS ?=
KARGS   ?=

# An application is a name under apps/ or the path of a folder.
APP_NAME := $(notdir $(patsubst %/,%,$(APP)))
export APP APP_NAME PLATFORM PLATFORM_FLAGS

HOST  := build/host
IMAGE := build/apps/$(APP_NAME)/image.elf

.DEFAULT_GOAL := help
.PHONY: help run image netboot build host test test-all lint format guests bench report clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

host: ## build the host tools and unit tests
	@tools/host-deps build test
	@mkdir -p build && cmake --preset host >build/host-configure.log 2>&1 || { cat build/host-configure.log; exit 1; }
	@cmake --build --preset host

build: ## build build/apps/APP/image.elf
	@tools/host-deps build
	@tools/configure-image
	@cmake --build build/apps/$(APP_NAME)

run: ## build APP and run it on MACHINE; Ctrl-A x leaves
	@tools/host-deps build run
	@$(MAKE) --no-print-directory build
	@tools/run --machine $(MACHINE) --accel $(ACCEL) --escape $(ESCKEY) --args '$(KARGS)' $(IMAGE) -- $(QEMU_ARGS)

image: ## write build/APP.iso, a bootable disc or stick
	@tools/host-deps build run
	@$(MAKE) --no-print-directory build
	@tools/image/mkiso $(IMAGE) build/$(APP_NAME).iso $$(cat build/apps/$(APP_NAME)/boot-arguments) $(KARGS)
	@echo "Burn it, or put it on a stick (all that is on the stick is lost):"
	@echo "    sudo dd if=build/$(APP_NAME).iso of=/dev/sdX bs=4M oflag=sync status=progress"
	@echo "where sdX is the stick, see lsblk. It boots on BIOS and on UEFI machines (Secure Boot off)."
	@echo build/$(APP_NAME).iso

netboot: ## write build/APP.net, a folder for a TFTP server (PXE and UEFI)
	@tools/host-deps build run
	@$(MAKE) --no-print-directory build
	@tools/image/mknet $(IMAGE) build/$(APP_NAME).net $$(cat build/apps/$(APP_NAME)/boot-arguments) $(KARGS)
	@echo "Serve build/$(APP_NAME).net by TFTP; see docs/boot.md. Boot file, as DHCP announces it:"
	@echo "    BIOS: boot/grub/i386-pc/core.0    UEFI: boot/grub/x86_64-efi/core.efi"
	@echo build/$(APP_NAME).net

test: ## run what fits CI; SUITE=folder under tests/ for one suite
	@tools/host-deps build guests run test
	@linux/make-guests
	@tools/test $(SUITE)

test-all: ## run everything, long tests too
	@tools/host-deps build guests run test
	@linux/make-guests
	@CAMKES_VM_TEST_ALL=1 tools/test $(SUITE)

lint: ## check formatting and the house rules
	@tools/host-deps build lint
	@tools/lint/lint

format: ## format all C sources in place
	@tools/host-deps lint
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

guests: ## make linux/bzimage and linux/rootfs.cpio
	@tools/host-deps guests
	@linux/make-guests

bench: ## print the figures (deterministic, QEMU -icount)
	@tools/host-deps build guests run bench
	@bench/run

report: ## print the isolation report of APP
	@$(MAKE) --no-print-directory build
	@cat build/apps/$(APP_NAME)/report.txt

clean: ## remove the build folder except downloads
	rm -rf build/host build/apps build/*.iso build/*.net
