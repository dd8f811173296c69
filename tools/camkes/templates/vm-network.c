/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local c = use("c.lua")
local ethernets, cons = {}, setting(me.name, "init_cons") or {}
for _, e in ipairs(me.ends) do
    if e.mac and e.side == "from" then
        ethernets[#ethernets + 1] = e
    end
end
-*/

/* Network: interfaces for network drivers, functions named by init_cons. */
#include <camkes.h>
#include <vm_network.h>

/*- if #ethernets > 0 then -*/
static const struct vm_ethernet vm_ethernets[] = {
/*- for _, e in ipairs(ethernets) do local X = e.interface.name -*/
    {
        .name = /*? c.quote(X) ?*/,
        .tx = /*? X ?*/_tx,
        .rx = /*? X ?*/_rx,
        .mac = /*? X ?*/_mac,
        .shmem = (void *)/*? c.hex(e.buffer) ?*/,
        .shmem_size = /*? c.hex(e.buffer_size) ?*/,
        .badge = /*? c.hex(e.notification_badge) ?*/,
    },
/*- end -*/
};
static struct vm_card vm_cards[/*? #ethernets ?*/];

/*- end -*/
/*- for i, con in ipairs(cons) do -*/
/*- if con.init ~= "make_virtio_net" then -*/
extern void /*? con.init ?*/(void *vm, void *pci, void *io_ports);
/*- end -*/
/*- if con.irq and con.irq ~= "virtio_net_notify" then -*/
extern void /*? con.irq ?*/(void *vm);
/*- end -*/
/*- if con.badge then -*/
static uint64_t vm_init_con_badge_/*? i ?*/(void)
{
    return /*? con.badge ?*/;
}
/*- end -*/
/*- end -*/
/*- if #cons > 0 then -*/
static const struct vm_init_con vm_init_cons[] = {
/*- for i, con in ipairs(cons) do -*/
    {
        .init = /*? con.init ?*/,
/*- if con.irq then -*/
        .irq = /*? con.irq ?*/,
/*- end -*/
/*- if con.badge then -*/
        .badge = vm_init_con_badge_/*? i ?*/,
/*- end -*/
    },
/*- end -*/
};

/*- end -*/
const struct vm_network vm_network = {
/*- if #ethernets > 0 then -*/
    .num_ethernets = /*? #ethernets ?*/,
    .ethernets = vm_ethernets,
    .cards = vm_cards,
/*- end -*/
/*- if #cons > 0 then -*/
    .num_init_cons = /*? #cons ?*/,
    .init_cons = vm_init_cons,
/*- end -*/
};
