/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What is said about the network of a virtual machine: its functions init_cons, its place on the
 * virtual switch. The template vm-network.c uses the values as they are checked here. And the MAC
 * addresses of those who share a network controller.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static bool is_c_name(const struct value *value)
{
    if (value->kind != VALUE_STRING ||
        !(isalpha((unsigned char)value->string[0]) || value->string[0] == '_'))
        return false;
    for (const char *c = value->string; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    }
    return true;
}

/* {"init": function [, "irq": function, "badge": C expression]} */
static void check_init_con(struct plan *plan, const struct value *con)
{
    const struct value *init = value_get(con, "init"), *irq = value_get(con, "irq");
    const struct value *badge = value_get(con, "badge");
    if (!init || !is_c_name(init))
        diag_error(plan->diag, init ? init->loc : con->loc,
                   "'init' must name a C function: {\"init\": \"function\"}");
    if (irq && !is_c_name(irq))
        diag_error(plan->diag, irq->loc, "'irq' must name a C function");
    if (badge && badge->kind != VALUE_STRING)
        diag_error(plan->diag, badge->loc, "'badge' must be a string with a C expression");
}

/* A MAC address that may be an interface's: not a group's. */
static bool check_own(struct plan *plan, const struct value *value, const uint8_t mac[6])
{
    if (mac[0] & 1)
        diag_error(plan->diag, value->loc, "a MAC address whose first byte is odd is a group's");
    return !(mac[0] & 1);
}

void plan_client_mac(struct plan *plan, const struct end_plan *server, struct plan_client *client)
{
    const struct value *value = end_setting(plan->system, client->end, "mac");
    bool fits = value && value->kind == VALUE_LIST && value->list.count == 6;
    for (size_t i = 0; fits && i < 6; i++) {
        uint64_t byte;
        fits = value_to_u64(value->list.items[i], &byte) && byte < 256;
        client->mac[i] = fits ? (uint8_t)byte : 0;
    }
    client->has_mac = fits;
    if (value && !fits)
        diag_error(plan->diag, value->loc, "a MAC address is a list of six bytes");
    if (!fits || !check_own(plan, value, client->mac))
        return;
    for (size_t i = 0; i < server->clients.count; i++) {
        const struct plan_client *other = &server->clients.items[i];
        if (other != client && other->has_mac && !memcmp(other->mac, client->mac, 6))
            diag_error(plan->diag, value->loc, "'%s.%s' and '%s.%s' have the same MAC address",
                       other->end->instance->name, other->end->interface->name,
                       client->end->instance->name, client->end->interface->name);
    }
}

/* "02:00:00:00:00:01" of a machine or a peer; false after a message, which is at `list` if there is
 * no value. */
static bool read_mac(struct plan *plan, const struct value *value, const struct value *list,
                     uint8_t mac[6])
{
    static const char form[] = "hh:hh:hh:hh:hh:hh";
    const char *text = value && value->kind == VALUE_STRING ? value->string : "";
    bool fits = strlen(text) == sizeof form - 1;
    for (size_t i = 0; fits && form[i]; i++)
        fits = form[i] == ':' ? text[i] == ':' : isxdigit((unsigned char)text[i]);
    if (!fits) {
        diag_error(plan->diag, value ? value->loc : list->loc,
                   "a MAC address on the virtual switch is a string like \"02:00:00:00:00:01\"");
        return false;
    }
    for (size_t i = 0; i < 6; i++)
        mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
    return check_own(plan, value, mac);
}

/* The machine and its peers on the virtual switch: no two have one address. */
static void check_switch(struct plan *plan, const struct instance *instance,
                         const struct value *ports)
{
    ARRAY(struct plan_client) seen = {0};
    for (size_t i = 0; i <= ports->list.count; i++) { /* 0: the machine */
        const struct value *at = i ? ports->list.items[i - 1] : ports;
        const struct value *mac =
            i ? value_get(at, "mac_addr")
              : system_setting(plan->system, instance->name, "vswitch_mac_address");
        struct plan_client *here = array_push(plan->arena, &seen);
        here->has_mac = read_mac(plan, mac, at, here->mac);
        for (size_t j = 0; here->has_mac && j < i; j++)
            if (seen.items[j].has_mac && !memcmp(seen.items[j].mac, here->mac, 6))
                diag_error(plan->diag, mac->loc,
                           "two on the virtual switch of '%s' have the MAC address %s",
                           instance->name, mac->string);
    }
}

void plan_network(struct plan *plan, const struct instance *instance)
{
    const struct value *cons = system_setting(plan->system, instance->name, "init_cons");
    const struct value *ports = system_setting(plan->system, instance->name, "vswitch_layout");
    const struct value *mtu = system_setting(plan->system, instance->name, "vswitch_mtu");
    if (cons && cons->kind != VALUE_LIST)
        diag_error(plan->diag, cons->loc, "'%s.init_cons' must be a list", instance->name);
    for (size_t i = 0; cons && cons->kind == VALUE_LIST && i < cons->list.count; i++)
        check_init_con(plan, cons->list.items[i]);
    uint64_t bytes = plan_number(plan, mtu, 0, "vswitch_mtu");
    if (bytes && (bytes < 68 || bytes > 9000))
        diag_error(plan->diag, mtu->loc, "'%s.vswitch_mtu' must be 68 … 9000", instance->name);
    if (ports && ports->kind == VALUE_LIST && ports->list.count)
        check_switch(plan, instance, ports);
}
