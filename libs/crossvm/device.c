/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <crossvm/device.h>
#include <string.h>
#include <vmm/vmm.h>

#define PAGE_MASK   4095u
#define HEADER_TYPE 0x0e
#define MULTI       0x80u
#define MAX_BAR     (1ull << 31)

static struct crossvm_device *of(struct vmm_pci_function *fn)
{
    return (struct crossvm_device *)(void *)fn;
}

uint64_t crossvm_bar_size(uint64_t size)
{
    uint64_t bar = size ? 4096 : 0;
    while (bar && bar < size) {
        bar <<= 1;
    }
    return bar;
}

/* ---- the register page ---------------------------------------------------------------------- */

static void put(const struct crossvm_device *dev, unsigned offset, uint32_t value)
{
    __atomic_store_n(&dev->config.page[offset / 4], value, __ATOMIC_RELEASE);
}

/* The guest reads without asking. Whoever counts an event by the total must find it waiting, so
 * that goes first. */
static void show_events(const struct crossvm_device *dev)
{
    put(dev, CROSSVM_REG_EVENTS, dev->events);
    put(dev, CROSSVM_REG_TOTAL, dev->total);
    put(dev, CROSSVM_REG_TAKEN, dev->total - dev->events);
}

static uint32_t flags(const struct crossvm_config *c)
{
    return (c->emit ? CROSSVM_FLAG_EMITS : 0) | (c->consumes ? CROSSVM_FLAG_CONSUMES : 0) |
           (c->size ? CROSSVM_FLAG_DATAPORT : 0) |
           (c->size && c->writable ? CROSSVM_FLAG_WRITABLE : 0);
}

/* What stays the same for the life of the device. */
static void show_description(const struct crossvm_device *dev)
{
    const struct crossvm_config *c = &dev->config;
    memcpy((char *)c->page + CROSSVM_REG_NAME, c->name, strlen(c->name));
    put(dev, CROSSVM_REG_MAGIC, CROSSVM_MAGIC);
    put(dev, CROSSVM_REG_VERSION, CROSSVM_VERSION);
    put(dev, CROSSVM_REG_FLAGS, flags(c));
    put(dev, CROSSVM_REG_INDEX, dev->index);
    put(dev, CROSSVM_REG_SIZE_LOW, (uint32_t)c->size);
    put(dev, CROSSVM_REG_SIZE_HIGH, (uint32_t)(c->size >> 32));
}

/* ---- interrupt ------------------------------------------------------------------------------ */

/* A guest without a driver for this device gets no interrupts: nobody would end them. */
static void raise_interrupt(struct crossvm_device *dev)
{
    if (dev->events && dev->attended) {
        vmm_pci_interrupt(&dev->fn, 0);
    } else {
        vmm_pci_intx_clear(&dev->fn);
    }
}

static void add_events(struct crossvm_device *dev, uint32_t n)
{
    bool idle = dev->events == 0;
    dev->total += n;
    dev->events = dev->events > UINT32_MAX - n ? UINT32_MAX : dev->events + n;
    show_events(dev);
    if (idle && n) {
        raise_interrupt(dev);
    }
}

/* n = 0: all. What is left, because it came after the guest looked, is announced again. */
static void acknowledge(struct crossvm_device *dev, uint32_t n)
{
    dev->events -= n && n < dev->events ? n : dev->events;
    show_events(dev);
    raise_interrupt(dev);
}

void crossvm_device_signal(struct crossvm_device *dev)
{
    __atomic_fetch_add(&dev->signals, 1, __ATOMIC_ACQ_REL);
}

static void poll(struct vmm_device *vmm_dev)
{
    struct crossvm_device *dev = of((struct vmm_pci_function *)(void *)vmm_dev);
    uint32_t n = __atomic_exchange_n(&dev->signals, 0, __ATOMIC_ACQ_REL);
    if (n) {
        add_events(dev, n);
    }
}

/* ---- where register page and dataport are --------------------------------------------------- */

static void unmap(struct crossvm_device *dev, unsigned bar)
{
    struct crossvm_place *at = &dev->place[bar];
    if (at->mapped) {
        dev->config.ops->unmap(dev, bar, at->gpa);
    }
    at->mapped = at->failed = false;
}

static bool in_memory(const struct vmm *vm, uint64_t base, uint64_t size)
{
    for (unsigned i = 0; i < vm->num_regions; i++) {
        const struct vmm_region *r = &vm->region[i];
        if (base < r->gpa + r->size && r->gpa < base + size) {
            return true;
        }
    }
    return false;
}

