/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Reports of specifications small enough to know who reaches whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report.h"

static const char text[] = "object va pml4 in a\nobject vb pml4 in b\nobject vc pml4 in c\n"
                           "object ca cnode slots 9 in a\nobject cb cnode slots 9 in b\n"
                           "object cc cnode slots 9 in c\n"
                           "object ta tcb in a\nobject tb tcb in b\nobject tc tcb in c\n"
                           "object ep endpoint in b\nobject bell notification in c\n"
                           "object one frame4K x4\nobject two frame4K\n"
                           "object com ports in c at ports(0x3f8-0x3ff)\n"
                           "object hpet frame4K at 0xfed00000\n"
                           "thread ta cspace ca vspace va\nthread tb cspace cb vspace vb\n"
                           "thread tc cspace cc vspace vc notification bell\n"
                           "cap ca[1] ep wp badge 0x1\ncap cb[1] ep r\n"
                           "cap cb[2] bell w\n"
                           "map va@0x1000 one[0..3] rw\nmap vb@0x1000 one[0..1] r\n"
                           "map va@0x9000 two rw\nmap vb@0x9000 two rw\n"
                           "cap cc[3] com -\nmap vc@0x5000 hpet rwu\n"
                           "cap ca[2] ta rwgp\n"
                           "note a.ram has no effect\n";

static struct spec *read_text(const char *what)
{
    FILE *in = fmemopen((void *)what, strlen(what), "r");
    struct spec *s = spec_read(in, "test");
    fclose(in);
    assert_string_equal(s->errors, "");
    return s;
}

static char *write_with(const struct report *r, void (*write)(const struct report *, FILE *))
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    write(r, file);
    fclose(file);
    return out;
}

static bool has_edge(const struct report *r, const char *from, enum report_way way, const char *to)
{
    for (const struct report_edge *e = r->edges; e; e = e->next)
        if (!strcmp(r->domains[e->from], from) && e->way == way && !strcmp(r->domains[e->to], to))
            return true;
    return false;
}

static void test_edges(void **state)
{
    (void)state;
    struct spec *s = read_text(text);
    struct report r = report_compute(s);
    assert_int_equal(r.num_domains, 3);
    assert_true(has_edge(&r, "a", REPORT_CALL, "b"));
    assert_false(has_edge(&r, "b", REPORT_CALL, "a"));
    assert_true(has_edge(&r, "b", REPORT_SIGNAL, "c"));
    assert_true(has_edge(&r, "a", REPORT_DATA, "b"));
    assert_false(has_edge(&r, "b", REPORT_DATA, "a"));
    assert_true(has_edge(&r, "a", REPORT_SHARED, "b"));
    assert_false(has_edge(&r, "a", REPORT_CONTROL, "a")); /* its own thread */
    for (int way = 0; way < REPORT_NUM_WAYS; way++) {
        assert_false(has_edge(&r, "a", way, "c"));
        assert_false(has_edge(&r, "c", way, "a"));
    }
    spec_destroy(s);
}

static void test_disjoint_parts_of_a_run(void **state)
{
    (void)state;
    struct spec *s = read_text("object va pml4 in a\nobject vb pml4 in b\nobject f frame4K x4\n"
                               "map va@0x1000 f[0..1] rw\nmap vb@0x1000 f[2..3] rw\n");
    struct report r = report_compute(s);
    assert_null(r.edges);
    spec_destroy(s);
}

static void test_control(void **state)
{
    (void)state;
    struct spec *s = read_text("object ca cnode slots 3 in a\nobject cb cnode slots 3 in b\n"
                               "object vb pml4 in b\nobject tb tcb in b\n"
                               "thread tb cspace cb vspace vb\ncap ca[1] tb rwgp\n");
    struct report r = report_compute(s);
    assert_true(has_edge(&r, "a", REPORT_CONTROL, "b"));
    spec_destroy(s);
}

static void test_text_and_graph(void **state)
{
    (void)state;
    struct spec *s = read_text(text);
    struct report r = report_compute(s);
    char *out = write_with(&r, report_write_text);
    assert_non_null(strstr(out, "  calls          b through ep\n"));
    assert_non_null(strstr(out, "  ports          com ports(0x3f8-0x3ff)\n"));
    assert_non_null(strstr(out, "  frame4K        hpet 0xfed00000..0xfed00fff\n"));
    assert_non_null(strstr(out, "\nnote: a.ram has no effect\n"));
    assert_non_null(strstr(out, "  a and c\n"));
    free(out);
    out = write_with(&r, report_write_svg);
    assert_memory_equal(out, "<svg ", 5);
    assert_non_null(strstr(out, "<title>a calls b: ep</title>"));
    assert_non_null(strstr(out, "</svg>\n"));
    free(out);
    spec_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_disjoint_parts_of_a_run),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_text_and_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
