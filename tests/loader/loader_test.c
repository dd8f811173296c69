/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The loader's logic on a simulated kernel, with specifications linked on the spot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "link.h"
#include "sys_fake.h"
#include <sel4/api_table.h>

static const char system_text[] =
    "object v pml4 in a\n"
    "object cn cnode in a\n"
    "object t tcb in a\n"
    "object ep endpoint\n"
    "object bell notification in a\n"
    "object ram frame2M x3 in a contiguous\n"
    "object guest ept_pml4 in a\n"
    "object page frame4K x2 in a\n"
    "object run frame4K in a\n"
    "object cpu vcpu in a\n"
    "object dev frame4K x2 at 0x3800000 in a\n"
    "object log frame4K at kernel_log+0x1000 in a\n"
    "object spare untyped bits 13 in a\n"
    "object uart irq in a at isa(4)\n"
    "object com ports in a at ports(0x3f8-0x3ff)\n"
    "map v@0x20001000 page[0..1] rw\n"
    "map v@0x100000000 ram[0..2] rw\n"
    "map guest@0x0 ram[0..2] rwx\n"
    "map v@0x20005000 dev[0..1] rwu\n"
    "map v@0x20008000 log r\n"
    "patch v@0x20001010 paddr ram[1]\n"
    "patch v@0x20001018 tsc_hz\n"
    "patch v@0x20001020 size kernel_log\n"
    "fill page+0x800 bootinfo 19 0x1000\n"
    "cap cn[1] ep rwp badge 0x7\n"
    "cap cn[2] spare -\n"
    "cap cn[3] com -\n"
    "irq uart bell badge 0x10 ack\n"
    "thread t cspace cn vspace v ipc page[1] 0x20002000 fault 1 notification bell vcpu cpu ept "
    "guest "
    "run_page run prio 90 mcp 90 rip 0x400000 rsp 0x20001000 args 0x5 0x6 0x7 0x8\n";

static char *blob;
static size_t blob_size;
static struct loader loader;

static void make_blob(const char *text)
{
    FILE *in = fmemopen((void *)text, strlen(text), "r");
    struct link link = {.spec = spec_read(in, "test")};
    fclose(in);
    if (!link_complete(&link))
        fail_msg("%s", link.spec->errors);
    FILE *out = open_memstream(&blob, &blob_size);
    assert_true(link_pack(&link, out));
    fclose(out);
    spec_destroy(link.spec);
}

static void start_on(const char *text, unsigned ram_bits, const uint64_t *machine)
{
    make_blob(text);
    fake_init(blob, blob_size);
    if (machine)
        fake_add_machine(*machine, "VT-x has no EPT");
    fake_add_untyped(0x2001000, 12, true); /* the payload, in pieces as the kernel cuts them */
    fake_add_untyped(0x2002000, 13, true);
    fake_add_untyped(0x2004000, 14, true);
    fake_add_untyped(0x3000000, 16, true); /* kernel log */
    fake_add_untyped(0x3800000, 20, true);
    fake_add_untyped(0x100000, 20, false);
    fake_add_untyped(0x1000000, ram_bits, false);
    fake_run(&loader);
}

static void start(const char *text, unsigned ram_bits)
{
    start_on(text, ram_bits, NULL);
}

static void finish(void)
{
    fake_free();
    free(blob);
}

/* CPtr of an object by its name. */
static cptr named(const char *name)
{
    uint32_t count;
    const struct capspec_object *o = view_section(loader.spec, CAPSPEC_SEC_OBJECTS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!strcmp(view_string(loader.spec, o[i].name), name))
            return space_object(&loader, o[i].first);
    fail_msg("no object %s", name);
    return 0;
}

static unsigned object_number(const char *name)
{
    return fake_cap(named(name))->object;
}

static void test_memory_and_mappings(void **state)
{
    (void)state;
    start(system_text, 24);
    assert_string_equal(fake.log, "loader: no ACPI tables, ISA interrupts are taken one to one\n"
                                  "loader: 25 objects, 1 threads, 6233 KiB\n");
    unsigned v = object_number("v"), guest = object_number("guest");
    uint64_t first = fake.object[object_number("ram")].paddr;
    for (unsigned i = 0; i < 3; i++) {
        struct fake_mapping *m = fake_find_mapping(v, 0x100000000 + i * 0x200000ull);
        struct fake_mapping *g = fake_find_mapping(guest, i * 0x200000ull);
        assert_non_null(m);
        assert_non_null(g);
        assert_int_equal(m->object, g->object); /* one frame, two capabilities */
        assert_int_equal(fake.object[m->object].paddr, first + i * 0x200000ull);
    }
    struct fake_mapping *d = fake_find_mapping(v, 0x20006000);
    assert_int_equal(fake.object[d->object].paddr, 0x3801000);
    assert_int_equal(d->attributes, CAPSPEC_MAP_UNCACHED);
    struct fake_mapping *l = fake_find_mapping(v, 0x20008000);
    assert_int_equal(fake.object[l->object].paddr, 0x3001000);
    assert_int_equal(l->rights, CAPSPEC_READ);
    finish();
}

