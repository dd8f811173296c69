/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The plan: for each connection and instance the kernel objects, capability slots and addresses,
 * allocated in a deterministic order before any text is emitted. Objects go into the capability
 * specification (spec.h); the numbers generated code needs stay here.
 */
#include "frontend.h"
#include "spec.h"

/** A connector of the user: name and the templates of its sides; parts not given are NULL. */
struct user_connector {
    const char *name;
    const char *from_template, *to_template;
    const char *from_header, *to_header;
};

/** Processors that the kernel runs components on, counted from 0. */
#define PLAN_CPUS 1
/** Most that one piece of memory may have: what a page table's slot maps, more than any machine
 * has. */
#define PLAN_MAX_BYTES (512ull << 30)
/** Most objects of one kind in the pool of an instance. */
#define PLAN_MAX_POOL 65536u
/** Highest scheduling domain. */
#define PLAN_MAX_DOMAIN 255u

struct plan_options {
    unsigned default_priority; /**< 0: 254, or 100 in a system with virtual machines */
    unsigned default_affinity;
    uint64_t default_stack_size;
    uint64_t default_heap_size;
    uint64_t files_size; /**< bytes of payload item "files"; 0: not known, not mapped */
    ARRAY(struct user_connector) connectors;
    ARRAY(const char *) files; /**< names in the file payload */
    const char *platform;      /**< name of the machine; NULL: no build, `files` is not known */
    uint64_t platform_memory;  /**< bytes it offers; 0: not checked here */
};

/** An address space: its CNode and page table root. */
struct space_plan {
    const struct address_space *space;
    struct spec_object *cnode;
    struct spec_object *vspace;
};

enum plan_thread_kind { PLAN_THREAD_CONTROL, PLAN_THREAD_INTERFACE, PLAN_THREAD_FAULT };

struct plan_thread {
    const char *name;
    enum plan_thread_kind kind;
    struct end_plan *end; /**< interface threads */
    unsigned vcpu;        /**< not 0: runs this further processor of a virtual machine */
    struct spec_thread *spec;
    uint64_t tcb, parking; /**< slots */
    uint64_t ipc_buffer, stack_base, stack_top;
};

/** A mapped range, for reports and tables: dataports, device memory, stacks … */
struct plan_region {
    const char *name; /**< interface, or what it is */
    int64_t id;       /**< connection index; -1: none */
    uint64_t vaddr, size, paddr;
    uint64_t frame_cap; /**< first of consecutive slots, 0: no capabilities */
    uint64_t frame_size;
    bool write, cached;
};

struct plan_ioport {
    const char *interface;
    uint64_t cap;
    unsigned first, last;
};

struct plan_irq {
    const char *interface;
    uint64_t handler, notification;
    uint64_t number;
};

struct plan_pool_object {
    const char *type; /**< seL4_ObjectType enumerator */
    uint64_t cap, size_bits;
};

/** A client as its server sees it. */
struct plan_client {
    const struct end *end;
    uint64_t badge;
    uint64_t emit;   /**< slot that signals the client, 0: none */
    uint64_t buffer; /**< shared memory in the server, 0: none */
    uint64_t buffer_size;
    bool has_mac;
    uint8_t mac[6];
    uint16_t ports[2]; /**< of UDP: receiver's, or sender's source and destination */
};

/** What one end of a connection was given; unused members are 0. */
struct end_plan {
    const struct end *end;
    const struct connector_class *connector;
    struct instance_plan *instance;
    uint64_t endpoint;            /**< slot: call (client) or receive (server) */
    uint64_t notification;        /**< slot: signal or wait */
    uint64_t notification_badge;  /**< bits this end's events set on the global notification */
    uint64_t badge;               /**< of a client's calls */
    uint64_t lock, handoff;       /**< slots for an event's locks */
    uint64_t buffer, buffer_size; /**< shared memory of this end */
    uint64_t vaddr, size;
    uint64_t frame_cap, frame_count, frame_bits; /**< SharedDataWithCaps */
    uint64_t id;
    uint64_t role, queue_length; /**< VirtQueues: 1 driver, 2 device; entries */
    uint64_t table_index;        /**< in ioports, irqs or mmio of the instance */
    bool read_only;
    ARRAY(struct plan_client) clients;
    ARRAY(uint64_t) targets; /**< slots an emitter signals */
};

struct plan_vcpu {
    uint64_t tcb, vcpu, notification, run_page;
};

struct plan_ram {
    uint64_t gpa, size, vaddr;
};

