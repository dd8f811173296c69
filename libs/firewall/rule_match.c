/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <firewall/rule.h>

static bool port_matches(const struct firewall_ports *ports, uint16_t port)
{
    for (unsigned i = 0; i < ports->count; i++) {
        if (port >= ports->items[i].first && port <= ports->items[i].last)
            return true;
    }
    return ports->count == 0;
}

static bool type_matches(const struct firewall_types *types, const struct firewall_packet *packet)
{
    for (unsigned i = 0; i < types->count; i++) {
        if (packet->type == types->items[i].type &&
            (types->items[i].code < 0 || types->items[i].code == packet->code))
            return true;
    }
    return types->count == 0;
}

bool firewall_rule_matches(const struct firewall_rule *rule, const struct firewall_packet *packet,
                           enum firewall_direction direction)
{
    if (rule->direction != FIREWALL_BOTH && rule->direction != direction)
        return false;
    if (rule->protocol >= 0 && rule->protocol != packet->protocol)
        return false;
    return firewall_prefix_holds(&rule->from, &packet->source) &&
           firewall_prefix_holds(&rule->to, &packet->destination) &&
           port_matches(&rule->from_ports, packet->source_port) &&
           port_matches(&rule->to_ports, packet->destination_port) &&
           type_matches(&rule->types, packet);
}