static void test_contents(void **state)
{
    (void)state;
    start(system_text, 24);
    const uint8_t *page = fake.memory + fake.object[object_number("page")].paddr;
    uint64_t word;
    memcpy(&word, page + 0x10, 8);
    assert_int_equal(word, fake.object[object_number("ram")].paddr + 0x200000);
    memcpy(&word, page + 0x18, 8);
    assert_int_equal(word, 123456789);
    memcpy(&word, page + 0x20, 8);
    assert_int_equal(word, 0x11000);
    memcpy(&word, page + 0x800, 8);
    assert_int_equal(word, SEL4_BOOTINFO_HEADER_TSC_HZ);
    finish();
}

static void test_capabilities(void **state)
{
    (void)state;
    start(system_text, 24);
    struct fake_cap *slots = fake_object(named("cn"))->slots;
    assert_int_equal(slots[1].object, object_number("ep"));
    assert_int_equal(slots[1].badge, 7);
    assert_int_equal(slots[1].rights, CAPSPEC_READ | CAPSPEC_WRITE | CAPSPEC_GRANT_REPLY);
    assert_int_equal(fake.object[slots[2].object].type, CAPSPEC_UNTYPED);
    assert_null(fake_cap(named("spare"))); /* moved, the custody keeps nothing */
    assert_int_equal(slots[3].object, object_number("com"));
    struct fake_object *irq = fake_object(named("uart"));
    assert_int_equal(fake_cap(irq->signals)->badge, 0x10);
    assert_true(irq->acked);
    assert_int_equal(irq->pin[1], 4);
    finish();
}

static void test_thread(void **state)
{
    (void)state;
    start(system_text, 24);
    struct fake_object *t = fake_object(named("t"));
    assert_true(t->resumed && t->vcpu && t->run_page);
    assert_int_equal(t->priority, 90);
    assert_int_equal(t->registers.rip, 0x400000);
    assert_int_equal(t->registers.arg[3], 8);
    assert_int_equal(t->spaces.guard, 62); /* four slots */
    assert_int_equal(t->spaces.fault_ep, 1);
    assert_int_equal(t->spaces.ipc_vaddr, 0x20002000);
    assert_int_equal(t->notification, named("bell"));
    finish();
}

static void test_authority_is_gone(void **state)
{
    (void)state;
    start(system_text, 24);
    static const cptr gone[] = {seL4_CapIRQControl, seL4_CapASIDControl, seL4_CapIOPortControl,
                                seL4_CapIOSpace, seL4_CapDomain};
    for (unsigned i = 0; i < 5; i++)
        assert_null(fake_cap(gone[i]));
    for (cptr slot = 0; slot < 1u << 14; slot++) {
        struct fake_object *o = fake_object(slot);
        assert_true(!o || o->type != CAPSPEC_UNTYPED);
    }
    finish();
}

static void test_out_of_memory(void **state)
{
    (void)state;
    start(system_text, 22);
    assert_non_null(strstr(fake.log, "loader: the system needs 6"));
    assert_non_null(strstr(fake.log, "the system was not started"));
    finish();
    /* enough in all, but not in one piece */
    make_blob("object ram frame2M x2 contiguous\n");
    fake_init(blob, blob_size);
    fake_add_untyped(0x2001000, 12, true);
    fake_add_untyped(0x1000000, 21, false);
    fake_add_untyped(0x1400000, 21, false);
    fake_add_untyped(0x100000, 20, false);
    fake_run(&loader);
    assert_non_null(strstr(fake.log, "loader: out of memory at 'ram': 2 of 2^21 bytes missing"));
    finish();
}

static void test_missing_hardware(void **state)
{
    (void)state;
    start("object nic frame4K at pci(8086:100e).bar0\nobject files frame4K at payload(files)\n"
          "object i irq at gsi(99)\n",
          24);
    assert_non_null(strstr(fake.log, "hardware 'pci(8086:100e).bar0': no such PCI function"));
    assert_non_null(strstr(fake.log, "hardware 'payload(files)': the image has no such"));
    assert_non_null(strstr(fake.log, "hardware 'gsi(99)': no IOAPIC has this interrupt"));
    assert_non_null(strstr(fake.log, "3 pieces of hardware are missing"));
    finish();
    start("object d frame4K at 0x9000000\n", 24);
    assert_non_null(strstr(fake.log, "'d': 0x9000000 is not available as device memory"));
    finish();
    start("object log frame4K x32 at kernel_log\n", 24);
    assert_non_null(strstr(fake.log, "'log' needs 0x20000 bytes at offset 0x0, the device has"));
    finish();
}

