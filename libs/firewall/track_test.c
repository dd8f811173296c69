/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* TCP connections segment by segment, and the table of connections. */
#include "test_frames.h"

enum {
    SYN = FIREWALL_TCP_SYN,
    ACK = FIREWALL_TCP_ACK,
    RST = FIREWALL_TCP_RST,
    FIN = FIREWALL_TCP_FIN,
};

static const char *const rules[] = {"allow out tcp", "allow in tcp to 10.0.2.15 port 80",
                                    "allow out udp", "allow out icmp type echo-request", NULL};

/* One segment between the client's port 1000 and the server's port 80. */
static enum firewall_reason segment(struct firewall *firewall, bool out,
                                    struct test_segment segment, uint64_t now)
{
    struct test_frame frame;
    if (out)
        test_tcp(&frame, CLIENT_IP, 1000, SERVER_IP, 80, &segment);
    else
        test_tcp(&frame, SERVER_IP, 80, CLIENT_IP, 1000, &segment);
    return test_check(firewall, &frame, out ? FIREWALL_OUT : FIREWALL_IN, now);
}

#define SEGMENT(out, expected, ...)                                                                \
    do {                                                                                           \
        struct test_segment s = {.window = 1000, __VA_ARGS__};                                     \
        assert_string_equal(firewall_reason_name(segment(firewall, out, s, now)),                  \
                            firewall_reason_name(FIREWALL_##expected));                            \
    } while (0)

static void open_connection(struct firewall *firewall, uint64_t now)
{
    SEGMENT(true, PASSED, .flags = SYN, .sequence = 100);
    SEGMENT(false, PASSED, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 101);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 101, .acknowledgement = 501);
}

static void test_life(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    uint64_t now = SECOND;
    open_connection(firewall, now);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 101, .acknowledgement = 501, .payload = 50);
    SEGMENT(false, PASSED, .flags = ACK, .sequence = 501, .acknowledgement = 151, .payload = 70);
    now += 7100 * SECOND; /* idle connections stay for two hours */
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 151, .acknowledgement = 571);
    SEGMENT(true, PASSED, .flags = FIN | ACK, .sequence = 151, .acknowledgement = 571);
    SEGMENT(false, PASSED, .flags = FIN | ACK, .sequence = 571, .acknowledgement = 152);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 152, .acknowledgement = 572);
    /* The ports may be used again at once. */
    SEGMENT(true, PASSED, .flags = SYN, .sequence = 9000);
    SEGMENT(true, TCP_STATE, .flags = ACK, .sequence = 9001, .acknowledgement = 1);
    SEGMENT(false, PASSED, .flags = RST | ACK, .sequence = 0, .acknowledgement = 9001);
    now += 61 * SECOND;
    SEGMENT(false, TCP_STATE, .flags = ACK, .sequence = 1, .acknowledgement = 9001);
    test_firewall_free(firewall);
}

static void test_out_of_state(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    uint64_t now = SECOND;
    SEGMENT(true, TCP_STATE, .flags = ACK, .sequence = 100);
    SEGMENT(true, TCP_STATE, .flags = RST, .sequence = 100);
    SEGMENT(true, TCP_STATE, .flags = SYN | ACK, .sequence = 100);
    SEGMENT(false, NO_RULE, .flags = SYN, .sequence = 100);
    open_connection(firewall, now);
    SEGMENT(true, TCP_STATE, .flags = SYN, .sequence = 100);
    SEGMENT(false, TCP_STATE, .flags = SYN, .sequence = 100);
    SEGMENT(false, TCP_STATE, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 101);
    now += 7201 * SECOND;
    SEGMENT(false, TCP_STATE, .flags = ACK, .sequence = 501, .acknowledgement = 101);
    test_firewall_free(firewall);
}

