/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "camkes_guest.h"
#include <crossvm/layout.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PCI_DEVICES "/sys/bus/pci/devices"

/* Registers are read with plain 32-bit moves: the device knows no wider ones. */
#define REGISTER(c, offset) ((c)->registers[(offset) / 4])

struct camkes_connection {
    volatile uint32_t *registers;
    void *dataport;
    size_t size;
    uint32_t seen; /* CROSSVM_REG_TOTAL at the last wait */
    uint32_t flags;
    int polled; /* somebody waited: `seen` moved */
    enum camkes_driver driver;
    int fd;     /* /dev/uioN, or -1 */
    int config; /* PCI configuration space, for uio_pci_generic */
    int uio;    /* N, or -1 */
    char address[32];
    char name[CROSSVM_NAME_SIZE];
};

static int open_below(const char *address, const char *file, int flags)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", address, file);
    return open(path, flags | O_CLOEXEC);
}

static unsigned long read_number(const char *address, const char *file)
{
    char text[32] = "";
    int fd = open_below(address, file, O_RDONLY);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    return n > 0 ? strtoul(text, NULL, 0) : 0;
}

/* The N of uioN below the device, or -1. */
static int find_uio(const char *address)
{
    char path[PATH_MAX];
    int number = -1;
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/uio", address);
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder)) != NULL;) {
        if (sscanf(e->d_name, "uio%d", &number) == 1) {
            break;
        }
    }
    if (folder) {
        closedir(folder);
    }
    return number;
}

static enum camkes_driver find_driver(const char *address)
{
    char path[PATH_MAX];
    char target[PATH_MAX];
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver", address);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    if (n <= 0) {
        return CAMKES_DRIVER_NONE;
    }
    target[n] = 0;
    const char *name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
    if (strcmp(name, "connector") == 0) {
        return CAMKES_DRIVER_CONNECTION;
    }
    return strcmp(name, "uio_pci_generic") == 0 ? CAMKES_DRIVER_GENERIC : CAMKES_DRIVER_NONE;
}

/* Maps BAR `bar`: through the module's UIO device, otherwise through sysfs. */
static void *map_bar(struct camkes_connection *c, int bar, size_t size, int protection)
{
    if (c->driver == CAMKES_DRIVER_CONNECTION) {
        void *p = mmap(NULL, size, protection, MAP_SHARED, c->fd, (off_t)bar * getpagesize());
        return p == MAP_FAILED ? NULL : p;
    }
    char file[16];
    snprintf(file, sizeof(file), "resource%d", bar);
    int fd = open_below(c->address, file, O_RDWR);
    if (fd < 0) {
        return NULL;
    }
    void *p = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    int error = errno;
    close(fd);
    errno = error;
    return p == MAP_FAILED ? NULL : p;
}

/* Without a driver nobody has switched the memory window on. */
static int enable_device(const char *address)
{
    if (read_number(address, "enable") != 0) {
        return 0;
    }
    int fd = open_below(address, "enable", O_WRONLY);
    if (fd < 0) {
        return -1;
    }
    ssize_t n = write(fd, "1", 1);
    close(fd);
    return n == 1 ? 0 : -1;
}

static int open_driver(struct camkes_connection *c)
{
    c->uio = find_uio(c->address);
    c->driver = c->uio < 0 ? CAMKES_DRIVER_NONE : find_driver(c->address);
    if (c->driver == CAMKES_DRIVER_NONE) {
        return enable_device(c->address);
    }
    char path[32];
    snprintf(path, sizeof(path), "/dev/uio%d", c->uio);
    c->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (c->fd < 0) {
        return -1;
    }
    if (c->driver == CAMKES_DRIVER_GENERIC) {
        c->config = open_below(c->address, "config", O_RDWR);
        return c->config < 0 ? -1 : 0;
    }
    return 0;
}

/* What nobody has waited for yet belongs to the first wait. The module acknowledges events as they
 * come in and keeps the count for us; otherwise they are those not acknowledged. */
static void find_seen(struct camkes_connection *c)
{
    if (c->driver == CAMKES_DRIVER_CONNECTION) {
        c->seen = (uint32_t)read_number(c->address, "seen");
    } else {
        c->seen = REGISTER(c, CROSSVM_REG_TAKEN);
    }
}

