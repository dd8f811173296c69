/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Generated client stubs and service in one process: packing, ownership of memory (checked by
 * AddressSanitizer), errors, exact fits. The kernel's part is played by copying the message.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <camkes/generated.h>
#include <libc/lock.h>
#include "rpc_types.h"

/* ---- what the runtime would provide ---- */

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
static seL4_IPCBuffer ipc_buffer;
static struct camkes_rpc_server *servers[3];
static struct camkes_rpc_server *captured;
static jmp_buf capture_jump;
/* Any error will do while the test finds out which stub uses which endpoint. */
#define CE_CALL_REFUSED CE_SYSCALL_FAILED

static camkes_error_type_t last_error;
static unsigned error_count;
static size_t extra_bytes; /* added to the length the server sees */
static seL4_CPtr endpoints[3];
static int learning = -1; /* which connection's endpoint the next call shows */

void camkes_rpc_serve(struct camkes_rpc_server *server)
{
    captured = server;
    longjmp(capture_jump, 1);
}

unsigned camkes_rpc_call(seL4_CPtr endpoint, size_t length, size_t *reply_length)
{
    if (learning >= 0) {
        endpoints[learning] = endpoint;
        return CE_CALL_REFUSED;
    }
    int index = endpoint == endpoints[0] ? 0 : endpoint == endpoints[1] ? 1 : 2;
    struct camkes_rpc_server *server = servers[index];
    char copy[CAMKES_RPC_IPC_BYTES];
    size_t words = (length + 7) / 8 * 8 + extra_bytes;
    memcpy(copy, ipc_buffer.msg, sizeof copy);
    memset(ipc_buffer.msg, 0xa5, sizeof ipc_buffer.msg);
    memcpy(ipc_buffer.msg, copy, words);
    server->sender = 7;
    unsigned error = server->dispatch(server->buffer ? server->buffer : ipc_buffer.msg, &words);
    *reply_length = error || server->buffer ? 0 : (words + 7) / 8 * 8;
    return error;
}

/* One thread: the lock of the shared buffer is free when a call begins, and when one has ended. */
void libc_lock_acquire(struct __lock *lock)
{
    assert_int_equal(lock->depth++, 0);
}

void libc_lock_release(struct __lock *lock)
{
    assert_int_equal(--lock->depth, 0);
}

camkes_error_action_t camkes_error_raise(camkes_error_handler_t handler,
                                         const camkes_error_t *error)
{
    assert_null(handler);
    last_error = error->type;
    error_count++;
    return CEA_DISCARD;
}

camkes_error_handler_t camkes_a_error_handler, camkes_s_error_handler, camkes_big_error_handler;

/* ---- generated functions of the two instances ---- */

int a_scalars(int c, const uint64_t *length, double *result, char *index);
struct pair a_structs(struct pair a, const struct pair *b, struct pair *r, struct pair *x);
char *a_strings(const char *error, char **fits, char **buffer, char **x);
int a_arrays(size_t a_sz, const int *a, const size_t *b_sz, uint16_t **b, size_t *out_a_sz,
             int **out_a, size_t *x_sz, struct pair **x);
void a_lists(size_t a_sz, char **a, const size_t *b_sz, char ***b, size_t *r_sz, char ***r,
             size_t *x_sz, char ***x);
void a_nothing(void);
char *s_echo(const char *text);
char *big_echo(const char *text);
void b__run(void);
void t__run(void);
void large__run(void);
seL4_Word b_get_sender_id(void);
const char *b_get_client_name(seL4_Word badge);
extern void *caller_memory, *callee_memory;

/* ---- the user's implementation ---- */

static unsigned nothing_calls;

int b_scalars(int c, const uint64_t *length, double *result, char *index);
int b_scalars(int c, const uint64_t *length, double *result, char *index)
{
    *result = c * 0.5;
    *index = (char)(*index + 1);
    return c + (int)*length;
}

struct pair b_structs(struct pair a, const struct pair *b, struct pair *r, struct pair *x);
struct pair b_structs(struct pair a, const struct pair *b, struct pair *r, struct pair *x)
{
    *r = (struct pair){a.first + b->first, a.second + b->second};
    x->first++;
    return *b;
}

char *b_strings(const char *error, char **fits, char **buffer, char **x);
char *b_strings(const char *error, char **fits, char **buffer, char **x)
{
    *buffer = strdup(*fits);
    free(*x);
    *x = strdup("replaced");
    return strdup(error);
}

int b_arrays(size_t a_sz, const int *a, const size_t *b_sz, uint16_t **b, size_t *out_a_sz,
             int **out_a, size_t *x_sz, struct pair **x);
