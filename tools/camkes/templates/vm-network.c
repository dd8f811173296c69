/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local c = use("c.lua")
local ethernets, cons = {}, setting(me.name, "init_cons") or {}
local ports = setting(me.name, "vswitch_layout") or {}
local mac, mtu = setting(me.name, "vswitch_mac_address"), setting(me.name, "vswitch_mtu") or 0

-- "02:00:00:00:00:01" as the initialiser of six bytes.
local function mac_bytes(text)
    local bytes = {}
    for byte in (text .. ":"):gmatch("(%x%x):") do
        bytes[#bytes + 1] = "0x" .. byte
    end
    return "{" .. c.join(bytes, ", ") .. "}"
end
local builtin = {make_virtio_net = true, make_virtio_net_vswitch = true,
                 make_virtio_net_vswitch_driver_dummy = true, virtio_net_notify = true,
                 virtio_net_notify_vswitch = true}
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
/*- if not builtin[con.init] then -*/
extern void /*? con.init ?*/(void *vm, void *pci, void *io_ports);
/*- end -*/
/*- if con.irq and not builtin[con.irq] then -*/
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
/*- if #ports > 0 then -*/
static struct vm_port vm_ports[] = {
/*- for _, port in ipairs(ports) do -*/
    {
        .mac = /*? mac_bytes(port.mac_addr) ?*/,
        .send_id = /*? port.send_id ?*/,
        .recv_id = /*? port.recv_id ?*/,
    },
/*- end -*/
};
static struct vm_card vm_switch_card;
static struct vm_switch vm_vswitch = {
    .mac = /*? mac_bytes(mac) ?*/,
    .mtu = /*? mtu ?*/,
    .num_ports = /*? #ports ?*/,
    .ports = vm_ports,
};

/*- end -*/
const struct vm_network vm_network = {
/*- if #ports > 0 then -*/
    .vswitch = &vm_vswitch,
    .switch_card = &vm_switch_card,
/*- end -*/
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
