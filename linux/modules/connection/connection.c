// SPDX-License-Identifier: GPL-2.0-only
// Copyright 2026, the CAmkES VMM for x86 authors
/*
 * Connections between this guest and components outside it: one PCI function each, shown to user
 * programs as a UIO device. Map 0 is the register page, map 1 the dataport; a read blocks until
 * events came in. The name of the UIO device is the name of the connection. The attribute `seen` of
 * the PCI function keeps, from one process to the next, how many events have been waited for.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uio_driver.h>
#include <crossvm/layout.h>

struct connection {
    struct uio_info uio;
    u8 __iomem *registers;
    char name[CROSSVM_NAME_SIZE];
    u32 seen; /* CROSSVM_REG_TOTAL at the last wait; user programs read and write it */
};

/* Acknowledges exactly the events it saw; the device announces those that came between again. */
static irqreturn_t connection_interrupt(int irq, struct uio_info *info)
{
    struct connection *c = info->priv;
    u32 events = ioread32(c->registers + CROSSVM_REG_EVENTS);

    if (events == 0) {
        return IRQ_NONE;
    }
    iowrite32(events, c->registers + CROSSVM_REG_EVENTS);
    return IRQ_HANDLED;
}

static ssize_t seen_show(struct device *dev, struct device_attribute *attr, char *text)
{
    struct connection *c = dev_get_drvdata(dev);

    return c ? sysfs_emit(text, "%u\n", READ_ONCE(c->seen)) : -ENODEV;
}

static ssize_t seen_store(struct device *dev, struct device_attribute *attr, const char *text,
                          size_t size)
{
    struct connection *c = dev_get_drvdata(dev);
    u32 seen;
    int error = kstrtou32(text, 0, &seen);

    if (!c || error) {
        return c ? error : -ENODEV;
    }
    WRITE_ONCE(c->seen, seen);
    return size;
}

static DEVICE_ATTR_RW(seen);
static struct attribute *connection_attrs[] = {&dev_attr_seen.attr, NULL};
ATTRIBUTE_GROUPS(connection);

static void connection_read_name(struct connection *c)
{
    unsigned int i;

    for (i = 0; i + 1 < sizeof(c->name); i++) {
        c->name[i] = ioread8(c->registers + CROSSVM_REG_NAME + i);
    }
    if (c->name[0] == 0) {
        strscpy(c->name, "connector", sizeof(c->name));
    }
}

/* Both BARs are memory of the machine, so user programs map them cached. */
static void connection_add_map(struct connection *c, struct pci_dev *pdev, int bar,
                               const char *name)
{
    struct uio_mem *map = &c->uio.mem[bar];

    if (pci_resource_len(pdev, bar) == 0) {
        return;
    }
    map->name = name;
    map->addr = pci_resource_start(pdev, bar);
    map->size = pci_resource_len(pdev, bar);
    map->memtype = UIO_MEM_IOVA;
}

static int connection_set_up(struct connection *c, struct pci_dev *pdev)
{
    int error = pcim_enable_device(pdev);

    if (error) {
        return error;
    }
    error = pcim_iomap_regions(pdev, BIT(CROSSVM_BAR_REGISTERS), "connector");
    if (error) {
        return error;
    }
    if (pci_resource_len(pdev, CROSSVM_BAR_REGISTERS) < CROSSVM_REGISTER_PAGE) {
        return -ENODEV;
    }
    c->registers = pcim_iomap_table(pdev)[CROSSVM_BAR_REGISTERS];
    connection_read_name(c);
    /* what waits now has been seen by nobody; no interrupt of ours acknowledges it yet */
    c->seen = ioread32(c->registers + CROSSVM_REG_TAKEN);
    connection_add_map(c, pdev, CROSSVM_BAR_REGISTERS, "events");
    connection_add_map(c, pdev, CROSSVM_BAR_DATAPORT, "dataport");
    pci_set_master(pdev); /* a message-signalled interrupt is a write by the device */
    error = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_LEGACY);
    if (error < 0) {
        return error;
    }
    c->uio.name = c->name;
    c->uio.version = "1.0";
    c->uio.irq = pci_irq_vector(pdev, 0);
    c->uio.irq_flags = pdev->msi_enabled ? 0 : IRQF_SHARED;
    c->uio.handler = connection_interrupt;
    c->uio.priv = c;
    return 0;
}

static int connection_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
    struct connection *c = devm_kzalloc(&pdev->dev, sizeof(*c), GFP_KERNEL);
    int error;

    if (!c) {
        return -ENOMEM;
    }
    error = connection_set_up(c, pdev);
    pci_set_drvdata(pdev, c);
    if (error == 0) {
        error = uio_register_device(&pdev->dev, &c->uio);
    }
    if (error) {
        pci_free_irq_vectors(pdev);
        return dev_err_probe(&pdev->dev, error, "connection is not usable\n");
    }
    dev_info(&pdev->dev, "connection '%s': dataport %llu bytes, %s\n", c->name,
             (unsigned long long)pci_resource_len(pdev, CROSSVM_BAR_DATAPORT),
             pdev->msi_enabled ? "MSI" : "INTx");
    return 0;
}

static void connection_remove(struct pci_dev *pdev)
{
    struct connection *c = pci_get_drvdata(pdev);

    uio_unregister_device(&c->uio);
    pci_free_irq_vectors(pdev);
}

static const struct pci_device_id connection_ids[] = {
    {PCI_DEVICE(CROSSVM_PCI_VENDOR, CROSSVM_PCI_DEVICE)},
    {0},
};
MODULE_DEVICE_TABLE(pci, connection_ids);

static struct pci_driver connection_driver = {
    .name = "connector",
    .id_table = connection_ids,
    .probe = connection_probe,
    .remove = connection_remove,
    .dev_groups = connection_groups,
};
module_pci_driver(connection_driver);

MODULE_DESCRIPTION("Connections to components outside this virtual machine");
MODULE_LICENSE("GPL");
