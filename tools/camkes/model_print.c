/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "model_print.h"

#include <inttypes.h>
#include <string.h>

static void print_integer(adl_int value, FILE *out)
{
    char digits[48];
    size_t at = sizeof digits;
    unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--at] = '-';
    fwrite(digits + at, 1, sizeof digits - at, out);
}

void model_print_value(const struct value *value, FILE *out)
{
    switch (value->kind) {
    case VALUE_INT:
        print_integer(value->integer, out);
        break;
    case VALUE_FLOAT:
        fprintf(out, "%.17g", value->real);
        break;
    case VALUE_STRING:
        fprintf(out, "\"%s\"", value->string);
        break;
    case VALUE_LIST:
        fputc('[', out);
        for (size_t i = 0; i < value->list.count; i++) {
            fputs(i ? ", " : "", out);
            model_print_value(value->list.items[i], out);
        }
        fputc(']', out);
        break;
    case VALUE_DICT:
        fputc('{', out);
        for (size_t i = 0; i < value->dict.count; i++) {
            fputs(i ? ", " : "", out);
            model_print_value(value->dict.items[i].key, out);
            fputs(": ", out);
            model_print_value(value->dict.items[i].value, out);
        }
        fputc('}', out);
        break;
    }
}

static void print_type(const struct type *type, bool is_array, FILE *out)
{
    const char *name = type_c_name(type);
    if (type->kind == TYPE_STRING)
        name = "string";
    fprintf(out, "%s%s%s", type->kind == TYPE_STRUCT ? "struct " : "", *name ? name : "(anonymous)",
            is_array ? "[]" : "");
}

static void print_procedure(const struct procedure *procedure, FILE *out)
{
    static const char *const directions[] = {"in", "out", "inout", "refin"};
    fprintf(out, "procedure %s\n", procedure->name ? procedure->name : "(anonymous)");
    for (size_t i = 0; i < procedure->methods.count; i++) {
        const struct method *method = procedure->methods.items[i];
        fputs("    ", out);
        print_type(&method->result, false, out);
        fprintf(out, " %s(", method->name);
        for (size_t j = 0; j < method->params.count; j++) {
            const struct param *param = method->params.items[j];
            fprintf(out, "%s%s ", j ? ", " : "", directions[param->direction]);
            print_type(&param->type, param->is_array, out);
            fprintf(out, " %s", param->name);
        }
        fputs(")\n", out);
    }
}

static void print_instance(const struct instance *instance, FILE *out)
{
    static const char *const kinds[] = {"uses", "provides", "emits", "consumes", "dataport"};
    static const char *const syncs[] = {"mutex", "semaphore", "binary_semaphore"};
    const struct component *component = instance->component;
    fprintf(out, "instance %s: %s, pid %" PRIu32 ", space %s%s%s\n", instance->name,
            component->name ? component->name : "(anonymous)", instance->pid, instance->space->name,
            component->control ? ", control" : "", component->hardware ? ", hardware" : "");
    for (size_t i = 0; i < component->interfaces.count; i++) {
        const struct interface *interface = component->interfaces.items[i];
        const struct end *end = instance_find_end(instance, interface->name);
        fprintf(out, "    %s%s %s %s%s%s\n", interface->optional ? "maybe " : "",
                kinds[interface->kind], interface->type_name, interface->name, end ? " -> " : "",
                end ? end->connection->name : "");
    }
    for (size_t i = 0; i < component->syncs.count; i++)
        fprintf(out, "    has %s %s\n", syncs[component->syncs.items[i]->kind],
                component->syncs.items[i]->name);
    for (size_t i = 0; i < component->attributes.count; i++) {
        const struct attribute *attribute = component->attributes.items[i];
        fputs("    attribute ", out);
        print_type(&attribute->type, attribute->is_array, out);
        fprintf(out, " %s", attribute->name);
        if (attribute->initial) {
            fputs(" = ", out);
            model_print_value(attribute->initial, out);
        }
        fputc('\n', out);
    }
}

static void print_ends(struct end *const *ends, size_t count, const char *side, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "    %s %s.%s\n", side, ends[i]->instance->name, ends[i]->interface->name);
}

static void print_connection(const struct connection *connection, FILE *out)
{
    fprintf(out, "connection %s: %s, id %" PRIu32 "\n", connection->name,
            connection->connector->name ? connection->connector->name : "(anonymous)",
            connection->index);
    print_ends(connection->from.items, connection->from.count, "from", out);
    print_ends(connection->to.items, connection->to.count, "to", out);
    for (size_t i = 0; i < connection->aliases.count; i++)
        fprintf(out, "    alias %s\n", connection->aliases.items[i]);
}

/* Each procedure in use once, in the order of first use. */
static void print_procedures(const struct system *system, FILE *out)
{
    ARRAY(const struct procedure *) seen = {0};
    const struct procedure *storage[1024];
    seen.items = storage;
    for (size_t i = 0; i < system->instances.count; i++) {
        const struct component *component = system->instances.items[i]->component;
        for (size_t j = 0; j < component->interfaces.count; j++) {
            const struct procedure *procedure = component->interfaces.items[j]->procedure;
            bool known = !procedure || seen.count == 1024;
            for (size_t k = 0; k < seen.count; k++)
                known |= seen.items[k] == procedure;
            if (known)
                continue;
            seen.items[seen.count++] = procedure;
            print_procedure(procedure, out);
        }
    }
}

void model_print(const struct system *system, FILE *out)
{
    for (size_t i = 0; i < system->spaces.count; i++) {
        const struct address_space *space = system->spaces.items[i];
        fprintf(out, "%s %s:", space->is_group ? "group" : "space", space->name);
        for (size_t j = 0; j < space->members.count; j++)
            fprintf(out, " %s", space->members.items[j]->name);
        fputc('\n', out);
    }
    for (size_t i = 0; i < system->instances.count; i++)
        print_instance(system->instances.items[i], out);
    for (size_t i = 0; i < system->connections.count; i++)
        print_connection(system->connections.items[i], out);
    for (size_t i = 0; i < system->settings.count; i++) {
        const struct setting *setting = system->settings.items[i];
        fprintf(out, "setting %s.%s = ", setting->key, setting->name);
        model_print_value(setting->value, out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < system->schedule.count; i++) {
        const struct schedule_entry *entry = &system->schedule.items[i];
        fprintf(out, "schedule domain %" PRIu64 " for %" PRIu64 " %s\n", entry->domain,
                entry->duration, entry->microseconds ? "us" : "ticks");
    }
    print_procedures(system, out);
}