/* The next process goes on from here. */
static void keep_seen(const struct camkes_connection *c)
{
    int fd = open_below(c->address, "seen", O_WRONLY);
    if (fd >= 0) {
        dprintf(fd, "%u", c->seen);
        close(fd);
    }
}

static int read_registers(struct camkes_connection *c)
{
    c->registers = map_bar(c, CROSSVM_BAR_REGISTERS, CROSSVM_REGISTER_PAGE, PROT_READ | PROT_WRITE);
    if (!c->registers) {
        return -1;
    }
    if (REGISTER(c, CROSSVM_REG_MAGIC) != CROSSVM_MAGIC ||
        REGISTER(c, CROSSVM_REG_VERSION) < CROSSVM_VERSION) {
        errno = EPROTO;
        return -1;
    }
    volatile const char *name = (volatile const char *)c->registers + CROSSVM_REG_NAME;
    for (size_t i = 0; i + 1 < sizeof(c->name); i++) {
        c->name[i] = name[i];
    }
    c->flags = REGISTER(c, CROSSVM_REG_FLAGS);
    c->size = REGISTER(c, CROSSVM_REG_SIZE_LOW);
    c->size |= (size_t)((uint64_t)REGISTER(c, CROSSVM_REG_SIZE_HIGH) << 32);
    find_seen(c);
    return 0;
}

static struct camkes_connection *open_device(const char *address)
{
    struct camkes_connection *c = calloc(1, sizeof(*c));
    if (!c) {
        return NULL;
    }
    c->fd = c->config = -1;
    memcpy(c->address, address, strnlen(address, sizeof(c->address) - 1));
    if (open_driver(c) != 0 || read_registers(c) != 0) {
        int error = errno;
        camkes_close(c);
        errno = error;
        return NULL;
    }
    return c;
}

void camkes_close(struct camkes_connection *c)
{
    if (!c) {
        return;
    }
    if (c->polled && c->driver == CAMKES_DRIVER_CONNECTION) {
        keep_seen(c);
    }
    if (c->registers) {
        munmap((void *)c->registers, CROSSVM_REGISTER_PAGE);
    }
    if (c->dataport) {
        munmap(c->dataport, c->size);
    }
    if (c->fd >= 0) {
        close(c->fd);
    }
    if (c->config >= 0) {
        close(c->config);
    }
    free(c);
}

/* Is this the connection that `wanted` speaks of? */
static int matches(const struct camkes_connection *c, const char *wanted)
{
    int uio;
    char end;
    if (sscanf(wanted, "/dev/uio%d%c", &uio, &end) == 1) {
        return c->uio == uio;
    }
    if (strncmp(wanted, "/dev/camkes/", 12) == 0) {
        wanted += 12;
    }
    if (wanted[0] != 0 && wanted[strspn(wanted, "0123456789")] == 0) {
        return strtoul(wanted, NULL, 10) == REGISTER(c, CROSSVM_REG_INDEX);
    }
    return strcmp(c->name, wanted) == 0 || strcmp(c->address, wanted) == 0;
}

struct camkes_connection *camkes_open(const char *name)
{
    DIR *folder = opendir(PCI_DEVICES);
    struct camkes_connection *found = NULL;
    int error = ENODEV;
    for (struct dirent *e; folder && !found && (e = readdir(folder)) != NULL;) {
        if (read_number(e->d_name, "vendor") != CROSSVM_PCI_VENDOR ||
            read_number(e->d_name, "device") != CROSSVM_PCI_DEVICE) {
            continue;
        }
        struct camkes_connection *c = open_device(e->d_name);
        if (c && matches(c, name)) {
            found = c;
        } else if (c) {
            camkes_close(c);
        } else {
            error = errno; /* this one may be the one that is wanted */
        }
    }
    if (folder) {
        closedir(folder);
    }
    if (!found) {
        errno = error;
    }
    return found;
}