static void map(struct crossvm_device *dev, unsigned n)
{
    const struct vmm_pci_bar *bar = &dev->fn.bar[n];
    struct crossvm_place *at = &dev->place[n];
    at->gpa = bar->address;
    at->mapped = !in_memory(dev->fn.dev.vm, bar->address, bar->size) &&
                 dev->config.ops->map(dev, n, bar->address);
    at->failed = !at->mapped; /* not tried again until it moves */
    if (at->failed && n == CROSSVM_BAR_DATAPORT) {
        vmm_log(dev->fn.dev.vm, "crossvm %s: dataport cannot be mapped at %llx\n", dev->config.name,
                (unsigned long long)bar->address);
    }
}

/* Whether the contents of a BAR belong into the guest's memory. Reads of the registers exit until
 * the guest attends: so the first one is noticed. */
static bool wanted(const struct crossvm_device *dev, unsigned bar)
{
    return dev->fn.bar[bar].claimed && (bar == CROSSVM_BAR_DATAPORT || dev->attended);
}

/* Follow the BARs. One may be where the other was, so all leave before any arrives. */
static void place(struct crossvm_device *dev)
{
    for (unsigned i = 0; i < 2; i++) {
        if (!wanted(dev, i) || dev->place[i].gpa != dev->fn.bar[i].address) {
            unmap(dev, i);
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        if (wanted(dev, i) && !dev->place[i].mapped && !dev->place[i].failed) {
            map(dev, i);
        }
    }
}

/* The guest uses the registers: from now on it wants to know, and reads without asking. */
static void attend(struct crossvm_device *dev)
{
    if (!dev->attended) {
        dev->attended = true;
        place(dev);
        raise_interrupt(dev);
    }
}

/* ---- accesses that exit --------------------------------------------------------------------- */

/* The bytes of a BAR that an access may touch: the bus lets none leave the BAR, but a dataport may
 * end before it does. */
static uint8_t *bytes_of(const struct crossvm_device *dev, const struct vmm_access *a)
{
    const struct crossvm_config *c = &dev->config;
    if (a->range == CROSSVM_BAR_REGISTERS) {
        return (uint8_t *)c->page + a->offset;
    }
    return c->data && a->offset + a->size <= c->size ? c->data + a->offset : NULL;
}

static bool bar_read(struct vmm_pci_function *fn, struct vmm_access *a)
{
    struct crossvm_device *dev = of(fn);
    const uint8_t *bytes = bytes_of(dev, a);
    if (!bytes) {
        return false;
    }
    if (a->range == CROSSVM_BAR_REGISTERS) {
        attend(dev);
    }
    a->value = 0;
    memcpy(&a->value, bytes, a->size);
    return true;
}

static bool write_dataport(const struct crossvm_device *dev, const struct vmm_access *a)
{
    uint8_t *bytes = dev->config.writable ? bytes_of(dev, a) : NULL;
    if (bytes) {
        memcpy(bytes, &a->value, a->size);
    }
    return bytes != NULL;
}

static bool bar_write(struct vmm_pci_function *fn, const struct vmm_access *a)
{
    struct crossvm_device *dev = of(fn);
    if (a->range == CROSSVM_BAR_DATAPORT) {
        return write_dataport(dev, a);
    }
    attend(dev);
    if (a->offset < CROSSVM_REG_EVENTS) {
        dev->emits++;
        if (dev->config.emit) {
            dev->config.emit();
        }
    } else if (a->offset == CROSSVM_REG_EVENTS) {
        acknowledge(dev, (uint32_t)a->value);
    }
    return true; /* the rest is read-only */
}

/* ---- life ------------------------------------------------------------------------------------ */

/* A driver that lets go of a device takes bus mastering away. */
static void watch_master(struct crossvm_device *dev)
{
    bool master = vmm_pci_bus_master(&dev->fn);
    if (dev->master && !master) {
        dev->attended = false;
        raise_interrupt(dev);
    }
    dev->master = master;
}

static bool msi_enabled(const struct crossvm_device *dev)
{
    return dev->fn.msi && (dev->fn.config[dev->fn.msi + 2u] & 1u);
}

static void config_written(struct vmm_pci_function *fn, unsigned offset, unsigned size)
{
    struct crossvm_device *dev = of(fn);
    (void)offset, (void)size;
    watch_master(dev);
    place(dev);
    if (msi_enabled(dev) != dev->msi) { /* what waits is announced the new way */
        dev->msi = !dev->msi;
        vmm_pci_intx_clear(fn);
        raise_interrupt(dev);
    }
}

static void reset(struct vmm_device *vmm_dev)
{
    struct crossvm_device *dev = of((struct vmm_pci_function *)(void *)vmm_dev);
    __atomic_store_n(&dev->signals, 0, __ATOMIC_RELEASE);
    dev->events = dev->total = 0;
    show_events(dev);
    dev->attended = dev->master = false;
    dev->msi = msi_enabled(dev);
    vmm_pci_intx_clear(&dev->fn);
    place(dev);
}

/* Before a reset all that is mapped goes, so that none is in the way of another. */
static void quiesce(struct vmm_device *vmm_dev)
{
    struct crossvm_device *dev = of((struct vmm_pci_function *)(void *)vmm_dev);
    unmap(dev, CROSSVM_BAR_REGISTERS);
    unmap(dev, CROSSVM_BAR_DATAPORT);
}

static void dump(struct vmm_device *vmm_dev, const struct vmm_text *out)
{
    const struct crossvm_device *dev = of((struct vmm_pci_function *)(void *)vmm_dev);
    const struct crossvm_place *at = &dev->place[CROSSVM_BAR_DATAPORT];
    vmm_text_printf(out,
                    "  connection %u \"%s\": %llu bytes %s at %llx, %u events of %u waiting, "
                    "%llu emitted\n",
                    dev->index, dev->config.name, (unsigned long long)dev->config.size,
                    at->mapped ? "mapped" : "not mapped",
                    (unsigned long long)(at->mapped ? at->gpa : 0), dev->events, dev->total,
                    (unsigned long long)dev->emits);
}

static const struct vmm_device_ops device_ops = {
    .name = "crossvm", .reset = reset, .quiesce = quiesce, .poll = poll, .dump = dump};
static const struct vmm_pci_ops pci_ops = {
    .bar_read = bar_read, .bar_write = bar_write, .config_written = config_written};

/* ---- creation ------------------------------------------------------------------------------- */

static const char *check(unsigned index, const struct crossvm_config *c)
{
    if (index >= CROSSVM_MAX_DEVICES) {
        return "a VM has at most 64 cross-VM connections";
    }
    if (!c->name || strlen(c->name) >= CROSSVM_NAME_SIZE) {
        return "the name of a cross-VM connection has at most 47 bytes";
    }
    if (!c->emit && !c->consumes && !c->size) {
        return "a cross-VM connection has neither dataport nor event";
    }
    if ((c->size & PAGE_MASK) || c->size > MAX_BAR / 2) {
        return "the size of a dataport is not a multiple of 4096 up to 1 GiB";
    }
    if (!c->page || !c->ops || !c->ops->map || !c->ops->unmap) {
        return "a cross-VM connection without a register page, or that cannot be mapped";
    }
    return NULL;
}

const char *crossvm_device_create(struct crossvm_device *dev, struct vmm_pci *pci, unsigned index,
                                  const struct crossvm_config *config)
{
    const char *error = check(index, config);
    if (error) {
        return error;
    }
    const struct vmm_pci_id id = {.vendor = CROSSVM_PCI_VENDOR,
                                  .device = CROSSVM_PCI_DEVICE,
                                  .class_code = 0x050000,
                                  .revision = CROSSVM_PCI_REVISION};
    unsigned slot = CROSSVM_FIRST_SLOT + index % CROSSVM_SLOTS, function = index / CROSSVM_SLOTS;
    memset(dev, 0, sizeof *dev);
    dev->config = *config;
    dev->index = index;
    show_description(dev);
    vmm_pci_function_init(&dev->fn, &device_ops, &pci_ops, &id);
    vmm_pci_bar_init(&dev->fn, CROSSVM_BAR_REGISTERS, VMM_PCI_BAR_MEM32, CROSSVM_REGISTER_PAGE);
    if (config->size) {
        vmm_pci_bar_init(&dev->fn, CROSSVM_BAR_DATAPORT, VMM_PCI_BAR_MEM32,
                         crossvm_bar_size(config->size));
    }
    vmm_pci_add_intx(&dev->fn);
    vmm_pci_add_msi(&dev->fn);
    if (vmm_pci_add(pci, &dev->fn, slot, function) != 0) {
        return "the PCI slot of a cross-VM connection is taken";
    }
    if (function) {
        pci->functions[slot][0]->config[HEADER_TYPE] |= MULTI;
    }
    place(dev);
    if (config->size && !dev->fn.bar[CROSSVM_BAR_DATAPORT].claimed) {
        return "the dataports do not fit into the guest's window for 32-bit devices (512 MiB)";
    }
    return NULL;
}
