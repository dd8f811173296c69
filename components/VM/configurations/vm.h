/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Macros for ADL files that describe virtual machines. Names and effects are those that existing
 * applications use:
 *
 *   component Init0 { VM_INIT_DEF() }
 *   assembly {
 *       composition { VM_COMPOSITION_DEF() VM_PER_VM_COMP_DEF(0) }
 *       configuration { VM_CONFIGURATION_DEF() VM_PER_VM_CONFIG_DEF(0) vm0.guest_ram_mb = 256; ...
 * }
 *   }
 */

#define VAR_STRINGIZE_HELPER(...) #__VA_ARGS__
#define VAR_STRINGIZE(...)        VAR_STRINGIZE_HELPER(__VA_ARGS__)
#define CAT_HELPER(x, y)          x##y
#define CAT(x, y)                 CAT_HELPER(x, y)

/* Badges of the interrupt lines of a VM: bit 27 and bit line + 1. */
#define VM_PIC_BADGE_IRQ_0  134217730
#define VM_PIC_BADGE_IRQ_1  134217732
#define VM_PIC_BADGE_IRQ_2  134217736
#define VM_PIC_BADGE_IRQ_3  134217744
#define VM_PIC_BADGE_IRQ_4  134217760
#define VM_PIC_BADGE_IRQ_5  134217792
#define VM_PIC_BADGE_IRQ_6  134217856
#define VM_PIC_BADGE_IRQ_7  134217984
#define VM_PIC_BADGE_IRQ_8  134218240
#define VM_PIC_BADGE_IRQ_9  134218752
#define VM_PIC_BADGE_IRQ_10 134219776
#define VM_PIC_BADGE_IRQ_11 134221824
#define VM_PIC_BADGE_IRQ_12 134225920
#define VM_PIC_BADGE_IRQ_13 134234112
#define VM_PIC_BADGE_IRQ_14 134250496
#define VM_PIC_BADGE_IRQ_15 134283264

/* Body of a component InitN. simple_untyped pools, cnode_size_bits and ram of older systems are
 * accepted and reserve nothing: guest memory comes from guest_ram_mb alone. */
#define VM_INIT_DEF()                                                                              \
    control;                                                                                       \
    uses PutChar putchar;                                                                          \
    uses PutChar guest_putchar;                                                                    \
    uses PCIConfig pci_config;                                                                     \
    uses RTC system_rtc;                                                                           \
    uses Timer init_timer;                                                                         \
    uses FileServerInterface fs;                                                                   \
    uses GetChar serial_getchar;                                                                   \
    emits HaveInterrupt intready_connector;                                                        \
    consumes HaveInterrupt intready;                                                               \
    dataport Buf guest_out;                                                                        \
    dataport Buf vm_out;                                                                           \
    dataport Buf(0x4000) console_control;                                                          \
    emits Ready out_ready;                                                                         \
    has mutex vm_lock;                                                                             \
    attribute string kernel_cmdline = "";                                                          \
    attribute string kernel_image = "";                                                            \
    attribute string kernel_relocs = "";                                                           \
    attribute string initrd_image = "";                                                            \
    attribute int iospace_domain = 0;                                                              \
    attribute int guest_ram_mb;                                                                    \
    attribute int num_vcpus = 1;                                                                   \
    attribute string on_reset = "restart";                                                         \
    attribute string on_crash = "halt";                                                            \
    attribute int cnode_size_bits = 21;                                                            \
    attribute crossvm_declaration crossvm[] = [];                                                  \
    attribute int crossvm_legacy = 0;                                                              \
    attribute vswitch_mapping vswitch_layout[] = [];                                               \
    attribute string vswitch_mac_address = "";                                                     \
    attribute int vswitch_mtu = 0;                                                                 \
    attribute                                                                                      \
    {                                                                                              \
        int send_id;                                                                               \
        int recv_id;                                                                               \
    }                                                                                              \
    serial_layout[] = [];                                                                          \
    attribute                                                                                      \
    {                                                                                              \
        int cid;                                                                                   \
        int send_id;                                                                               \
        int recv_id;                                                                               \
    }                                                                                              \
    socket_layout[] = [];                                                                          \
    attribute int guest_cid = 0;

