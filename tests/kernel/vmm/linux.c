/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The root task is the VMM: an unmodified distribution kernel boots to a shell, a scripted user
 * logs in, and the guest powers itself off. No IPC, no loader, no components.
 *
 *     qemu -kernel kernel.elf -initrd "vmm_root.elf,bzimage,rootfs.cpio" [-append vcpus2|vcpus4]
 */
#include "host.h"

#define DEFAULT_CMDLINE "console=ttyS0"

static struct guest guest;
static char chips[128 * 1024] __attribute__((aligned(64)));

static int64_t wall_clock(void *ctx)
{
    struct vmm *vm = ctx;
    return vm->host.utc(vm->host.ctx);
}

static const struct vmm_clock_ops clock = {.utc = wall_clock};

/* Words of the boot command line that make the guest use other chips of the machine. */
static const struct {
    const char *word, *cmdline;
} variants[] = {
    {"pic", DEFAULT_CMDLINE " quiet noapic nolapic no-kvmclock"},
    {"pit", DEFAULT_CMDLINE " quiet nolapic_timer clearcpuid=tsc_deadline_timer,arat no-kvmclock"},
    {"oneshot", DEFAULT_CMDLINE " quiet lapic=notscdeadline no-kvmclock clocksource=acpi_pm"},
    {"xapic", DEFAULT_CMDLINE " quiet nox2apic"},
};

/* What the scripted user waits for, and types then. The machine is reset in between. */
static const char *const log_in[] = {
    "login: ", "root\r",     "# ",      "uname -srm; nproc; cat /proc/interrupts\r",
    "# ",      "reboot\r",   "login: ", "root\r",
    "# ",      "poweroff\r", NULL};
static const char *const log_in_once[] = {"login: ", "root\r",     "# ", "cat /proc/interrupts\r",
                                          "# ",      "poweroff\r", NULL};

static void print_counters(void *ctx, const char *text, size_t n)
{
    bool *line_start = ctx;
    while (n--) {
        if (*line_start) {
            print("# ");
        }
        print("%c", *text);
        *line_start = *text++ == '\n';
    }
}

static void choose_variant(struct vmm_pc_config *config)
{
    guest.script = log_in;
    for (unsigned i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        if (boot_option(variants[i].word)) {
            config->images.cmdline = variants[i].cmdline;
            guest.script = log_in_once;
        }
    }
    if (boot_option("interactive")) {
        guest.com1 = new_port(0x3f8, 0x3ff);
        guest.script = NULL;
    }
}

TEST(vmm_boots_linux_to_shell)
{
    struct boot_file kernel = boot_file("bzimage"), initrd = boot_file("rootfs.cpio");
    if (!kernel.data) {
        SKIP("no boot module named bzimage");
    }
    guest_create(&guest, boot_option("vcpus4") ? 4 : boot_option("vcpus2") ? 2 : 1);
    CHECK(vmm_pc_chips_size() <= sizeof chips);
    struct vmm_pc_config config = {.images = {.kernel = kernel.data,
                                              .kernel_size = kernel.size,
                                              .initrd = initrd.data,
                                              .initrd_size = initrd.size,
                                              .cmdline = DEFAULT_CMDLINE},
                                   .console = &guest_console,
                                   .console_ctx = &guest,
                                   .clock = &clock,
                                   .clock_ctx = &guest.vm,
                                   .ecam = true};
    choose_variant(&config);
    vmm_pc_create(&guest.pc, &guest.vm, &config, chips);
    const char *error = vmm_pc_boot(&guest.pc);
    if (error) {
        test_fail(__FILE__, __LINE__, "%s", error);
    }
    bool off = guest_run(&guest, boot_option("interactive") ? 3600 : 900);
    bool line_start = true;
    const struct vmm_text out = {.put = print_counters, .ctx = &line_start};
    vmm_print_stats(&guest.vm, &out);
    if (!off) {
        vmm_dump_vcpu(&guest.vm.vcpu[0], &out);
        vmm_dump_devices(&guest.vm, &out);
    }
    CHECK(off);
    CHECK(boot_option("interactive") || *guest.script == NULL);
}