/** A connection of the attribute `crossvm`; ends it does not have are NULL. */
struct plan_crossvm {
    const char *name;
    const struct end_plan *dataport, *emits, *consumes;
};

/** Real ports of a guest: an entry of vm_ioports. */
struct plan_guest_ports {
    const char *name;
    unsigned first, last;
    uint64_t cap; /**< slot of the capability for vCPU 0; those of the others follow */
};

/** A real interrupt of a guest: an entry of vm_irqs. */
struct plan_guest_irq {
    const char *name;
    unsigned ioapic, source, level, low;
    unsigned dest;    /**< ISA line of the guest */
    uint64_t handler; /**< slot */
    uint64_t badge;   /**< its own bit */
};

/** A virtual machine monitor's resources; see vm_resources.h of components/Init. */
struct vm_plan {
    ARRAY(struct plan_vcpu) vcpus;
    ARRAY(struct plan_ram) ram;
    ARRAY(struct plan_guest_ports) ports;
    ARRAY(struct plan_guest_irq) irqs;
    uint64_t number;
    uint64_t kick_badge;
    /* dataports for the guest: slots, 0 without them */
    uint64_t ept_root, first_directory, first_table;
    uint64_t num_tables;
    /* register pages of connections: their address, first slot and number */
    uint64_t register_pages, first_register_frame, num_register_pages;
    /* all frames of RAM, 4 KiB each, for the older transport of connections; 0 otherwise */
    uint64_t first_ram_frame, num_ram_frames, pointer_table;
    ARRAY(struct plan_crossvm) connections;
};

struct instance_plan {
    const struct instance *instance;
    struct space_plan *space;
    uint64_t heap_size;
    ARRAY(struct plan_thread) threads;
    uint64_t fault_endpoint; /**< slot, 0: no fault handler */
    struct spec_object *fault_object;
    struct spec_object *global_notification; /**< made on demand */
    uint64_t global_wait;                    /**< slot with read right */
    uint64_t global_base, global_mask, global_used;
    uint64_t *sync_caps; /**< per sync of the component */
    uint64_t *sync_values;
    ARRAY(struct plan_region) dataports;
    ARRAY(struct plan_region) mmio;
    ARRAY(struct plan_region) vmas;
    ARRAY(struct plan_ioport) ioports;
    ARRAY(struct plan_irq) irqs;
    ARRAY(struct plan_pool_object) pool;
    struct plan_region dma;
    struct vm_plan *vm;
    uint64_t files;                /**< address of the file payload, 0: none */
    ARRAY(struct end_plan *) ends; /**< in the order of instance->ends */
};

struct plan {
    struct frontend *fe;
    struct arena *arena;
    struct diag *diag;
    const struct system *system;
    const struct plan_options *options;
    struct spec *spec;
    ARRAY(struct space_plan *) spaces;
    ARRAY(struct instance_plan *) instances; /**< by instance index; NULL for hardware */
    bool has_vm;
    uint64_t guest_memory;                           /**< bytes of RAM of all guests so far */
    ARRAY(const struct connector *) user_connectors; /**< parallel to user_classes */
    ARRAY(const struct connector_class *) user_classes;
};

/** How a connector is planned and which templates make its ends. */
struct connector_class {
    const char *name;
    void (*plan)(struct plan *plan, const struct connection *connection);
    const char *from_template; /**< NULL: the end needs no code */
    const char *to_template;
    const char *from_header; /**< further text of camkes.h; NULL: none */
    const char *to_header;
    bool signal;    /**< the server can signal each client */
    bool dataport;  /**< each client shares memory with the server */
    bool transport; /**< that memory also carries the arguments of calls */
    bool mac;       /**< clients have MAC addresses */
    /** Clients have ports of UDP; NULL: they have not. */
    void (*ports)(struct plan *plan, const struct end *client, struct plan_client *seen);
    bool global_rpc; /**< the server polls; it has no thread */
};

/** The class of a connector; NULL if it is neither built in nor declared by the user. */
const struct connector_class *connector_find(struct plan *plan, const struct connector *connector);

/** Declared with DeclareCAmkESConnector, not one of ours. */
bool connector_is_users(const struct plan *plan, const struct connector_class *class);

/** Makes the whole plan; NULL after diagnostics. */
struct plan *plan_system(struct frontend *fe, const struct system *system,
                         const struct plan_options *options);