/* The services that all VMs share. */
#define VM_COMPOSITION_DEF()                                                                       \
    component FileServer fserv;                                                                    \
    component SerialServer serial;                                                                 \
    component PCIConfigIO pci_config;                                                              \
    component TimeServer time_server;                                                              \
    component RTC rtc;                                                                             \
    connection seL4RPCCall serial_pci_config(from pci_config.putchar,                              \
                                             to serial.processed_putchar);                         \
    connection seL4RPCCall serial_time_server(from time_server.putchar,                            \
                                              to serial.processed_putchar);                        \
    connection seL4RPCCall serial_rtc(from rtc.putchar, to serial.processed_putchar);              \
    connection seL4TimeServer serialserver_timer(from serial.timeout, to time_server.the_timer);

#define VM_PER_VM_COMPONENTS(n) component Init##n vm##n;

#define VM_PER_VM_CONNECTIONS(n)                                                                   \
    connection seL4GlobalAsynch intreadycon##n(from vm##n.intready_connector, to vm##n.intready);  \
    connection seL4RPCDataport fs##n(from vm##n.fs, to fserv.fs_ctrl);                             \
    connection seL4RPCCall serial_vm##n(from vm##n.putchar, to serial.processed_putchar);          \
    connection seL4RPCCall serial_guest_vm##n(from vm##n.guest_putchar, to serial.raw_putchar);    \
    connection seL4SerialServer serial_input##n(from vm##n.serial_getchar, to serial.getchar);     \
    connection seL4RPCCall rtctest##n(from vm##n.system_rtc, to rtc.rtc);                          \
    connection seL4TimeServer pit##n##_timer(from vm##n.init_timer, to time_server.the_timer);     \
    connection seL4RPCCall pciconfig##n(from vm##n.pci_config, to pci_config.pci_config);          \
    connection seL4SharedData guest_ring##n(from vm##n.guest_out, to serial.raw_ring##n);          \
    connection seL4SharedData vm_ring##n(from vm##n.vm_out, to serial.processed_ring##n);          \
    connection seL4SharedData console_control##n(from vm##n.console_control,                       \
                                                 to serial.console_control##n);                    \
    connection seL4Notification out_ready##n(from vm##n.out_ready, to serial.output_ready);

#define VM_PER_VM_COMP_DEF(n)                                                                      \
    VM_PER_VM_COMPONENTS(n)                                                                        \
    VM_PER_VM_CONNECTIONS(n)

#define VM_MAYBE_ZONE_DMA(n)

/* Colour slot and input number of a VM are its own number, for both output streams. */
#define VM_PER_VM_CONFIG_DEF(n)                                                                    \
    vm##n.fs_shmem_size = 0x1000;                                                                  \
    vm##n.serial_getchar_attributes = VAR_STRINGIZE(n);                                            \
    vm##n.serial_getchar_shmem_size = 0x1000;                                                      \
    vm##n.putchar_attributes = VAR_STRINGIZE(n);                                                   \
    vm##n.guest_putchar_attributes = VAR_STRINGIZE(n);                                             \
    vm##n.simple = true;                                                                           \
    vm##n.asid_pool = true;                                                                        \
    vm##n._priority = 90;                                                                          \
    vm##n.global_endpoint_base = 1 << 27;                                                          \
    vm##n.global_endpoint_mask = 0x1fffffff & ~0x1fffe;                                            \
    VM_MAYBE_ZONE_DMA(n)

#define VM_CONFIGURATION_DEF()                                                                     \
    fserv.heap_size = 0x30000;                                                                     \
    time_server.timers_per_client = 12;                                                            \
    time_server.priority = 255;                                                                    \
    time_server.simple_extra_bootinfo = ["SEL4_BOOTINFO_HEADER_X86_TSC_FREQ"];                     \
    time_server.simple = true;                                                                     \
    serial.serial_irq_priority = 200;
