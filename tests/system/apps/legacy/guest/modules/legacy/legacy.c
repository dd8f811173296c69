// SPDX-License-Identifier: GPL-2.0-only
// Copyright 2026, the CAmkES VMM for x86 authors
/*
 * The older transport of connections as a guest kernel drives it: two dataports in pages of its
 * own, an event each way. What is written to /dev/legacy is handed to the component; reading waits
 * for its answer.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kvm_para.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DATAPORT   1
#define CONSUMES   2
#define EMITS      3
#define COMMAND    1
#define TAKEN      2
#define MAGIC      42
#define EVENT_IRQ  12
#define SIZE       8192
#define SIZE_ORDER 1

struct event_page {
    u32 id;
    u32 magic;
};

static char *source, *answer;
static volatile struct event_page *page;
static DECLARE_WAIT_QUEUE_HEAD(waiters);
static atomic_t waiting = ATOMIC_INIT(0);
static unsigned int events, refused;
module_param(events, uint, 0444);
module_param(refused, uint, 0444);

static int share(unsigned int id, phys_addr_t address, size_t size)
{
    return (int)kvm_hypercall4(DATAPORT, COMMAND, id, address, size);
}

static irqreturn_t event(int irq, void *data)
{
    if (page->id == 1) {
        events++;
        atomic_inc(&waiting);
        wake_up(&waiters);
    }
    kvm_hypercall1(CONSUMES, TAKEN);
    return IRQ_HANDLED;
}

static ssize_t legacy_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
    n = min_t(size_t, n, SIZE - 1);
    if (copy_from_user(source, from, n)) {
        return -EFAULT;
    }
    source[n] = 0;
    return kvm_hypercall2(EMITS, COMMAND, 1) == 0 ? n : -EIO;
}

static ssize_t legacy_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
    if (*at == 0) {
        if (wait_event_interruptible(waiters, atomic_add_unless(&waiting, -1, 0))) {
            return -ERESTARTSYS;
        }
    }
    return simple_read_from_buffer(to, n, at, answer, strnlen(answer, SIZE));
}

static const struct file_operations operations = {
    .owner = THIS_MODULE, .write = legacy_write, .read = legacy_read};
static struct miscdevice device = {
    .minor = MISC_DYNAMIC_MINOR, .name = "legacy", .fops = &operations, .mode = 0600};

/* What is wrong in these calls must be refused, and must harm nobody. */
static void try_wrong_calls(void)
{
    phys_addr_t good = virt_to_phys(source);

    refused += share(0, good, SIZE) < 0;
    refused += share(3, good, SIZE) < 0;
    refused += share(1, good, SIZE * 2) < 0;
    refused += share(1, good + 16, SIZE) < 0;
    refused += share(1, 0xfee00000, SIZE) < 0;
    refused += share(1, ~0xfffull, SIZE) < 0;
    refused += (int)kvm_hypercall2(EMITS, COMMAND, 2) < 0;
    refused += (int)kvm_hypercall2(CONSUMES, COMMAND, 0xfee00000) < 0;
    refused += (int)kvm_hypercall2(CONSUMES, COMMAND, good) < 0; /* no magic there */
    refused += (int)kvm_hypercall2(CONSUMES, TAKEN, 0) < 0;
}

static int __init legacy_init(void)
{
    int error = -ENOMEM;

    source = (char *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, SIZE_ORDER);
    answer = (char *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, SIZE_ORDER);
    page = (volatile struct event_page *)get_zeroed_page(GFP_KERNEL);
    if (!source || !answer || !page) {
        return error; /* a test module: what is lost, is lost with the machine */
    }
    try_wrong_calls();
    page->magic = MAGIC;
    error = request_irq(EVENT_IRQ, event, 0, "legacy", NULL);
    if (error) {
        return error;
    }
    if (share(1, virt_to_phys(source), SIZE) || share(2, virt_to_phys(answer), SIZE) ||
        (int)kvm_hypercall2(CONSUMES, COMMAND, virt_to_phys((void *)page))) {
        free_irq(EVENT_IRQ, NULL);
        return -ENXIO;
    }
    return misc_register(&device);
}

module_init(legacy_init);
MODULE_DESCRIPTION("Test of the older transport of connections");
MODULE_LICENSE("GPL");
