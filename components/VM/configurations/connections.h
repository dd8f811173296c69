/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The virtual switch between guests (docs/network.md). An application says who talks to whom:
 *
 *     #define VM0_TOPOLOGY(f) f(0, 1, 2)           VM 0 and its peers, at most eight
 *     #define VM1_TOPOLOGY(f) f(1, 0, 2)           symmetric: 0 names 1, so 1 names 0
 *     #define VM2_TOPOLOGY(f) f(2, 0, 1)
 *     #define TOPOLOGY(f) VM0_TOPOLOGY(f) VM1_TOPOLOGY(f) VM2_TOPOLOGY(f)
 *     #define VM0_MACADDRESS "02:00:00:00:00:01"   and so on
 *
 *     component InitN { VM_INIT_DEF() VM_CONNECTION_COMPONENT_DEF(N, TOPOLOGY) }
 *     composition     { component VirtQueueInit vswitch;
 *                       VM_CONNECTION_CONNECT_VMS(vswitch.init, TOPOLOGY) }
 *     configuration   { VM_CONNECTION_CONFIG(vswitch.init, TOPOLOGY) }
 *
 * vmN.init_cons = [VM_CONNECTION_INIT_HANDLER(N, TOPOLOGY)] is accepted and not needed.
 *
 * For more than nine VMs: VM_SWITCH_PEER_DEF, VM_SWITCH_PAIR, VM_SWITCH_PAIR_CONFIG below, once for
 * each pair, and the two lists by hand.
 */

/* Bytes shared by each ordered pair; 32768 is the least. Half a MiB holds 250 frames, and TCP
 * segments of 64 KiB uncut. */
#ifndef VM_CONNECTION_SHMEM_SIZE
#define VM_CONNECTION_SHMEM_SIZE 0x80000
#endif

/* ---- lists: VM_SW_EACH(m, n, peers…) is m(n, index, peer) for each peer ------------------------
 */

#define VM_SW_CAT_(a, b)                                     a##b
#define VM_SW_CAT(a, b)                                      VM_SW_CAT_(a, b)
#define VM_SW_STR_(...)                                      #__VA_ARGS__
#define VM_SW_STR(...)                                       VM_SW_STR_(__VA_ARGS__)
#define VM_SW_COUNT_(_1, _2, _3, _4, _5, _6, _7, _8, n, ...) n
#define VM_SW_COUNT(...)                                     VM_SW_COUNT_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)

#define VM_SW_EACH_1(m, n, a)                   m(n, 0, a)
#define VM_SW_EACH_2(m, n, a, b)                VM_SW_EACH_1(m, n, a) m(n, 1, b)
#define VM_SW_EACH_3(m, n, a, b, c)             VM_SW_EACH_2(m, n, a, b) m(n, 2, c)
#define VM_SW_EACH_4(m, n, a, b, c, d)          VM_SW_EACH_3(m, n, a, b, c) m(n, 3, d)
#define VM_SW_EACH_5(m, n, a, b, c, d, e)       VM_SW_EACH_4(m, n, a, b, c, d) m(n, 4, e)
#define VM_SW_EACH_6(m, n, a, b, c, d, e, f)    VM_SW_EACH_5(m, n, a, b, c, d, e) m(n, 5, f)
#define VM_SW_EACH_7(m, n, a, b, c, d, e, f, g) VM_SW_EACH_6(m, n, a, b, c, d, e, f) m(n, 6, g)
#define VM_SW_EACH_8(m, n, a, b, c, d, e, f, g, h)                                                 \
    VM_SW_EACH_7(m, n, a, b, c, d, e, f, g) m(n, 7, h)
#define VM_SW_EACH(m, n, ...) VM_SW_CAT(VM_SW_EACH_, VM_SW_COUNT(__VA_ARGS__))(m, n, __VA_ARGS__)

/* ---- the component ---- */

#define VM_SWITCH_PEER_DEF(p)                                                                      \
    uses VirtQueueDrv ether_##p##_send;                                                            \
    uses VirtQueueDev ether_##p##_recv;