/* A network function at 0:3.0 with two capabilities, the second one MSI. */
static void start_with_function(uint32_t msi_header)
{
    make_blob("object i irq at msi(8086:10d3)\nobject j irq at isa(4,vector=0)\n");
    fake_init(blob, blob_size);
    fake_add_untyped(0x2001000, 12, true);
    fake_add_untyped(0x1000000, 24, false);
    uint32_t *f = fake.function;
    f[0] = 0x10d38086;
    f[1] = 0x00100103; /* capabilities; I/O, memory, SERR */
    f[0x34 / 4] = 0xc8;
    f[0xc8 / 4] = 0x0001d001;
    f[0xd0 / 4] = msi_header;
    f[0xdc / 4] = 0xffffffff;
    fake_run(&loader);
}

static void test_msi(void **state)
{
    (void)state;
    const uint32_t *f = fake.function;
    start_with_function(0x01b00005); /* wide, masks, 8 messages enabled */
    assert_int_equal(f[0xd0 / 4], 0x01810005);
    assert_int_equal(f[0xd4 / 4], 0xfee05000);
    assert_int_equal(f[0xd8 / 4], 0);
    assert_int_equal(f[0xdc / 4], 0x31); /* user vector 0 is taken */
    assert_int_equal(f[0xe0 / 4], 0);
    assert_int_equal(f[1] & 0xffff, 0x0507);
    finish();
    start_with_function(0x00000005);
    assert_int_equal(f[0xd0 / 4], 0x00010005);
    assert_int_equal(f[0xd8 / 4], 0x31);
    finish();
    start_with_function(0x00000011); /* MSI-X only */
    assert_non_null(strstr(fake.log, "hardware 'msi(8086:10d3)': the function has no MSI"));
    assert_int_equal(f[1] & 0xffff, 0x0103);
    finish();
    start_with_function(0x0000d011); /* a list that loops */
    assert_non_null(strstr(fake.log, "has no MSI capability"));
    finish();
}

/* ---- ACPI ---- */

#define XSDT 0x3800100
#define MADT 0x3801ff0 /* not on a page, and longer than one */

static uint32_t madt_size;

static void put_table(uint64_t at, const char *signature, uint32_t size)
{
    memcpy(fake.memory + at, signature, 4);
    memcpy(fake.memory + at + 4, &size, sizeof size);
}

static void add_entry(const uint8_t *entry)
{
    memcpy(fake.memory + MADT + madt_size, entry, entry[1]);
    madt_size += entry[1];
    put_table(MADT, "APIC", madt_size);
}

/* Two I/O APICs; `cpus` processors before them, in entries of 16 bytes. */
static void start_with_madt(const char *text, unsigned cpus)
{
    static const uint64_t tables[] = {0x3800200, 0xff00000000, MADT};
    make_blob(text);
    fake_init(blob, blob_size);
    fake_add_acpi(XSDT);
    fake_add_untyped(0x2001000, 12, true);
    fake_add_untyped(0x3800000, 17, true);
    fake_add_untyped(0x1000000, 24, false);
    put_table(0x3800200, "FACP", 244);
    put_table(XSDT, "XSDT", 36 + sizeof tables);
    memcpy(fake.memory + XSDT + 36, tables, sizeof tables);
    madt_size = 44;
    for (unsigned i = 0; i < cpus; i++)
        add_entry((const uint8_t[16]){9, 16, 0, 0, (uint8_t)i, (uint8_t)(i >> 8), 0, 0, 1});
    add_entry((const uint8_t[12]){1, 12, 8, 0, 0, 0, 0xc0, 0xfe, 0});
    add_entry((const uint8_t[12]){1, 12, 9, 0, 0, 0, 0xc1, 0xfe, 24});
    add_entry((const uint8_t[10]){2, 10, 0, 0, 2});               /* line 0 at input 2 */
    add_entry((const uint8_t[10]){2, 10, 0, 9, 20, 0, 0, 0, 15}); /* line 9: level, low */
    add_entry((const uint8_t[10]){2, 10, 0, 77, 1});              /* no line */
    fake_run(&loader);
}

static void assert_pin(const char *irq, const uint32_t expected[4])
{
    if (!strstr(fake.log, " objects, ")) {
        fail_msg("%s", fake.log);
    }
    assert_memory_equal(fake_object(named(irq))->pin, expected, 4 * sizeof *expected);
}

