/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Settings nobody reads are legal (descriptions use them as variables), so a wrong name is a
 * warning. Of an instance: only where a known name is close, as components may read settings of
 * their own. Of something that does not exist: unless another setting refers to it.
 */
#include <string.h>

#include "check.h"
#include "suggest.h"

/* Keys of an instance; the first group also with the prefixes "_" and "<interface>_". */
static const char *const thread_keys[] = {"priority", "max_priority", "affinity",
                                          "domain",   "stack_size",   "period",
                                          "budget",   "data",         "size_bits"};

static const char *const instance_keys[] = {
    "heap_size", "cnode_size_bits", "dma_pool", "dma_pool_cached", "dma_pool_paddr", "tcb_pool",
    "tcb_pool_domains", "ep_pool", "notification_pool", "environment", "simple",
    "simple_extra_bootinfo", "ioports", "mmios", "untyped_mmios", "iospaces", "asid_pool", "irqs",
    "smmu", "sched_ctrl", "single_threaded", "debug", "rump_config", "allowed_smc_functions", "dtb",
    "integrity_label", "global_endpoint_base", "global_endpoint_mask", "global_rpc_endpoint_base",
    "global_rpc_endpoint_mask", "fdt_bind_driver_paths",
    /* virtual machine monitors */
    "ram", "exclude_paddr", "vm_ioports", "vm_irqs", "pci_devices", "pci_devices_iospace",
    "guest_mappings", "init_cons", "num_vcpus", "guest_ram_mb"};

static const char *const interface_keys[] = {
    "access",     "attributes",   "paddr",       "size",           "hardware_cached",
    "irq_type",   "irq_number",   "spi_number",  "irq_trigger",    "irq_target",
    "irq_level",  "irq_polarity", "irq_ioapic",  "irq_ioapic_pin", "irq_vector",
    "irq_handle", "irq_pci_bus",  "irq_pci_dev", "irq_pci_fun",    "shmem_size",
    "id",         "topology",     "mac",         "passive",        "cached",
    "hardware",   "pci",          "port",        "ports",          "partitions"};