static void test_windows(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    uint64_t now = SECOND;
    SEGMENT(true, PASSED, .flags = SYN, .sequence = 100);
    SEGMENT(false, TCP_WINDOW, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 102);
    SEGMENT(false, TCP_WINDOW, .flags = RST | ACK, .sequence = 0, .acknowledgement = 5000);
    SEGMENT(false, TCP_STATE, .flags = RST, .sequence = 0);
    SEGMENT(false, PASSED, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 101);
    SEGMENT(false, PASSED, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 101);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 101, .acknowledgement = 501);
    /* beyond what the client offered, long before it, and an acknowledgement of nothing sent */
    SEGMENT(false, TCP_WINDOW, .flags = ACK, .sequence = 1502, .acknowledgement = 101);
    SEGMENT(false, TCP_WINDOW, .flags = RST, .sequence = 100000);
    SEGMENT(false, TCP_WINDOW, .flags = ACK, .sequence = 501u - 1500, .acknowledgement = 101);
    SEGMENT(false, TCP_WINDOW, .flags = ACK, .sequence = 501, .acknowledgement = 102);
    SEGMENT(false, TCP_WINDOW, .flags = ACK, .sequence = 501, .acknowledgement = 101u - 70000);
    /* a keep-alive, and the edge of the window */
    SEGMENT(false, PASSED, .flags = ACK, .sequence = 500, .acknowledgement = 101);
    SEGMENT(false, PASSED, .flags = ACK, .sequence = 501, .acknowledgement = 101, .payload = 1000);
    /* a reset inside the window ends the connection */
    SEGMENT(true, PASSED, .flags = RST, .sequence = 101);
    SEGMENT(true, PASSED, .flags = SYN, .sequence = 7);
    test_firewall_free(firewall);
}

static void test_scaling(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    uint64_t now = SECOND;
    SEGMENT(true, PASSED, .flags = SYN, .sequence = 0xfffffff0, .scale = 4);
    SEGMENT(false, PASSED, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 0xfffffff1,
            .scale = 2);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 0xfffffff1, .acknowledgement = 501);
    /* 1000 << 4 bytes were offered to the server; numbers wrap around on the client's side */
    SEGMENT(false, PASSED, .flags = ACK, .sequence = 501 + 16000, .acknowledgement = 0xfffffff1);
    SEGMENT(false, TCP_WINDOW, .flags = ACK, .sequence = 502 + 16000,
            .acknowledgement = 0xfffffff1);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 0xfffffff1, .acknowledgement = 501,
            .payload = 200);
    SEGMENT(false, PASSED, .flags = ACK, .sequence = 501, .acknowledgement = 0xfffffff1 + 200u);
    test_firewall_free(firewall);
}

/* What is in flight is as much as the one who acknowledges has allowed, however little the other
 * did. */
static void test_old_acknowledgements(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    uint64_t now = SECOND;
    SEGMENT(true, PASSED, .flags = SYN, .sequence = 100, .scale = 10);
    SEGMENT(false, PASSED, .flags = SYN | ACK, .sequence = 500, .acknowledgement = 101, .scale = 1);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 101, .acknowledgement = 501);
    for (uint32_t sent = 0; sent < 900000; sent += 1000)
        SEGMENT(false, PASSED, .flags = ACK, .sequence = 501 + sent, .acknowledgement = 101,
                .payload = 1000);
    SEGMENT(true, PASSED, .flags = ACK, .sequence = 101, .acknowledgement = 501);
    SEGMENT(false, PASSED, .flags = ACK, .sequence = 501, .acknowledgement = 101, .payload = 1000);
    test_firewall_free(firewall);
}

static void test_published(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    struct test_frame frame;
    struct test_segment syn = {.flags = SYN, .sequence = 5, .window = 10};
    struct test_segment answer = {
        .flags = SYN | ACK, .sequence = 9, .acknowledgement = 6, .window = 10};
    test_tcp(&frame, SERVER_IP, 4000, CLIENT_IP, 80, &syn);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 1), FIREWALL_PASSED);
    test_tcp(&frame, CLIENT_IP, 80, SERVER_IP, 4000, &answer);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_OUT, 1), FIREWALL_PASSED);
    test_tcp(&frame, SERVER_IP, 4000, CLIENT_IP, 81, &syn);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 1), FIREWALL_NO_RULE);
    test_firewall_free(firewall);
}