int b_arrays(size_t a_sz, const int *a, const size_t *b_sz, uint16_t **b, size_t *out_a_sz,
             int **out_a, size_t *x_sz, struct pair **x)
{
    int sum = 0;
    *out_a = malloc(a_sz * sizeof **out_a);
    *out_a_sz = a_sz;
    for (size_t i = 0; i < a_sz; i++)
        sum += (*out_a)[i] = a[i];
    for (size_t i = 0; i < *b_sz; i++)
        sum += (*b)[i];
    if (*x_sz) {
        (*x)[0].first = 99;
        *x_sz = 1; /* shrinks in place */
    }
    return sum;
}

void b_lists(size_t a_sz, char **a, const size_t *b_sz, char ***b, size_t *r_sz, char ***r,
             size_t *x_sz, char ***x);
void b_lists(size_t a_sz, char **a, const size_t *b_sz, char ***b, size_t *r_sz, char ***r,
             size_t *x_sz, char ***x)
{
    *r_sz = a_sz + *b_sz;
    *r = malloc((*r_sz + 1) * sizeof **r);
    for (size_t i = 0; i < a_sz; i++)
        (*r)[i] = strdup(a[i]);
    for (size_t i = 0; i < *b_sz; i++)
        (*r)[a_sz + i] = strdup((*b)[i]);
    if (*x_sz) {
        free((*x)[0]);
        (*x)[0] = strdup("new");
    }
}

void b_nothing(void);
void b_nothing(void)
{
    nothing_calls++;
    assert_int_equal(b_get_sender_id(), 7);
}

char *t_echo(const char *text);
char *t_echo(const char *text)
{
    return strdup(text);
}

char *large_echo(const char *text);
char *large_echo(const char *text)
{
    return strdup(text);
}

/* ---- tests ---- */

static void map_memory(void)
{
    int fd = memfd_create("dataport", 0);
    assert_int_equal(ftruncate(fd, 4096), 0);
    void *ends[] = {caller_memory, callee_memory};
    for (int i = 0; i < 2; i++) {
        /* Both instances may see the dataport at one address: then one mapping is enough. */
        if (i == 1 && ends[0] == ends[1])
            break;
        assert_ptr_equal(mmap(ends[i], 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0),
                         ends[i]);
    }
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    __sel4_ipc_buffer = &ipc_buffer;
    void (*const runs[])(void) = {b__run, t__run, large__run};
    for (volatile int i = 0; i < 3; i++) {
        if (!setjmp(capture_jump))
            runs[i]();
        servers[i] = captured;
    }
    map_memory();
    learning = 0;
    a_nothing();
    learning = 1;
    assert_null(s_echo(""));
    learning = 2;
    assert_null(big_echo(""));
    learning = -1;
    return 0;
}

static int reset(void **state)
{
    (void)state;
    error_count = 0;
    extra_bytes = 0;
    return 0;
}

static void test_scalars(void **state)
{
    (void)state;
    double result = 0;
    char index = 'a';
    uint64_t length = 1000;
    assert_int_equal(a_scalars(5, &length, &result, &index), 1005);
    assert_true(result == 2.5);
    assert_int_equal(index, 'b');
    a_nothing();
    assert_int_equal(nothing_calls, 1);
    assert_string_equal(b_get_client_name(7), "caller");
    assert_null(b_get_client_name(8));
}

static void test_structs(void **state)
{
    (void)state;
    struct pair a = {1, 2}, b = {10, 20}, r, x = {5, 6};
    struct pair back = a_structs(a, &b, &r, &x);
    assert_int_equal(back.second, 20);
    assert_int_equal(r.first, 11);
    assert_int_equal(r.second, 22);
    assert_int_equal(x.first, 6);
    assert_int_equal(x.second, 6);
}

static void test_strings(void **state)
{
    (void)state;
    char *fits = (char *)"constant", *buffer = NULL, *x = strdup("mine");
    char *back = a_strings("in", &fits, &buffer, &x);
    assert_string_equal(back, "in");
    assert_string_equal(buffer, "constant");
    assert_string_equal(x, "replaced");
    free(back);
    free(buffer);
    free(x);
}

static void test_arrays(void **state)
{
    (void)state;
    int a[] = {1, 2, 3}, *out = NULL;
    uint16_t b[] = {10, 20}, *b_data = b;
    size_t b_sz = 2, out_sz = 0, x_sz = 2;
    struct pair *x = calloc(2, sizeof *x);
    assert_int_equal(a_arrays(3, a, &b_sz, &b_data, &out_sz, &out, &x_sz, &x), 36);
    assert_int_equal(out_sz, 3);
    assert_int_equal(out[2], 3);
    assert_int_equal(x_sz, 1);
    assert_int_equal(x[0].first, 99);
    free(out);
    free(x);
}

