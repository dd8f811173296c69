/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The wall between generated code and the component runtime.
 *
 * For each component instance the ADL compiler emits C that *defines* `camkes_instance` and
 * the other objects of the first part. The runtime (libs/camkes) reads them, runs the
 * start-up protocol, and offers the primitives of the second part, which the generated glue
 * of each interface calls. All of these names are local to one instance: the partial link of
 * an instance keeps only its entry symbol global.
 *
 * Start-up of an instance
 *   Every thread starts at _camkes_start with rdi = its index in camkes_instance.threads,
 *   rsp = its stack_top (16-byte aligned), the IPC buffer set in the TCB. Index 0 is the
 *   control thread. The runtime carves the TLS block from the top of the stack, sets the FS
 *   base, points __sel4_ipc_buffer at the thread's ipc_buffer, then:
 *
 *     control:   C constructors; pre_init(); [release]; wait for all init; post_init();
 *                [release]; run(); then it blocks for ever
 *     interface: (waits for release) init(); [done]; (waits for release) run(); blocks for ever
 *     fault:     run the fault handler loop at once
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sel4/sel4.h>
#include <camkes/error.h>
#include <camkes/dataport.h>
#include <camkes/vma.h>

/** Version of this header; the template of generated code compiles with its own version only. */
#define CAMKES_GENERATED_VERSION 1

/* ------------------------------------------------------------------ 1. what is defined --- */

/** What a thread of an instance is for. */
enum camkes_thread_kind {
    CAMKES_THREAD_CONTROL = 0,   /**< index 0, always present */
    CAMKES_THREAD_INTERFACE = 1, /**< an end of a connection that owns a thread */
    CAMKES_THREAD_FAULT = 2,     /**< the fault handler, last, at most one */
};

/** One thread of the instance. */
struct camkes_thread {
    const char *name;      /**< "<instance>_0_control", "<instance>_<interface>_0000", … */
    const char *interface; /**< interface name, NULL for control and fault handler */
    enum camkes_thread_kind kind;
    seL4_CPtr tcb;     /**< capability to the thread itself, 0 if not provided */
    seL4_CPtr parking; /**< notification of this thread alone (read, write): start-up, libc locks */
    uintptr_t ipc_buffer; /**< address of the 1024-byte buffer set in the TCB */
    uintptr_t stack_base; /**< lowest address of the stack */
    uintptr_t stack_top;  /**< one past the highest; the thread starts with rsp = stack_top */
    seL4_CPtr reply_slot; /**< empty slot of the own CNode for a saved reply capability, or 0 */
    void (*init)(void);   /**< the user's X__init (weak reference, may be NULL) */
    void (*run)(void);    /**< the connector's loop (may be NULL: the thread just blocks) */
};

/** An I/O port range the instance holds; absolute port numbers, both bounds inclusive. */
struct camkes_ioport_range {
    const char *interface;
    seL4_CPtr cap;
    uint16_t first, last;
};

/** A device memory region mapped in the instance. */
struct camkes_mmio_region {
    const char *interface;
    uint64_t paddr; /**< physical address; 0 when only the loader knew it: see frames */
    uintptr_t vaddr;
    size_t size;
    bool cached;
    const seL4_CPtr *frames; /**< capabilities of the frames in order, or NULL */
    size_t frame_size;       /**< bytes per frame */
};

/** An interrupt the instance receives through seL4HardwareInterrupt. */
struct camkes_irq {
    const char *interface;
    seL4_CPtr handler; /**< IRQ handler capability, set to `notification` by the loader */
    seL4_CPtr notification;
    unsigned number;      /**< what ps_irq drivers ask for: ISA line, GSI/pin or MSI vector */
    void (*handle)(void); /**< the user's X_handle (weak reference, may be NULL) */
};

/** A dataport of the instance, for pointer wrapping and for shared frames. */
struct camkes_dataport_region {
    const char *interface;
    int32_t id; /**< global index of the connection in the composition */
    uintptr_t vaddr;
    size_t size;
};

/** The DMA pool: physically contiguous frames mapped one after the other. size 0: no pool. */
struct camkes_dma_pool {
    uintptr_t vaddr;
    size_t size;
    bool cached;
    const seL4_CPtr *frames; /**< one capability per frame, in order */
    size_t frame_size;       /**< 4096 or 2 MiB */
};