#define VM_SW_DEF_ONE(n, k, p)                   VM_SWITCH_PEER_DEF(p)
#define VM_SW_DEF(n, ...)                        VM_SW_EACH(VM_SW_DEF_ONE, n, __VA_ARGS__)
#define VM_CONNECTION_COMPONENT_DEF(n, topology) VM##n##_##topology(VM_SW_DEF)

/* ---- the connection ---- */

#define VM_SW_ENDS_ONE(n, k, p) from vm##n.ether_##p##_send, from vm##n.ether_##p##_recv,
#define VM_SW_ENDS(n, ...)      VM_SW_EACH(VM_SW_ENDS_ONE, n, __VA_ARGS__)
#define VM_CONNECTION_CONNECT_VMS(to_end, topology)                                                \
    connection seL4VirtQueues topology##_conn(topology(VM_SW_ENDS) to to_end);

/* ---- the configuration ---- */

#define VM_SWITCH_PAIR_CONFIG(n, k, p)                                                             \
    vm##n.ether_##p##_send_id = 2 * k;                                                             \
    vm##n.ether_##p##_recv_id = 2 * k + 1;                                                         \
    vm##n.ether_##p##_send_attributes = VM_SW_STR(n##p);                                           \
    vm##n.ether_##p##_recv_attributes = VM_SW_STR(p##n);                                           \
    vm##n.ether_##p##_send_shmem_size = VM_CONNECTION_SHMEM_SIZE;                                  \
    vm##n.ether_##p##_recv_shmem_size = VM_CONNECTION_SHMEM_SIZE;

/* An element of vmN.vswitch_layout, and the element of the topology for one direction. */
#define VM_SWITCH_PORT(k, p)                                                                       \
    {"mac_addr" : VM##p##_MACADDRESS, "send_id" : 2 * k, "recv_id" : 2 * k + 1},
#define VM_SWITCH_PAIR(n, p)                                                                       \
    {"drv" : VM_SW_STR(vm##n.ether_##p##_send), "dev" : VM_SW_STR(vm##p.ether_##n##_recv)},

#define VM_SW_PORT_ONE(n, k, p) VM_SWITCH_PORT(k, p)
#define VM_SW_PAIR_ONE(n, k, p) VM_SWITCH_PAIR(n, p)
#define VM_SW_PAIRS(n, ...)     VM_SW_EACH(VM_SW_PAIR_ONE, n, __VA_ARGS__)
#define VM_SW_CONFIG(n, ...)                                                                       \
    VM_SW_EACH(VM_SWITCH_PAIR_CONFIG, n, __VA_ARGS__)                                              \
    vm##n.vswitch_mac_address = VM##n##_MACADDRESS;                                                \
    vm##n.vswitch_layout = [VM_SW_EACH(VM_SW_PORT_ONE, n, __VA_ARGS__)];
#define VM_CONNECTION_CONFIG(to_end, topology)                                                     \
    topology(VM_SW_CONFIG) to_end##_topology = [topology(VM_SW_PAIRS)];

/* ---- entries of vmN.init_cons ---- */

#define VM_SW_BADGE(end) VM_SW_STR(end##_notification_badge())
#define VM_SW_HANDLER_ONE(n, k, p)                                                                 \
    {                                                                                              \
        "init" : "make_virtio_net_vswitch_driver_dummy",                                           \
        "badge" : VM_SW_BADGE(ether_##p##_send),                                                   \
        "irq" : "virtio_net_notify_vswitch"                                                        \
    },                                                                                             \
        {                                                                                          \
            "init" : "make_virtio_net_vswitch_driver_dummy",                                       \
            "badge" : VM_SW_BADGE(ether_##p##_recv),                                               \
            "irq" : "virtio_net_notify_vswitch"                                                    \
        },
#define VM_SW_HANDLERS(n, ...) VM_SW_EACH(VM_SW_HANDLER_ONE, n, __VA_ARGS__)
#define VM_CONNECTION_INIT_HANDLER(n, topology)                                                    \
    VM##n##_##topology(VM_SW_HANDLERS)                                                             \
    {                                                                                              \
        "init" : "make_virtio_net_vswitch"                                                         \
    }