static enum firewall_reason datagram(struct firewall *firewall, uint16_t port, bool out,
                                     uint64_t now)
{
    struct test_frame frame;
    if (out)
        test_udp(&frame, CLIENT_IP, port, SERVER_IP, 53);
    else
        test_udp(&frame, SERVER_IP, 53, CLIENT_IP, port);
    return test_check(firewall, &frame, out ? FIREWALL_OUT : FIREWALL_IN, now);
}

static void test_late_replies(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    uint64_t now = SECOND;
    assert_int_equal(datagram(firewall, 1, false, now), FIREWALL_NO_RULE);
    assert_int_equal(datagram(firewall, 1, true, now), FIREWALL_PASSED);
    assert_int_equal(datagram(firewall, 1, false, now + 29 * SECOND), FIREWALL_PASSED);
    now += 29 * SECOND; /* answered: now it stays for two minutes */
    assert_int_equal(datagram(firewall, 1, false, now + 119 * SECOND), FIREWALL_PASSED);
    assert_int_equal(datagram(firewall, 1, false, now + 240 * SECOND), FIREWALL_NO_RULE);
    now += 300 * SECOND;
    assert_int_equal(datagram(firewall, 2, true, now), FIREWALL_PASSED);
    assert_int_equal(datagram(firewall, 2, false, now + 30 * SECOND), FIREWALL_NO_RULE);
    test_firewall_free(firewall);
}

static void test_full_table(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 3);
    uint64_t now = SECOND;
    for (uint16_t port = 1; port <= 3; port++)
        assert_int_equal(datagram(firewall, port, true, now), FIREWALL_PASSED);
    assert_int_equal(datagram(firewall, 4, true, now), FIREWALL_TABLE_FULL);
    assert_int_equal(datagram(firewall, 3, true, now + SECOND), FIREWALL_PASSED);
    assert_int_equal(datagram(firewall, 2, false, now), FIREWALL_PASSED);
    /* The other client has its own share. */
    struct test_frame frame;
    test_udp(&frame, OTHER_IP, 9, SERVER_IP, 53);
    struct firewall_frame judged = {.data = frame.bytes,
                                    .size = frame.size,
                                    .client = 1,
                                    .direction = FIREWALL_OUT,
                                    .now = now};
    assert_int_equal(firewall_check(firewall, &judged), FIREWALL_PASSED);
    /* One has expired after 30 seconds, and makes room. */
    assert_int_equal(datagram(firewall, 4, true, now + 30 * SECOND), FIREWALL_PASSED);
    assert_int_equal(datagram(firewall, 5, true, now + 30 * SECOND), FIREWALL_TABLE_FULL);
    firewall_table_sweep(&firewall->table, now + 1000 * SECOND);
    assert_int_equal(firewall->table.held[0], 0);
    for (uint16_t port = 1; port <= 3; port++)
        assert_int_equal(datagram(firewall, port, true, now + 1000 * SECOND), FIREWALL_PASSED);
    test_firewall_free(firewall);
}

static void test_echo(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(rules, 4);
    struct test_frame frame;
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 0, 7);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 1), FIREWALL_NO_RULE);
    test_icmp(&frame, CLIENT_IP, SERVER_IP, 8, 7);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_OUT, 1), FIREWALL_PASSED);
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 0, 7);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 2), FIREWALL_PASSED);
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 8, 7); /* a request is no answer */
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 2), FIREWALL_NO_RULE);
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 0, 8);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 2), FIREWALL_NO_RULE);
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 0, 7);
    assert_int_equal(test_check(firewall, &frame, FIREWALL_IN, 20 * SECOND), FIREWALL_NO_RULE);
    test_firewall_free(firewall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_out_of_state),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_old_acknowledgements),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_late_replies),
        cmocka_unit_test(test_full_table),
        cmocka_unit_test(test_echo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