static void test_interrupts_by_acpi(void **state)
{
    (void)state;
    static const char text[] = "object timer irq at isa(0)\nobject sci irq at isa(9)\n"
                               "object uart irq at isa(4)\nobject far irq at gsi(30,level,low)\n";
    /* as on a small machine, and on one with more processors than a page describes */
    for (unsigned cpus = 1; cpus <= 1000; cpus += 999) {
        start_with_madt(text, cpus);
        assert_pin("timer", (const uint32_t[4]){0, 2, 0, 0});
        assert_pin("sci", (const uint32_t[4]){0, 20, 1, 1});
        assert_pin("uart", (const uint32_t[4]){0, 4, 0, 0});
        assert_pin("far", (const uint32_t[4]){1, 6, 1, 1});
        finish();
    }
    start_with_madt("object none irq at gsi(48)\n", 1);
    assert_non_null(strstr(fake.log, "hardware 'gsi(48)': no IOAPIC has this interrupt"));
    finish();
}

/* A function named by its place, with the device that must be there. */
static void start_at_place(const char *text)
{
    make_blob(text);
    fake_init(blob, blob_size);
    fake_add_untyped(0x2001000, 12, true);
    fake_add_untyped(0x1000000, 24, false);
    fake.function[0] = 0x10d38086;
    fake_run(&loader);
}

static void test_device_at_place(void **state)
{
    (void)state;
    start_at_place("object s iospace at iospace(0:3.0=8086:10d3,domain=1)\n");
    assert_null(strstr(fake.log, "place"));
    finish();
    start_at_place("object s iospace at iospace(0:3.0=8086:150e,domain=1)\n");
    assert_non_null(strstr(fake.log, "the device at 0:3.0 is 8086:10d3"));
    assert_non_null(strstr(fake.log, "'iospace(0:3.0=8086:150e,domain=1)': another device is at"));
    finish();
    start_at_place("object s iospace at iospace(0:4.0=8086:150e,domain=1)\n");
    assert_non_null(strstr(fake.log, "no such PCI function"));
    finish();
}

static const char *problem_after(size_t offset, uint8_t value)
{
    make_blob(system_text);
    blob[offset] = (char)value;
    const char *problem = view_validate(blob, blob_size, SEL4_API_VERSION);
    free(blob);
    return problem;
}

static void test_damaged_specifications(void **state)
{
    (void)state;
    assert_string_equal(problem_after(0, 'X'), "no capability specification");
    assert_string_equal(problem_after(8, 99), "made for another version of the loader");
    assert_string_equal(problem_after(12, 99), "made for another version of the kernel");
    assert_string_equal(problem_after(offsetof(struct capspec_header, total_size) + 3, 1),
                        "cut off");
    assert_string_equal(problem_after(offsetof(struct capspec_header, root_bits), 77),
                        "damaged: root_bits");
    /* any single damaged byte of the tables is refused or harmless, never followed blindly */
    make_blob(system_text);
    uint64_t tables = ((struct capspec_header *)blob)->data_offset;
    for (uint64_t at = 0; at < tables; at++) {
        char old = blob[at];
        blob[at] = (char)(old ^ 0x81);
        view_validate(blob, blob_size, SEL4_API_VERSION);
        blob[at] = old;
    }
    assert_null(view_validate(blob, blob_size, SEL4_API_VERSION));
    free(blob);
}

static void test_machine_lacks_what_is_needed(void **state)
{
    (void)state;
    const uint64_t nothing = 0, enough = SEL4_MACHINE_GUESTS;
    start_on(system_text, 24, &nothing);
    assert_string_equal(
        fake.log,
        "loader: this image needs what this machine does not have:\n"
        "loader: MISSING: virtual machines: VT-x has no EPT\n"
        "loader: see the lines \"machine:\" of the self-check above for all that is here\n"
        "loader: the system was not started\n");
    finish();
    /* all at once */
    start_on(system_text, 22, &nothing);
    assert_non_null(strstr(fake.log, "loader: MISSING: virtual machines: VT-x has no EPT\n"
                                     "loader: the system needs 6"));
    finish();
    start_on(system_text, 24, &enough);
    assert_non_null(strstr(fake.log, "loader: 25 objects"));
    finish();
    start_on("object p frame4K\n", 24, &nothing); /* needs nothing */
    assert_non_null(strstr(fake.log, "loader: 1 objects"));
    finish();
}

static void test_many_objects(void **state)
{
    (void)state;
    start("object p frame4K x3000\nobject e endpoint x1000\n", 24);
    assert_non_null(strstr(fake.log, "loader: 4000 objects"));
    assert_true(fake.retypes < 40); /* up to 256 per call */
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_and_mappings),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_thread),
        cmocka_unit_test(test_authority_is_gone),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_missing_hardware),
        cmocka_unit_test(test_interrupts_by_acpi),
        cmocka_unit_test(test_msi),
        cmocka_unit_test(test_device_at_place),
        cmocka_unit_test(test_damaged_specifications),
        cmocka_unit_test(test_many_objects),
        cmocka_unit_test(test_machine_lacks_what_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