static void test_string_arrays(void **state)
{
    (void)state;
    char *a[] = {(char *)"one", (char *)""}, *b[] = {(char *)"three"}, **b_data = b, **r = NULL;
    char **x = malloc(sizeof *x);
    size_t b_sz = 1, r_sz = 0, x_sz = 1;
    x[0] = strdup("old");
    a_lists(2, a, &b_sz, &b_data, &r_sz, &r, &x_sz, &x);
    assert_int_equal(r_sz, 3);
    assert_string_equal(r[0], "one");
    assert_string_equal(r[1], "");
    assert_string_equal(r[2], "three");
    assert_string_equal(x[0], "new");
    for (size_t i = 0; i < r_sz; i++)
        free(r[i]);
    free(r);
    free(x[0]);
    free(x);
}

/* A single method sends no index, so a string may fill the transport to the last byte. */
static void check_exact_fit(char *(*echo)(const char *), size_t capacity)
{
    char *text = calloc(1, capacity + 1);
    memset(text, 'x', capacity - 1);
    char *back = echo(text);
    assert_non_null(back);
    assert_string_equal(back, text);
    free(back);
    assert_int_equal(error_count, 0);
    text[capacity - 1] = 'x';
    assert_null(echo(text));
    assert_int_equal(error_count, 1);
    assert_int_equal(last_error, CE_BUFFER_LENGTH_EXCEEDED);
    free(text);
}

static void test_exact_fit_of_message(void **state)
{
    (void)state;
    check_exact_fit(s_echo, CAMKES_RPC_IPC_BYTES);
}

static void test_exact_fit_of_buffer(void **state)
{
    (void)state;
    check_exact_fit(big_echo, 4096);
}

static void test_malformed_requests(void **state)
{
    (void)state;
    extra_bytes = 8;
    a_nothing();
    assert_int_equal(last_error, CE_MALFORMED_RPC_PAYLOAD);
    size_t length = 8;
    memset(ipc_buffer.msg, 0xff, 8);
    assert_int_equal(servers[0]->dispatch(ipc_buffer.msg, &length), CE_INVALID_METHOD_INDEX);
    length = 0;
    assert_int_equal(servers[0]->dispatch(ipc_buffer.msg, &length), CE_MALFORMED_RPC_PAYLOAD);
    /* An array that claims more elements than the message holds. */
    memset(ipc_buffer.msg, 0, 64);
    *(uint8_t *)ipc_buffer.msg = 3;
    memset((char *)ipc_buffer.msg + 1, 0xff, 8);
    length = 64;
    assert_int_equal(servers[0]->dispatch(ipc_buffer.msg, &length), CE_MALFORMED_RPC_PAYLOAD);
}

/* The length of a message is checked; that of a shared buffer says nothing. */
static void test_lengths_of_messages_only(void **state)
{
    (void)state;
    extra_bytes = 8;
    assert_null(s_echo("text"));
    assert_int_equal(last_error, CE_MALFORMED_RPC_PAYLOAD);
    assert_int_equal(error_count, 1);
    char *back = big_echo("text");
    assert_non_null(back);
    assert_string_equal(back, "text");
    assert_int_equal(error_count, 1);
    free(back);
}

/* Texts of every length: what is sent is rounded up to words, and taken as all there is. */
static void test_messages_are_whole_words(void **state)
{
    (void)state;
    char text[] = "sixteen letters!";
    for (size_t length = sizeof text - 1; length < sizeof text; length--) {
        text[length] = '\0';
        char *back = s_echo(text);
        assert_non_null(back);
        assert_string_equal(back, text);
        free(back);
    }
    assert_int_equal(error_count, 0);
}

/* Bytes of any kind never make the service read outside the message or leak. */
static void test_random_requests(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        unsigned char *bytes = (unsigned char *)ipc_buffer.msg;
        for (int i = 0; i < 128; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = seed >> 28 < 6 ? 0 : (unsigned char)(seed >> 24);
        }
        bytes[0] = (unsigned char)(2 + round % 3); /* strings, arrays, arrays of strings */
        size_t length = (seed >> 8) % 17 * 8;
        memset(bytes + 2, 0, 7); /* a count that is not hopeless */
        servers[0]->dispatch(ipc_buffer.msg, &length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_scalars, reset),
        cmocka_unit_test_setup(test_structs, reset),
        cmocka_unit_test_setup(test_strings, reset),
        cmocka_unit_test_setup(test_arrays, reset),
        cmocka_unit_test_setup(test_string_arrays, reset),
        cmocka_unit_test_setup(test_exact_fit_of_message, reset),
        cmocka_unit_test_setup(test_exact_fit_of_buffer, reset),
        cmocka_unit_test_setup(test_malformed_requests, reset),
        cmocka_unit_test_setup(test_lengths_of_messages_only, reset),
        cmocka_unit_test_setup(test_messages_are_whole_words, reset),
        cmocka_unit_test_setup(test_random_requests, reset),
    };
    return cmocka_run_group_tests_name("rpc", tests, set_up, NULL);
}
