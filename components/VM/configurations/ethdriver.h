/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A network driver and the first controller of its kind on the machine, found at boot, with a
 * message-signalled interrupt. The macros of a model are used in pairs: X_DEF(name) in the
 * composition, X_CONFIG(name) in the configuration. With import <Ethdriver/Ethdriver.camkes>.
 */
#define ETHDRIVER_DEF_(model, name)                                                                \
    component HWEthDriver##model name##_hw;                                                        \
    component Ethdriver##model name;                                                               \
    connection seL4HardwareMMIO name##_mmio(from name.EthDriver, to name##_hw.mmio);               \
    connection seL4HardwareInterrupt name##_irq(from name##_hw.irq, to name.irq);

#define ETHDRIVER_CONFIG_(name, id, bytes)                                                         \
    name##_hw.mmio_paddr = "pci(" id ").bar0";                                                     \
    name##_hw.mmio_size = bytes;                                                                   \
    name##_hw.irq_hardware = "msi(" id ")";

/* Intel 82574, QEMU's e1000e. */
#define ETHDRIVER82574_DEF(name)    ETHDRIVER_DEF_(82574, name)
#define ETHDRIVER82574_CONFIG(name) ETHDRIVER_CONFIG_(name, "8086:10d3", 0x20000)

/* Intel 82576, QEMU's igb. */
#define ETHDRIVER82576_DEF(name)    ETHDRIVER_DEF_(82576, name)
#define ETHDRIVER82576_CONFIG(name) ETHDRIVER_CONFIG_(name, "8086:10c9", 0x20000)

/* Intel 82580. */
#define ETHDRIVER82580_DEF(name)    ETHDRIVER_DEF_(82580, name)
#define ETHDRIVER82580_CONFIG(name) ETHDRIVER_CONFIG_(name, "8086:150e", 0x80000)

/* The same with the model as first argument, which may be a macro. */
#define ETHDRIVER_DEF(model, name)       ETHDRIVER_MODEL_(DEF, model, name)
#define ETHDRIVER_CONFIG(model, name)    ETHDRIVER_MODEL_(CONFIG, model, name)
#define ETHDRIVER_MODEL_(x, model, name) ETHDRIVER##model##_##x(name)
