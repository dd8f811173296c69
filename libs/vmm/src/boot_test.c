/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Kernel images, boot structures, ACPI tables. */
#include "test_vcpu.h"
#include <vmm/acpi.h>
#include <vmm/aml.h>
#include <vmm/pc.h>

static uint8_t image[64 * 1024];

static void put(unsigned at, uint64_t value, unsigned size)
{
    memcpy(image + at, &value, size);
}

static uint64_t guest(struct test_vcpu *t, uint64_t gpa, unsigned size)
{
    uint64_t value = 0;
    memcpy(&value, t->ram + gpa, size);
    return value;
}

static void make_bzimage(unsigned version, unsigned xloadflags)
{
    memset(image, 0, sizeof image);
    put(0x1f1, 1, 1);
    put(0x1fe, 0xaa55, 2);
    put(0x201, 0x66, 1);
    memcpy(image + 0x202, "HdrS", 4);
    put(0x206, version, 2);
    put(0x211, 1, 1);
    put(0x22c, 0x7fffffff, 4);
    put(0x230, 0x200000, 4);
    put(0x234, 1, 1);
    put(0x236, xloadflags, 2);
    put(0x238, 255, 4);
    put(0x258, 0x100000, 8);
    put(0x260, 0x100000, 4);
    memset(image + 1024, 0xcc, 64);
}

static const char *load(struct test_vcpu *t, size_t size, struct vmm_boot_entry *entry)
{
    struct vmm_boot_images images = {.kernel = image,
                                     .kernel_size = size,
                                     .initrd = (const uint8_t *)"initrd",
                                     .initrd_size = 6,
                                     .cmdline = "console=ttyS0"};
    return vmm_boot_load(t->vm, &images, 0xe0000, entry);
}

static void test_bzimage(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct vmm_boot_entry entry;
    make_bzimage(0x20f, 1);
    assert_null(load(t, 8192, &entry));
    assert_int_equal(entry.mode, VMM_ENTRY_LINUX64);
    assert_int_equal(entry.rip, 0x100200);
    assert_int_equal(t->ram[0x100000], 0xcc);
    assert_int_equal(entry.initrd_start, TEST_RAM - 0x1000);
    assert_memory_equal(t->ram + entry.initrd_start, "initrd", 6);
    /* the zero page */
    assert_int_equal(guest(t, 0x7000 + 0x228, 4), 0x20000);
    assert_string_equal((char *)t->ram + 0x20000, "console=ttyS0");
    assert_int_equal(guest(t, 0x7000 + 0x218, 4), entry.initrd_start);
    assert_int_equal(guest(t, 0x7000 + 0x70, 8), 0xe0000);
    assert_int_equal(guest(t, 0x7000 + 0x210, 1), 0xff);
    assert_true(guest(t, 0x7000 + 0x1e8, 1) >= 4);
    assert_int_equal(vmm_boot_enter(t->vm, &entry), 0);
    assert_int_equal(t->run.rip, 0x100200);
    assert_int_equal(t->run.gpr[VCPU_RSI], 0x7000);
    assert_int_equal(t->run.state.efer, EFER_LME | EFER_LMA);
    /* a kernel without the 64-bit entry */
    make_bzimage(0x20c, 0);
    assert_null(load(t, 8192, &entry));
    assert_int_equal(entry.mode, VMM_ENTRY_LINUX32);
    assert_int_equal(entry.rip, 0x100000);
    test_vcpu_free(t);
}

static void test_refusals(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct vmm_boot_entry entry;
    make_bzimage(0x20b, 1);
    assert_string_equal(load(t, 8192, &entry), "the bzImage is older than boot protocol 2.12");
    make_bzimage(0x20f, 1);
    assert_string_equal(load(t, 1024, &entry), "the bzImage is truncated");
    assert_non_null(load(t, 0, &entry));
    put(0x260, 64u << 20, 4);
    assert_string_equal(load(t, 8192, &entry), "the kernel does not fit into guest memory");
    make_bzimage(0x20f, 1);
    put(0x238, 5, 4);
    assert_string_equal(load(t, 8192, &entry),
                        "the kernel command line is too long for this kernel");
    memset(image, 0, sizeof image);
    assert_string_equal(load(t, 8192, &entry), "the kernel image is neither ELF nor bzImage");
    test_vcpu_free(t);
}

static void make_elf(uint64_t paddr, bool pvh)
{
    memset(image, 0, sizeof image);
    memcpy(image, "\177ELF\2\1", 6);
    put(18, 62, 2);
    put(24, paddr + 0x10, 8);
    put(32, 64, 8);
    put(54, 56, 2);
    put(56, pvh ? 2 : 1, 2);
    put(64, 1, 4); /* PT_LOAD */
    put(64 + 8, 0x1000, 8);
    put(64 + 24, paddr, 8);
    put(64 + 32, 0x100, 8);
    put(64 + 40, 0x2000, 8);
    put(120, 4, 4); /* PT_NOTE */
    put(120 + 8, 0x2000, 8);
    put(120 + 32, 20, 8);
    put(0x2000, 4, 4);
    put(0x2004, 4, 4);
    put(0x2008, 18, 4);
    memcpy(image + 0x200c, "Xen", 4);
    put(0x2010, paddr + 0x20, 4);
    memset(image + 0x1000, 0xaa, 0x100);
}

