/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Connections of a Linux guest to components outside it: shared memory (the dataport) and events
 * in both directions. Works through the kernel module `connection`, through `uio_pci_generic`,
 * or with no driver at all (then waiting looks every millisecond; root only).
 * Manual page: camkes_guest(3).
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An open connection. Not to be used by two threads at once. */
struct camkes_connection;

/** How the connection is reached. */
enum camkes_driver {
    CAMKES_DRIVER_CONNECTION, /**< our kernel module */
    CAMKES_DRIVER_GENERIC,    /**< uio_pci_generic */
    CAMKES_DRIVER_NONE        /**< sysfs only: no interrupts */
};

/**
 * Opens a connection. `name` is its name, `/dev/camkes/NAME`, `/dev/uioN`, the PCI address
 * (`0000:00:05.0`), or a decimal number: the place among the connections of this VM, from 0.
 * Events that no process has waited for yet are counted by the first wait. NULL with errno on
 * failure; ENODEV: no such connection.
 */
struct camkes_connection *camkes_open(const char *name);

/** Unmaps and closes. NULL is allowed. */
void camkes_close(struct camkes_connection *connection);

/**
 * The dataport, mapped for writing if the guest may write it, and its size in bytes in `*size`
 * (may be NULL). Valid until camkes_close(). NULL with errno on failure; ENXIO: there is none.
 */
void *camkes_map(struct camkes_connection *connection, size_t *size);

/** Signals the other side. 0, or -1 with errno; ENXIO: nobody listens. */
int camkes_emit(struct camkes_connection *connection);

/**
 * Waits until events came in since the last wait, at most `timeout_ms` milliseconds (-1: for
 * ever). Returns how many (1 or more), 0 after the time-out, -1 with errno; ENXIO: no events
 * come in on this connection.
 */
int64_t camkes_wait(struct camkes_connection *connection, int timeout_ms);

/** The same without waiting. */
int64_t camkes_poll(struct camkes_connection *connection);

/**
 * A descriptor that poll(2) reports as readable when events may have come in; call camkes_poll()
 * then, and once before the first poll(2). -1 without a driver.
 */
int camkes_fd(struct camkes_connection *connection);

/** What the connection offers. The strings live as long as the connection. */
const char *camkes_name(const struct camkes_connection *connection);
enum camkes_driver camkes_driver(const struct camkes_connection *connection);
int camkes_emits(const struct camkes_connection *connection);    /**< 1: camkes_emit() works */
int camkes_consumes(const struct camkes_connection *connection); /**< 1: events come in */
int camkes_writable(const struct camkes_connection *connection); /**< 1: dataport is writable */

#ifdef __cplusplus
}
#endif