/* For plan functions: */
struct end_plan *plan_end(struct plan *plan, const struct end *end);
const char *plan_name(struct plan *plan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Integer setting; `fallback` if unset; an error and `fallback` if it is no integer. */
uint64_t plan_number(struct plan *plan, const struct value *value, uint64_t fallback,
                     const char *what);
/** The same for sizes of memory: at most PLAN_MAX_BYTES. */
uint64_t plan_bytes(struct plan *plan, const struct value *value, uint64_t fallback,
                    const char *what);
/** The same for small numbers: at most `limit`, 0 if unset. */
unsigned plan_count(struct plan *plan, const struct value *value, unsigned limit, const char *what);
/** Adds a notification object and a capability to it in the CSpace of the instance. */
uint64_t plan_add_notification(struct plan *plan, struct instance_plan *instance, const char *name,
                               uint32_t rights);
void plan_add_vma(struct plan *plan, struct instance_plan *instance,
                  const struct plan_region *region);
/** The instance's one notification for all events of its `*_global_endpoint` ends. */
struct spec_object *plan_global_notification(struct plan *plan, struct instance_plan *instance);
/** The next free badge on the global notification: one bit of its own and the base. */
uint64_t plan_global_badge(struct plan *plan, struct instance_plan *instance, struct loc loc);
/** Badges of the from ends: explicit `X_attributes`, the others count up from 1. */
uint64_t *plan_client_badges(struct plan *plan, const struct connection *connection);

/* plan_instance.c */
struct instance_plan *plan_instance(struct plan *plan, const struct instance *instance);
void plan_instance_threads(struct plan *plan, struct instance_plan *instance);
void plan_instance_pools(struct plan *plan, struct instance_plan *instance);
/** Maps the file payload read-only; the loader writes its size to symbol + offset. */
void plan_files(struct plan *plan, struct instance_plan *instance, const char *symbol,
                uint64_t offset);
/* plan_vm.c */
bool plan_is_vm(const struct instance *instance);
/** Processors of a machine: attribute num_vcpus, 1 to 16. */
unsigned plan_vm_processors(struct plan *plan, const struct instance *instance);
void plan_vm(struct plan *plan, struct instance_plan *instance);
/* plan_crossvm.c */
/** Whether a machine's connections use the older transport: attribute crossvm_legacy. */
bool plan_crossvm_legacy(const struct plan *plan, const struct instance *instance);
void plan_crossvm(struct plan *plan, struct instance_plan *instance, struct spec_object *ept);

/* plan_hardware.c */
/** Symbolic hardware that gives objects of this type: CAPSPEC_IRQ, CAPSPEC_PORTS, or
 * CAPSPEC_FRAME_4K for memory. NULL after a diagnostic at `loc`. */
struct spec_hardware *plan_device(struct plan *plan, const char *text, enum capspec_type type,
                                  struct loc loc);

/* plan_network.c */
/** Reports wrong values of init_cons, vswitch_layout, vswitch_mac_address, vswitch_mtu. */
void plan_network(struct plan *plan, const struct instance *instance);
/** Reads a client's MAC address from its setting; reports one that another client of it has. */
void plan_client_mac(struct plan *plan, const struct end_plan *server, struct plan_client *client);

/* plan_passthrough.c */
/** Ports and interrupts of the machine that a guest was given; its vCPUs are planned. */
void plan_passthrough(struct plan *plan, struct instance_plan *planned);

/* plan_udp.c: the port of a client that receives, and the ports of one that sends. */
void plan_receiver_port(struct plan *plan, const struct end *client, struct plan_client *seen);
void plan_sender_ports(struct plan *plan, const struct end *client, struct plan_client *seen);

/* Plan functions of connector classes. */
void plan_rpc(struct plan *plan, const struct connection *connection);
void plan_direct(struct plan *plan, const struct connection *connection);
void plan_event(struct plan *plan, const struct connection *connection);
void plan_event_native(struct plan *plan, const struct connection *connection);
void plan_event_bind(struct plan *plan, const struct connection *connection);
void plan_event_global(struct plan *plan, const struct connection *connection);
void plan_shared_data(struct plan *plan, const struct connection *connection);
void plan_shared_data_dma(struct plan *plan, const struct connection *connection);
void plan_shared_data_caps(struct plan *plan, const struct connection *connection);
void plan_virtqueues(struct plan *plan, const struct connection *connection);
void plan_mmio(struct plan *plan, const struct connection *connection);
void plan_ioport(struct plan *plan, const struct connection *connection);
void plan_interrupt(struct plan *plan, const struct connection *connection);
void plan_interrupt_global(struct plan *plan, const struct connection *connection);