/** A kernel object handed to camkes_alloc at start (tcb_pool, ep_pool, untypedN_pool, …). */
struct camkes_pool_object {
    seL4_Word type; /**< seL4_ObjectType; seL4_UntypedObject with size_bits in `size_bits` */
    seL4_CPtr cap;
    size_t size_bits;
    unsigned attributes;
};

/** Everything the runtime knows about the instance it serves. */
struct camkes_instance {
    uint32_t thread_count;
    const char *name; /**< dotted instance name, as get_instance_name() returns it */
    int pid;          /**< index in the instance list + 2 */
    int affinity;

    const struct camkes_thread *threads; /**< thread_count entries; [0] is control */
    seL4_CPtr cnode;                     /**< the instance's own CNode, 0 if not provided */
    seL4_Word cnode_depth;               /**< depth for invocations on `cnode` (64) */

    /* Endpoint of the fault handler thread (receive right); badge = index of the thread + 1. */
    seL4_CPtr fault_endpoint;

    void (*pre_init)(void); /**< weak references to the user's functions, may be NULL */
    void (*post_init)(void);
    int (*run)(void); /**< NULL unless the component is `control` */

    const struct camkes_dataport_region *dataports;
    size_t dataport_count;
    const struct camkes_ioport_range *ioports;
    size_t ioport_count;
    const struct camkes_mmio_region *mmio;
    size_t mmio_count;
    const struct camkes_irq *irqs;
    size_t irq_count;
    const struct camkes_pool_object *pool;
    size_t pool_count;
    struct camkes_dma_pool dma;
};

/* Generated code defines all of these, once per instance. */
extern const struct camkes_instance camkes_instance;
extern char *morecore_area;                   /**< heap of the instance, 16-byte aligned */
extern size_t morecore_size;                  /**< bytes of it */
extern const struct camkes_vma camkes_vmas[]; /**< the mapped ranges, for reports and mlock */
extern const size_t camkes_vmas_size;         /**< entries of camkes_vmas */

/* -------------------------------------------------------- 2. what the runtime provides --- */

/** First instruction of every thread of the instance; see the head of this file. */
void _camkes_start(void);

/* --- sync.h: mutexes and semaphores on one notification each ------------------------------ */

/** Mutex, semaphore and binary semaphore. Define one with CAMKES_SYNC_INIT. */
struct camkes_sync {
    seL4_CPtr notification; /**< read and write rights */
    int limit;              /**< highest value: 1 for mutex and binary semaphore */
    int value;              /**< atomic: free units */
    int waiters;            /**< atomic */
};

/** Initialiser. mutex: (n, 1, 1); semaphore: (n, INT_MAX, value); binary: (n, 1, value). */
#define CAMKES_SYNC_INIT(ntfn, highest, initial)                                                   \
    {                                                                                              \
        .notification = (ntfn), .limit = (highest), .value = (initial), .waiters = 0               \
    }

/** Takes a unit, blocking while there is none. Always 0. */
int camkes_sync_wait(struct camkes_sync *sync);
/** Takes a unit if there is one: 0, otherwise -1. */
int camkes_sync_trywait(struct camkes_sync *sync);
/** Gives a unit back (no effect at the limit) and wakes one waiter. Always 0. */
int camkes_sync_post(struct camkes_sync *sync);

/* --- seL4Notification, to-side ------------------------------------------------------------ */

/** The to-end of a seL4Notification connection. Define one with CAMKES_EVENT_INIT. */
struct camkes_event {
    seL4_CPtr notification;     /**< what the emitters signal; read right */
    struct camkes_sync lock;    /**< guards callback and argument */
    struct camkes_sync handoff; /**< events not yet taken by wait, poll or a callback */
    void (*callback)(void *);
    void *argument;
};

/** Initialiser: three notifications (the connection's own, one for the lock, one for handoff). */
#define CAMKES_EVENT_INIT(ntfn, lock_ntfn, handoff_ntfn)                                           \
    {                                                                                              \
        .notification = (ntfn), .lock = CAMKES_SYNC_INIT(lock_ntfn, 1, 1),                         \
        .handoff = CAMKES_SYNC_INIT(handoff_ntfn, 0x7fffffff, 0)                                   \
    }