static const char *const connection_keys[] = {"buffer",     "size",         "paddr",
                                              "controller", "queue_length", "queue_size"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Offers a candidate; true if it is the name itself. */
static bool offer(struct suggestion *suggestion, const char *candidate)
{
    suggest_offer(suggestion, candidate);
    return !strcmp(suggestion->wanted, candidate);
}

static bool is_pool(const char *name)
{
    return strstr(name, "untyped") && strstr(name, "_pool");
}

static bool offer_prefixed(struct frontend *fe, struct suggestion *suggestion, const char *prefix,
                           const char *const *keys, size_t count)
{
    bool known = false;
    for (size_t i = 0; i < count; i++)
        known |= offer(suggestion, arena_printf(&fe->arena, "%s_%s", prefix, keys[i]));
    return known;
}

static bool offer_instance(struct frontend *fe, struct suggestion *suggestion,
                           const struct component *component)
{
    bool known = is_pool(suggestion->wanted);
    for (size_t i = 0; i < COUNT(thread_keys); i++)
        known |= offer(suggestion, thread_keys[i]);
    for (size_t i = 0; i < COUNT(instance_keys); i++)
        known |= offer(suggestion, instance_keys[i]);
    known |= offer_prefixed(fe, suggestion, "", thread_keys, COUNT(thread_keys));
    for (size_t i = 0; i < component->attributes.count; i++)
        known |= offer(suggestion, component->attributes.items[i]->name);
    for (size_t i = 0; i < component->syncs.count; i++) {
        const char *name = component->syncs.items[i]->name;
        known |= offer(suggestion, arena_printf(&fe->arena, "%s_value", name));
    }
    for (size_t i = 0; i < component->interfaces.count; i++) {
        const char *name = component->interfaces.items[i]->name;
        known |= offer_prefixed(fe, suggestion, name, thread_keys, COUNT(thread_keys));
        known |= offer_prefixed(fe, suggestion, name, interface_keys, COUNT(interface_keys));
    }
    return known;
}

/* Short names are too close to each other for a guess to be of use: of four letters, only a fifth
 * one is missing. */
static void warn_unread(struct frontend *fe, const struct setting *setting,
                        const struct suggestion *suggestion)
{
    size_t length = strlen(setting->name);
    unsigned most = length > 4 ? 2 : length == 4 ? 1 : 0;
    if (suggestion->best && suggestion->distance <= most &&
        (length > 4 || strlen(suggestion->best) > length))
        diag_warning(&fe->diag, setting->loc, "nothing reads '%s.%s'; did you mean '%s'?",
                     setting->key, setting->name, suggestion->best);
}

/* Some names of a compound's interior are set through the compound: those are fine too. */
static void check_instance_key(struct frontend *fe, const struct setting *setting,
                               const struct instance *instance)
{
    struct suggestion suggestion = suggest_start(setting->name);
    if (offer_instance(fe, &suggestion, instance->component))
        return;
    warn_unread(fe, setting, &suggestion);
}

static void check_connection_key(struct frontend *fe, const struct setting *setting)
{
    struct suggestion suggestion = suggest_start(setting->name);
    for (size_t i = 0; i < COUNT(connection_keys); i++) {
        if (offer(&suggestion, connection_keys[i]))
            return;
    }
    warn_unread(fe, setting, &suggestion);
}

/* One warning for a name, however many settings it has: a macro for a VM makes a dozen. */
static bool key_is_new(const struct system *system, const struct setting *setting)
{
    for (size_t i = 0; system->settings.items[i] != setting; i++) {
        if (!strcmp(system->settings.items[i]->key, setting->key))
            return false;
    }
    return true;
}

/* A name that other settings refer to is a variable on purpose. */
static bool is_variable(const struct system *system, const char *key)
{
    for (size_t i = 0; i < system->settings.count; i++) {
        if (system->settings.items[i]->referenced && !strcmp(system->settings.items[i]->key, key))
            return true;
    }
    return false;
}

static void check_unknown_key(struct frontend *fe, const struct system *system,
                              const struct setting *setting)
{
    struct suggestion suggestion = suggest_start(setting->key);
    if (!key_is_new(system, setting) || is_variable(system, setting->key))
        return;
    for (size_t i = 0; i < system->instances.count; i++)
        suggest_offer(&suggestion, system->instances.items[i]->name);
    for (size_t i = 0; i < system->connections.count; i++)
        suggest_offer(&suggestion, system->connections.items[i]->name);
    bool similar = suggestion.best && suggestion.distance <= 2 && strlen(setting->key) > 2;
    diag_warning(&fe->diag, setting->loc,
                 "there is no instance, connection or group '%s': nothing reads its settings%s%s%s",
                 setting->key, similar ? "; did you mean '" : "", similar ? suggestion.best : "",
                 similar ? "'?" : "");
}

/* "instance.interface" is a key too: settings of a compound's interface. */
static bool is_interface_key(const struct system *system, const char *key)
{
    for (size_t i = 0; i < system->instances.count; i++) {
        const struct instance *instance = system->instances.items[i];
        size_t length = strlen(instance->name);
        if (!strncmp(key, instance->name, length) && key[length] == '.' &&
            component_find_interface(instance->component, key + length + 1))
            return true;
    }
    return false;
}

void check_setting_names(struct frontend *fe, const struct system *system)
{
    for (size_t i = 0; i < system->settings.count; i++) {
        const struct setting *setting = system->settings.items[i];
        const struct instance *instance = system_find_instance(system, setting->key);
        if (instance)
            check_instance_key(fe, setting, instance);
        else if (system_find_connection(system, setting->key))
            check_connection_key(fe, setting);
        else if (!system_find_space(system, setting->key) &&
                 !is_interface_key(system, setting->key))
            check_unknown_key(fe, system, setting);
    }
}