static void test_elf(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct vmm_boot_entry entry;
    make_elf(0x200000, true);
    memset(t->ram + 0x200000, 0x55, 0x2000);
    assert_null(load(t, 0x3000, &entry));
    assert_int_equal(entry.mode, VMM_ENTRY_PVH);
    assert_int_equal(entry.rip, 0x200020);
    assert_int_equal(t->ram[0x2000ff], 0xaa);
    assert_int_equal(t->ram[0x200100], 0); /* bss */
    assert_int_equal(guest(t, 0x1100, 4), 0x336ec578);
    assert_int_equal(vmm_boot_enter(t->vm, &entry), 0);
    assert_int_equal(t->run.gpr[VCPU_RBX], 0x1100);
    assert_int_equal(t->run.state.cr0 & CR0_PG, 0);
    make_elf(0x200000, false);
    assert_null(load(t, 0x3000, &entry));
    assert_int_equal(entry.mode, VMM_ENTRY_LINUX64);
    assert_int_equal(entry.rip, 0x200010);
    make_elf(0x7000, true); /* on top of the boot structures */
    assert_non_null(load(t, 0x3000, &entry));
    make_elf(TEST_RAM - 0x1000, true);
    assert_non_null(load(t, 0x3000, &entry));
    test_vcpu_free(t);
}

static uint8_t checksum(const uint8_t *p, size_t n)
{
    uint8_t sum = 0;
    while (n--) {
        sum = (uint8_t)(sum + *p++);
    }
    return sum;
}

/* Follow every pointer from the RSDP and check every checksum. With an argument (a folder) the
 * tables are written there for a disassembler. */
static void test_acpi(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct vmm_pc pc;
    void *chips = malloc(vmm_pc_chips_size());
    const struct vmm_pc_config config = {.ecam = true};
    vmm_pc_create(&pc, t->vm, &config, chips);
    const struct vmm_acpi_options options = {.ecam = true, .hpet = true};
    uint64_t rsdp = vmm_acpi_write(t->vm, &options);
    assert_int_equal(rsdp, 0xe0000);
    assert_memory_equal(t->ram + rsdp, "RSD PTR ", 8);
    assert_int_equal(checksum(t->ram + rsdp, 20), 0);
    assert_int_equal(checksum(t->ram + rsdp, 36), 0);
    uint64_t xsdt = guest(t, rsdp + 24, 8), length = guest(t, xsdt + 4, 4);
    assert_int_equal(checksum(t->ram + xsdt, length), 0);
    assert_int_equal((length - 36) / 8, 4);
    for (uint64_t at = xsdt + 36; at < xsdt + length; at += 8) {
        uint64_t table = guest(t, at, 8);
        assert_int_equal(checksum(t->ram + table, guest(t, table + 4, 4)), 0);
        if (memcmp(t->ram + table, "FACP", 4) == 0) {
            uint64_t dsdt = guest(t, table + 140, 8);
            assert_memory_equal(t->ram + dsdt, "DSDT", 4);
            assert_int_equal(checksum(t->ram + dsdt, guest(t, dsdt + 4, 4)), 0);
            assert_int_equal(guest(t, table + 36, 4) % 64, 0); /* FACS */
            const char *folder = getenv("ACPI_DUMP");
            if (folder) {
                FILE *f = fopen(folder, "wb");
                fwrite(t->ram + dsdt, 1, guest(t, dsdt + 4, 4), f);
                fclose(f);
            }
        }
    }
    free(chips);
    test_vcpu_free(t);
}

static void test_aml_lengths(void **state)
{
    (void)state;
    static uint8_t buffer[8192];
    struct aml aml = {.data = buffer, .size = sizeof buffer};
    size_t scope = aml_scope(&aml, "\\_SB");
    for (unsigned i = 0; i < 30; i++) {
        aml_name(&aml, "ABCD");
        aml_integer(&aml, 0x12345678);
    }
    aml_end(&aml, scope);
    /* 5 bytes of path, 30 * 10 of names, 2 of length: 0x133 = 0x43 0x13 */
    assert_int_equal(buffer[1], 0x43);
    assert_int_equal(buffer[2], 0x13);
    assert_int_equal(aml.used, 1 + 0x133);
    struct aml small = {.data = buffer, .size = 3};
    aml_string(&small, "too long");
    assert_true(small.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bzimage),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_elf),         cmocka_unit_test(test_acpi),
        cmocka_unit_test(test_aml_lengths),
    };
    return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