void *camkes_map(struct camkes_connection *c, size_t *size)
{
    if (!(c->flags & CROSSVM_FLAG_DATAPORT) || c->size == 0) {
        errno = ENXIO;
        return NULL;
    }
    if (!c->dataport) {
        int writable = c->flags & CROSSVM_FLAG_WRITABLE ? PROT_WRITE : 0;
        c->dataport = map_bar(c, CROSSVM_BAR_DATAPORT, c->size, PROT_READ | writable);
    }
    if (c->dataport && size) {
        *size = c->size;
    }
    return c->dataport;
}

int camkes_emit(struct camkes_connection *c)
{
    if (!(c->flags & CROSSVM_FLAG_EMITS)) {
        errno = ENXIO;
        return -1;
    }
    /* what was written to the dataport is there before the other side hears of it */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    REGISTER(c, CROSSVM_REG_EMIT) = 1;
    return 0;
}

/* Where no driver acknowledges, this does; then uio_pci_generic may see the next interrupt. */
static int acknowledge(struct camkes_connection *c)
{
    if (c->driver == CAMKES_DRIVER_CONNECTION) {
        return 0;
    }
    uint32_t events = REGISTER(c, CROSSVM_REG_EVENTS);
    if (events != 0) {
        REGISTER(c, CROSSVM_REG_EVENTS) = events;
    }
    if (c->driver == CAMKES_DRIVER_GENERIC) {
        /* uio_pci_generic has set Interrupt Disable, bit 2 of the high byte of the command */
        uint8_t high;
        if (pread(c->config, &high, 1, 5) != 1) {
            return -1;
        }
        high &= (uint8_t)~0x04u;
        if (pwrite(c->config, &high, 1, 5) != 1) {
            return -1;
        }
    }
    return 0;
}

int64_t camkes_poll(struct camkes_connection *c)
{
    if (!(c->flags & CROSSVM_FLAG_CONSUMES)) {
        errno = ENXIO;
        return -1;
    }
    /* forget the driver's notices first: one that comes from here on is for the next poll */
    int32_t count;
    if (c->fd >= 0 && read(c->fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        return -1;
    }
    uint32_t total;
    int turns = 0;
    do { /* what this acknowledges is what it counts; under a flood the next poll goes on */
        total = REGISTER(c, CROSSVM_REG_TOTAL);
        if (acknowledge(c) != 0) {
            return -1;
        }
    } while (c->driver != CAMKES_DRIVER_CONNECTION && REGISTER(c, CROSSVM_REG_TOTAL) != total &&
             turns++ < 100);
    uint32_t news = total - c->seen;
    c->seen = total;
    c->polled = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return news;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Sleeps until there may be events or `ms` (-1: no limit) are over. */
static int sleep_until_notice(struct camkes_connection *c, int64_t ms)
{
    if (c->fd < 0) {
        struct timespec pause = {.tv_nsec = 1000000};
        return nanosleep(&pause, NULL);
    }
    struct pollfd wanted = {.fd = c->fd, .events = POLLIN};
    return poll(&wanted, 1, ms > INT_MAX ? INT_MAX : (int)ms) < 0 ? -1 : 0;
}

int64_t camkes_wait(struct camkes_connection *c, int timeout_ms)
{
    int64_t end = timeout_ms < 0 ? 0 : now_ms() + timeout_ms;
    for (;;) {
        int64_t news = camkes_poll(c);
        if (news != 0) {
            return news;
        }
        int64_t left = timeout_ms < 0 ? -1 : end - now_ms();
        if (timeout_ms >= 0 && left <= 0) {
            return 0;
        }
        if (sleep_until_notice(c, left) != 0) {
            return -1;
        }
    }
}

int camkes_fd(struct camkes_connection *c)
{
    return c->fd;
}

const char *camkes_name(const struct camkes_connection *c)
{
    return c->name;
}

enum camkes_driver camkes_driver(const struct camkes_connection *c)
{
    return c->driver;
}

int camkes_emits(const struct camkes_connection *c)
{
    return (c->flags & CROSSVM_FLAG_EMITS) != 0;
}

int camkes_consumes(const struct camkes_connection *c)
{
    return (c->flags & CROSSVM_FLAG_CONSUMES) != 0;
}

int camkes_writable(const struct camkes_connection *c)
{
    return (c->flags & CROSSVM_FLAG_WRITABLE) != 0;
}
