/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What is said about the network of a virtual machine: its functions init_cons, its place on the
 * virtual switch. The template vm-network.c uses the values as they are checked here.
 */
#include <ctype.h>
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

static void check_mac(struct plan *plan, const struct value *value, const struct value *list)
{
    static const char form[] = "hh:hh:hh:hh:hh:hh";
    const char *text = value && value->kind == VALUE_STRING ? value->string : "";
    bool fits = strlen(text) == sizeof form - 1;
    for (size_t i = 0; fits && form[i]; i++)
        fits = form[i] == ':' ? text[i] == ':' : isxdigit((unsigned char)text[i]);
    if (!fits)
        diag_error(plan->diag, value ? value->loc : list->loc,
                   "a MAC address on the virtual switch is a string like \"02:00:00:00:00:01\"");
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
    if (!ports || ports->kind != VALUE_LIST || !ports->list.count)
        return;
    check_mac(plan, system_setting(plan->system, instance->name, "vswitch_mac_address"), ports);
    for (size_t i = 0; i < ports->list.count; i++)
        check_mac(plan, value_get(ports->list.items[i], "mac_addr"), ports->list.items[i]);
}
