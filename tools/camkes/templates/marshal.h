/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local directions = ... -*/
/*
 * Packing of arguments: values back to back, no alignment. A string is its bytes and a NUL, an
 * array a size_t count and its elements. `end` is how far the buffer may be read or written.
 */
struct camkes_cursor {
    char *at;
    char *end;
};

#define CAMKES_UNUSED __attribute__((unused))

static CAMKES_UNUSED bool camkes_put_bytes(struct camkes_cursor *c, const void *data, size_t size)
{
    if ((size_t)(c->end - c->at) < size)
        return false;
    memcpy(c->at, data, size);
    c->at += size;
    return true;
}

static CAMKES_UNUSED bool camkes_put_string(struct camkes_cursor *c, const char *text)
{
    const char *present = text ? text : "";
    return camkes_put_bytes(c, present, strlen(present) + 1);
}

static CAMKES_UNUSED bool camkes_put_array(struct camkes_cursor *c, const void *data, size_t count, size_t size)
{
    if (count > (size_t)(c->end - c->at) / size)
        return false;
    return camkes_put_bytes(c, &count, sizeof count) && camkes_put_bytes(c, data, count * size);
}

static CAMKES_UNUSED bool camkes_put_strings(struct camkes_cursor *c, char *const *data, size_t count)
{
    bool fits = camkes_put_bytes(c, &count, sizeof count);
    for (size_t i = 0; fits && i < count; i++)
        fits = camkes_put_string(c, data[i]);
    return fits;
}

/* Results of the get functions: CE_NO_ERROR, or what is wrong. */

static CAMKES_UNUSED unsigned camkes_get_bytes(struct camkes_cursor *c, void *data, size_t size)
{
    if ((size_t)(c->end - c->at) < size)
        return CE_MALFORMED_RPC_PAYLOAD;
    memcpy(data, c->at, size);
    c->at += size;
    return CE_NO_ERROR;
}

/* The other side may change shared memory at any time, so the copy is closed again here. */
static CAMKES_UNUSED unsigned camkes_get_string(struct camkes_cursor *c, char **text)
{
    size_t left = (size_t)(c->end - c->at);
    size_t length = strnlen(c->at, left);
    if (length == left)
        return CE_MALFORMED_RPC_PAYLOAD;
    *text = malloc(length + 1);
    if (!*text)
        return CE_ALLOCATION_FAILURE;
    memcpy(*text, c->at, length);
    (*text)[length] = '\0';
    c->at += length + 1;
    return CE_NO_ERROR;
}

static CAMKES_UNUSED unsigned camkes_get_array(struct camkes_cursor *c, void **data, size_t *count, size_t size)
{
    unsigned error = camkes_get_bytes(c, count, sizeof *count);
    if (error != CE_NO_ERROR || *count > (size_t)(c->end - c->at) / size) {
        *count = 0;
        return CE_MALFORMED_RPC_PAYLOAD;
    }
    *data = malloc(*count ? *count * size : 1);
    if (!*data) {
        *count = 0;
        return CE_ALLOCATION_FAILURE;
    }
    return camkes_get_bytes(c, *data, *count * size);
}

static CAMKES_UNUSED void camkes_free_strings(char **data, size_t count)
{
    for (size_t i = 0; data && i < count; i++)
        free(data[i]);
    free(data);
}

static CAMKES_UNUSED unsigned camkes_get_strings(struct camkes_cursor *c, char ***data, size_t *count)
{
    size_t wanted;
    unsigned error = camkes_get_bytes(c, &wanted, sizeof wanted);
    if (error != CE_NO_ERROR || wanted > (size_t)(c->end - c->at))
        return CE_MALFORMED_RPC_PAYLOAD;
    *data = calloc(wanted ? wanted : 1, sizeof **data);
    if (!*data)
        return CE_ALLOCATION_FAILURE;
    for (*count = 0; *count < wanted; (*count)++) {
        error = camkes_get_string(c, &(*data)[*count]);
        if (error != CE_NO_ERROR)
            return error;
    }
    return CE_NO_ERROR;
}
