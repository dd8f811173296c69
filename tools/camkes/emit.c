/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* From the plan to files: all text is rendered first, then written, so errors leave no half set. */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lua_model.h"
#include "template.h"

struct output {
    const char *path;
    const char *text;
};

struct emitter {
    struct plan *plan;
    struct arena *arena;
    struct template_engine engine;
    const char *out; /* absolute */
    ARRAY(struct output) outputs;
};

/* ---- files ------------------------------------------------------------------------------------
 */

static bool make_parents(struct frontend *fe, const char *path)
{
    char *folder = arena_copy(&fe->arena, path, strlen(path));
    for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(folder, 0777) && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

/* Reading a pipe to compare it would wait for ever, so only regular files are read. */
static bool has_contents(struct frontend *fe, const char *path, const char *text, size_t length)
{
    struct stat status;
    if (stat(path, &status) || !S_ISREG(status.st_mode) || (size_t)status.st_size != length)
        return false;
    size_t old_length;
    const char *old = source_read_file(&fe->arena, path, &old_length);
    return old && old_length == length && !memcmp(old, text, length);
}

bool emit_write_file(struct frontend *fe, const char *path, const char *text, size_t length)
{
    if (has_contents(fe, path, text, length))
        return true;
    FILE *file = make_parents(fe, path) ? fopen(path, "wb") : NULL;
    bool written = file && fwrite(text, 1, length, file) == length;
    if (file && fclose(file))
        written = false;
    if (!written)
        diag_error(&fe->diag, (struct loc){0}, "cannot write '%s': %s", path, strerror(errno));
    return written;
}

bool emit_write_plan(struct plan *plan, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (memory) {
        spec_write(plan->spec, memory);
        fclose(memory);
    }
    bool written = text && emit_write_file(plan->fe, path, text, length);
    free(text);
    return written;
}

/* ---- rendering --------------------------------------------------------------------------------
 */

static void render(struct emitter *e, const char *template, const void *me, const char *path)
{
    lua_push_object(e->engine.lua, me);
    lua_setglobal(e->engine.lua, "me");
    const char *text = template_render(&e->engine, template);
    if (text)
        *array_push(e->arena, &e->outputs) = (struct output){path, text};
}

static const char *instance_path(struct emitter *e, const struct instance *instance,
                                 const char *file)
{
    return arena_printf(e->arena, "%s/%s/%s", e->out, instance->symbol, file);
}

static const char *end_template(const struct end_plan *end)
{
    return end->end->is_from ? end->connector->from_template : end->connector->to_template;
}

static const char *end_path(struct emitter *e, const struct end_plan *end)
{
    const char *file =
        arena_printf(e->arena, "%s_%s_%s_%u.c", end->end->interface->name, end->connector->name,
                     end->end->is_from ? "from" : "to", end->end->index);
    return instance_path(e, end->end->instance, file);
}

static void render_instance(struct emitter *e, const struct instance_plan *planned)
{
    const struct instance *instance = planned->instance;
    const char *header = arena_printf(e->arena, "include/camkes-component-%s.h", instance->symbol);
    render(e, "component.h", instance, instance_path(e, instance, header));
    render(e, "camkes.h", instance, instance_path(e, instance, "include/camkes.h"));
    render(e, "component.c", instance, instance_path(e, instance, "camkes.c"));
    if (planned->vm)
        render(e, "vm-resources.c", instance, instance_path(e, instance, "vm_resources.c"));
    *array_push(e->arena, &e->outputs) = (struct output){instance_path(e, instance, "required.lds"),
                                                         emit_required(e->plan, planned)};
    for (size_t i = 0; i < planned->ends.count; i++) {
        const struct end_plan *end = planned->ends.items[i];
        if (end_template(end))
            render(e, end_template(end), end->end, end_path(e, end));
    }
}

/* ---- the list for the build system ------------------------------------------------------------
 */

static void list_sources(struct emitter *e, const struct instance_plan *planned, FILE *out)
{
    const struct instance *instance = planned->instance;
    fprintf(out, "set(CAMKES_INSTANCE_%s_SOURCES\n    \"%s\"", instance->symbol,
            instance_path(e, instance, "camkes.c"));
    if (planned->vm)
        fprintf(out, "\n    \"%s\"", instance_path(e, instance, "vm_resources.c"));
    for (size_t i = 0; i < planned->ends.count; i++) {
        if (end_template(planned->ends.items[i]))
            fprintf(out, "\n    \"%s\"", end_path(e, planned->ends.items[i]));
    }
    fputs(")\n", out);
}

/* Functions other members of the group call: they must stay global when members are localised. */
static void list_exports(const struct instance_plan *planned, FILE *out)
{
    fprintf(out, "set(CAMKES_INSTANCE_%s_EXPORTS", planned->instance->symbol);
    for (size_t i = 0; i < planned->ends.count; i++) {
        const struct end *end = planned->ends.items[i]->end;
        if (end->is_from || planned->ends.items[i]->connector->plan != plan_direct)
            continue;
        const struct procedure *procedure = end->interface->procedure;
        for (size_t j = 0; j < procedure->methods.count; j++)
            fprintf(out, " camkes_direct_%s_%s", end->connection->symbol,
                    procedure->methods.items[j]->name);
    }
    fputs(")\n", out);
}

static void list_instance(struct emitter *e, const struct instance_plan *planned, FILE *out)
{
    const struct instance *instance = planned->instance;
    const char *symbol = instance->symbol;
    const char *component = instance->component->name;
    fprintf(out, "\nlist(APPEND CAMKES_INSTANCES %s)\n", symbol);
    fprintf(out, "set(CAMKES_INSTANCE_%s_NAME \"%s\")\n", symbol, instance->name);
    fprintf(out, "set(CAMKES_INSTANCE_%s_COMPONENT \"%s\")\n", symbol, component ? component : "");
    fprintf(out, "set(CAMKES_INSTANCE_%s_REQUIRED \"%s\")\n", symbol,
            instance_path(e, instance, "required.lds"));
    fprintf(out, "set(CAMKES_INSTANCE_%s_INCLUDES \"%s\")\n", symbol,
            instance_path(e, instance, "include"));
    list_sources(e, planned, out);
    list_exports(planned, out);
}

static void render_list(struct emitter *e)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return;
    fputs("# Generated by camkes: instances, address spaces and generated sources.\n"
          "set(CAMKES_SPACES)\nset(CAMKES_INSTANCES)\n",
          out);
    fprintf(out, "set(CAMKES_PLAN \"%s/app.plan\")\n", e->out);
    for (size_t i = 0; i < e->plan->spaces.count; i++) {
        const struct address_space *space = e->plan->spaces.items[i]->space;
        fprintf(out, "list(APPEND CAMKES_SPACES %s)\nset(CAMKES_SPACE_%s_INSTANCES", space->symbol,
                space->symbol);
        for (size_t j = 0; j < space->members.count; j++)
            fprintf(out, " %s", space->members.items[j]->symbol);
        fprintf(out, ")\nset(CAMKES_SPACE_%s_IS_GROUP %s)\n", space->symbol,
                space->is_group ? "TRUE" : "FALSE");
    }
    for (size_t i = 0; i < e->plan->instances.count; i++) {
        if (e->plan->instances.items[i])
            list_instance(e, e->plan->instances.items[i], out);
    }
    fclose(out);
    const char *path = arena_printf(e->arena, "%s/camkes-gen.cmake", e->out);
    *array_push(e->arena, &e->outputs) = (struct output){path, arena_copy(e->arena, text, length)};
    free(text);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

static bool write_outputs(struct emitter *e)
{
    for (size_t i = 0; i < e->outputs.count; i++) {
        const struct output *output = &e->outputs.items[i];
        if (!emit_write_file(e->plan->fe, output->path, output->text, strlen(output->text)))
            return false;
    }
    return emit_write_plan(e->plan, arena_printf(e->arena, "%s/app.plan", e->out));
}

bool emit_system(struct plan *plan, const char *out, const char *const *templates,
                 size_t template_count)
{
    struct emitter emitter = {.plan = plan, .arena = plan->arena};
    if (mkdir(out, 0777) && errno != EEXIST)
        return emit_write_file(plan->fe, arena_printf(plan->arena, "%s/camkes-gen.cmake", out), "",
                               0);
    emitter.out = source_real_path(plan->arena, out);
    if (!template_open(&emitter.engine, plan->fe))
        return false;
    for (size_t i = 0; i < template_count; i++)
        *array_push(plan->arena, &emitter.engine.folders) = templates[i];
    lua_push_system(emitter.engine.lua, plan);
    for (size_t i = 0; i < plan->instances.count; i++) {
        if (plan->instances.items[i])
            render_instance(&emitter, plan->instances.items[i]);
    }
    render_list(&emitter);
    template_close(&emitter.engine);
    return !plan->diag->errors && write_outputs(&emitter);
}