/** X_wait: blocks until an event, and consumes it. */
void camkes_event_wait(struct camkes_event *event);
/** X_poll: 1 if an event was consumed, else 0. */
int camkes_event_poll(struct camkes_event *event);
/** X_reg_callback: one-shot; runs at once on this thread if an event is pending. 0, or -1. */
int camkes_event_reg_callback(struct camkes_event *event, void (*callback)(void *), void *arg);
/** The interface thread's loop; `handle` is the user's weak X_handle, NULL if not defined. */
void camkes_event_run(struct camkes_event *event, void (*handle)(void)) __attribute__((noreturn));

/* --- RPC ---------------------------------------------------------------------------------- */

/**
 * Label of an RPC reply: 0, or camkes_error_type_t of what went wrong at the server. The client
 * stub turns a non-zero label into a camkes_error_t of that type.
 */
#define CAMKES_RPC_OK 0

/**
 * Serves one request. The arguments lie in `buffer` (the IPC buffer's message words, or the
 * dataport of the connection's `buffer` setting); the function unmarshals them, calls the user's
 * implementation, marshals the results into the same buffer and stores the reply's length in
 * bytes in *length (in: bytes received). For a dataport transport *length is ignored.
 * Returns CAMKES_RPC_OK or a camkes_error_type_t, which becomes the label of the reply.
 */
typedef unsigned (*camkes_rpc_dispatch_t)(void *buffer, size_t *length);

/** A provided interface over any RPC connector. All members but `sender` are constant. */
struct camkes_rpc_server {
    const char *interface;
    seL4_CPtr endpoint; /**< receive right */
    void *buffer;       /**< transport memory, NULL: the IPC buffer of the serving thread */
    size_t buffer_size; /**< bytes of `buffer` */
    camkes_rpc_dispatch_t dispatch;
    seL4_Word sender;         /**< badge of the request in service: X_get_sender_id() */
    bool many_senders_buffer; /**< buffer is per badge: dispatch finds it itself, buffer NULL */
};

/** The interface thread's loop: receive, dispatch, reply. */
void camkes_rpc_serve(struct camkes_rpc_server *server) __attribute__((noreturn));
/** One round for threadless servers: dispatches `info` from `badge` and replies. */
void camkes_rpc_handle(struct camkes_rpc_server *server, seL4_MessageInfo_t info, seL4_Word badge);
/**
 * Client: sends `length` bytes that lie in the IPC buffer (or 0 for a dataport transport) and
 * waits for the reply. Stores the reply's length in bytes (whole words) and returns its label.
 */
unsigned camkes_rpc_call(seL4_CPtr endpoint, size_t length, size_t *reply_length);
/** Bytes an IPC-buffer transport can carry. */
#define CAMKES_RPC_IPC_BYTES (seL4_MsgMaxLength * sizeof(seL4_Word))
/** The message words of the calling thread's IPC buffer. */
#define CAMKES_RPC_IPC_BUFFER ((void *)seL4_GetIPCBuffer()->msg)

/* --- interrupts, I/O ports, fault handler ------------------------------------------------- */

/** seL4HardwareInterrupt: the interface thread's loop for camkes_instance.irqs[index]. */
void camkes_irq_run(size_t index) __attribute__((noreturn));
/** X_acknowledge: 0, or -1 if the kernel refused. */
int camkes_irq_acknowledge(size_t index);

/** X_inN_offset / X_outN_offset for camkes_instance.ioports[index]; size in bytes 1, 2, 4. */
uint32_t camkes_ioport_in(size_t index, uint16_t offset, int size);
/** See camkes_ioport_in. */
void camkes_ioport_out(size_t index, uint16_t offset, int size, uint32_t value);

/** Loop of the fault handler thread: prints a report per fault, never answers it. */
void camkes_fault_run(void) __attribute__((noreturn));

/** Blocks the calling thread for ever. */
void camkes_block_forever(void) __attribute__((noreturn));

/**
 * Raises a component error: asks `interface_handler` (may be NULL), then the component's handler,
 * then the default. Returns the action; ABORT and HALT do not return.
 */
camkes_error_action_t camkes_error_raise(camkes_error_handler_t interface_handler,
                                         const camkes_error_t *error);
