/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Each driver against the model of its controller. */
#include "bench.h"

static void test_start(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    assert_int_equal(b->m->resets, 1);
    assert_memory_equal(b->nic.mac, "\x52\x54\x00\x12\x34\x56", 6);
    struct nic_link link = nic_link(&b->nic);
    assert_true(link.up && link.full_duplex);
    assert_int_equal(link.mbps, 1000);
    assert_false(model_interrupt(b->m));
    nic_stop(&b->nic);
    uint8_t frame[64];
    fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", 0);
    assert_false(model_line(b->m, frame, sizeof(frame)));
    finish(b);
}

static void test_bad_starts(void **state)
{
    enum nic_model kind = *(const enum nic_model *)*state;
    struct bench *b = make(kind, RX_COUNT);
    b->m->dead = true;
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_DEAD);
    assert_true(b->m->delays < 100000);
    b->m->dead = false;
    memset(b->m->nvm_mac, 0, 6);
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_NO_ADDRESS);
    memset(b->m->nvm_mac, 0xff, 6);
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_NO_ADDRESS);
    b->config.memory_size = nic_memory(16) - 1;
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_NO_MEMORY);
    b->config.memory_size = b->m->memory_size;
    b->config.address += 16;
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_NO_MEMORY);
    finish(b);
}

static void test_powered_down_phy(void **state)
{
    struct bench *b = make(*(const enum nic_model *)*state, RX_COUNT);
    b->m->phy_control = 0x0c00; /* powered down, isolated, no autonegotiation */
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_OK);
    assert_int_equal(b->m->phy_control, 0x1200);
    finish(b);
}

static void test_link_comes_up(void **state)
{
    struct bench *b = make(*(const enum nic_model *)*state, RX_COUNT);
    b->m->link_down = true;
    model_reset(b->m);
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_OK);
    assert_int_equal(b->m->phy_control, 0x1340);
    assert_true(nic_link(&b->nic).up);
    finish(b);
}

static void test_identify(void **state)
{
    (void)state;
    enum nic_model model;
    assert_true(nic_identify(0x10d3, &model) && model == NIC_82574);
    assert_true(nic_identify(0x10c9, &model) && model == NIC_82576);
    assert_true(nic_identify(0x150e, &model) && model == NIC_82580);
    assert_false(nic_identify(0x100e, &model));
    assert_false(nic_identify(0xffff, &model));
}

static void test_send(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[1518];
    for (unsigned i = 0; i < 100; i++) {
        size_t size = 14 + (i * 151) % (sizeof(frame) - 13);
        fill(frame, size, "\x02\0\0\0\0\1", i);
        assert_int_equal(send(b, frame, size), NIC_OK);
        nic_flush(&b->nic);
        assert_int_equal(b->m->num_sent, i + 1);
        assert_int_equal(b->m->sent[i].size, size);
        assert_memory_equal(b->m->sent[i].data, frame, size);
    }
    assert_int_equal(nic_statistics(&b->nic)->tx_frames, 100);
    finish(b);
}

static void test_gather(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[1000];
    fill(frame, sizeof(frame), "\x02\0\0\0\0\1", 3);
    struct nic_piece pieces[] = {{frame, 10}, {frame + 10, 0}, {frame + 10, 44}, {frame + 54, 946}};
    assert_int_equal(nic_send(&b->nic, &(struct nic_frame){.pieces = pieces, .count = 4}), NIC_OK);
    nic_flush(&b->nic);
    assert_memory_equal(b->m->sent[0].data, frame, sizeof(frame));
    finish(b);
}

static void test_full_ring(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[60];
    fill(frame, sizeof(frame), "\x02\0\0\0\0\1", 0);
    b->m->hold_sent = true;
    for (unsigned i = 0; i < TX_COUNT - 1; i++)
        assert_int_equal(send(b, frame, sizeof(frame)), NIC_OK);
    assert_int_equal(send(b, frame, sizeof(frame)), NIC_FULL);
    nic_flush(&b->nic);
    assert_int_equal(b->m->num_sent, TX_COUNT - 1);
    assert_int_equal(send(b, frame, sizeof(frame)), NIC_FULL);
    assert_int_equal(b->nic.statistics.tx_full, 2);
    /* the controller says at last that all are sent */
    for (unsigned i = 0; i < TX_COUNT; i++)
        b->nic.tx.descriptor[i][3] |= 1;
    b->m->hold_sent = false;
    assert_int_equal(send(b, frame, sizeof(frame)), NIC_OK);
    finish(b);
}

static void test_room(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[60];
    fill(frame, sizeof(frame), "\x02\0\0\0\0\1", 0);
    b->m->hold_sent = true;
    assert_int_equal(nic_room(&b->nic, TX_COUNT / 2), NIC_BAD_REQUEST);
    assert_int_equal(nic_room(&b->nic, TX_COUNT / 2 - 1), NIC_OK);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(send(b, frame, sizeof(frame)), NIC_OK);
    nic_flush(&b->nic);
    assert_int_equal(nic_room(&b->nic, 3), NIC_FULL);
    assert_int_equal(nic_room(&b->nic, 2), NIC_OK);
    finish(b);
}

static void test_bad_requests(void **state)
{
    struct bench *b = start(state, 128);
    static uint8_t frame[70000];
    fill(frame, sizeof(frame), "\x02\0\0\0\0\1", 0);
    assert_int_equal(send(b, frame, 13), NIC_BAD_REQUEST);
    assert_int_equal(send(b, frame, 0), NIC_BAD_REQUEST);
    assert_int_equal(send(b, frame, 1519), NIC_BAD_REQUEST);
    assert_int_equal(send(b, frame, SIZE_MAX), NIC_BAD_REQUEST);
    static const struct nic_offload wrong[] = {
        {.csum_start = 34, .csum_offset = 8},
        {.csum_start = 1498, .csum_offset = 16},
        {.csum_start = 60000, .csum_offset = 16},
        {.csum_start = 2, .csum_offset = 6},
        {.mss = 1000},
        {.csum_start = 34, .csum_offset = 16, .mss = 1000, .header_size = 20},
        {.csum_start = 34, .csum_offset = 16, .mss = 1000, .header_size = 1500},
        {.csum_start = 34, .csum_offset = 16, .mss = 1, .header_size = 54},
        {.csum_start = 34, .csum_offset = 16, .mss = 1600, .header_size = 54},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct nic_piece piece = {frame, 1500};
        struct nic_frame f = {.pieces = &piece, .count = 1, .offload = wrong[i]};
        assert_int_equal(nic_send(&b->nic, &f), NIC_BAD_REQUEST);
    }
    nic_flush(&b->nic);
    assert_int_equal(b->m->num_sent, 0);
    finish(b);
}

static void test_receive(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[1518];
    struct nic_received got;
    assert_false(nic_receive(&b->nic, &got));
    for (unsigned i = 0; i < 200; i++) {
        size_t size = 60 + (i * 97) % (sizeof(frame) - 59);
        fill(frame, size, "\x52\x54\x00\x12\x34\x56", i);
        b->m->checksum_bad = i & 1;
        assert_true(model_line(b->m, frame, size));
        assert_true(nic_receive(&b->nic, &got));
        assert_int_equal(got.count, 1);
        assert_int_equal(got.size, size);
        assert_int_equal(got.checked, !(i & 1));
        assert_memory_equal(got.piece[0].data, frame, size);
        nic_receive_done(&b->nic);
        assert_false(nic_receive(&b->nic, &got));
    }
    assert_int_equal(nic_statistics(&b->nic)->rx_frames, 200);
    finish(b);
}

static void test_receive_until_full(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[60];
    struct nic_received got;
    unsigned sent = 0, seen = 0;
    for (unsigned round = 0; round < 5; round++) {
        for (;;) {
            fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", sent);
            if (!model_line(b->m, frame, sizeof(frame)))
                break;
            sent++;
        }
        while (nic_receive(&b->nic, &got)) {
            fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", seen++);
            assert_memory_equal(got.piece[0].data, frame, sizeof(frame));
            nic_receive_done(&b->nic);
        }
        nic_flush(&b->nic);
    }
    assert_int_equal(sent, 5 * (RX_COUNT - 1));
    assert_int_equal(seen, sent);
    assert_int_equal(nic_statistics(&b->nic)->rx_missed, 5);
    finish(b);
}

static void test_hold_several(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[100];
    struct nic_received got[20];
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 20; i++) {
            fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", i + round);
            assert_true(model_line(b->m, frame, sizeof(frame)));
        }
        for (unsigned i = 0; i < 20; i++)
            assert_true(nic_receive(&b->nic, &got[i]));
        nic_flush(&b->nic);
        for (unsigned i = 0; i < RX_COUNT; i++) /* what is held is not overwritten */
            model_line(b->m, (const uint8_t[60]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 60);
        for (unsigned i = 0; i < 20; i++) {
            fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", i + round);
            assert_memory_equal(got[i].piece[0].data, frame, sizeof(frame));
        }
        while (nic_receive(&b->nic, &got[0]))
            ;
        nic_receive_done(&b->nic);
        nic_flush(&b->nic);
    }
    finish(b);
}

static void test_jumbo(void **state)
{
    struct bench *b = make(*(const enum nic_model *)*state, RX_COUNT);
    b->config.mtu = 9000;
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_OK);
    static uint8_t frame[9019];
    fill(frame, sizeof(frame), "\x52\x54\x00\x12\x34\x56", 5);
    struct nic_received got;
    for (unsigned i = 0; i < 20; i++) {
        assert_true(model_line(b->m, frame, 9018));
        assert_true(nic_receive(&b->nic, &got));
        assert_int_equal(got.size, 9018);
        size_t at = 0;
        for (unsigned p = 0; p < got.count; p++) {
            assert_memory_equal(got.piece[p].data, frame + at, got.piece[p].size);
            at += got.piece[p].size;
        }
        assert_int_equal(at, 9018);
        nic_receive_done(&b->nic);
        nic_flush(&b->nic);
        assert_int_equal(send(b, frame, 9018), NIC_OK);
        nic_flush(&b->nic);
        assert_int_equal(b->m->sent[i].size, 9018);
        assert_memory_equal(b->m->sent[i].data, frame, 9018);
    }
    assert_int_equal(send(b, frame, 9019), NIC_BAD_REQUEST);
    finish(b);
}

static void test_filter(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[60], mac[6] = {2, 0, 0, 0, 0, 0};
    unsigned added = 0;
    fill(frame, sizeof(frame), "\x02\0\0\0\0\x05", 0);
    assert_false(model_line(b->m, frame, sizeof(frame)));
    for (; mac[5] < 40; mac[5]++) {
        if (!nic_add_address(&b->nic, mac))
            break;
        added++;
    }
    assert_int_equal(added, b->nic.model == NIC_82574 ? 14 : 23);
    assert_true(nic_add_address(&b->nic, b->nic.mac));
    for (mac[5] = 0; mac[5] < 40; mac[5]++) {
        memcpy(frame, mac, 6);
        assert_int_equal(model_line(b->m, frame, sizeof(frame)), mac[5] < added);
        struct nic_received got;
        while (nic_receive(&b->nic, &got))
            nic_receive_done(&b->nic);
        nic_flush(&b->nic);
    }
    frame[5] = 99;
    nic_set_promiscuous(&b->nic, true);
    assert_true(model_line(b->m, frame, sizeof(frame)));
    nic_set_promiscuous(&b->nic, false);
    assert_false(model_line(b->m, frame, sizeof(frame)));
    fill(frame, sizeof(frame), "\x33\x33\0\0\0\1", 0);
    assert_true(model_line(b->m, frame, sizeof(frame)));
    finish(b);
}

static void test_interrupts(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[60];
    fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", 0);
    assert_true(model_line(b->m, frame, sizeof(frame)));
    assert_false(model_interrupt(b->m)); /* not on yet */
    nic_interrupts(&b->nic, true, false);
    assert_true(model_interrupt(b->m));
    assert_int_equal(nic_interrupt(&b->nic) & NIC_EVENT_RX, NIC_EVENT_RX);
    assert_false(model_interrupt(b->m));
    assert_int_equal(send(b, frame, sizeof(frame)), NIC_OK);
    nic_flush(&b->nic);
    assert_false(model_interrupt(b->m)); /* nobody waits for room */
    nic_interrupts(&b->nic, true, true);
    assert_true(model_interrupt(b->m));
    assert_int_equal(nic_interrupt(&b->nic), NIC_EVENT_TX);
    nic_interrupt_again(&b->nic);
    assert_true(model_interrupt(b->m));
    assert_int_equal(nic_interrupt(&b->nic), NIC_EVENT_RX);
    nic_interrupts(&b->nic, false, false);
    assert_true(model_line(b->m, frame, sizeof(frame)));
    assert_false(model_interrupt(b->m));
    finish(b);
}

static void test_moderation(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    if (b->nic.model == NIC_82574)
        assert_int_equal(b->m->reg[0xc4 / 4], 390); /* of 256 ns */
    else
        assert_int_equal(b->m->reg[0x1680 / 4], 100 << 2);
    finish(b);
}

/* Whatever the controller writes into its descriptors, the driver stays inside its memory, ends,
 * and works again when the controller does. */
static void test_hostile_descriptors(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    struct nic_received got;
    uint8_t frame[60];
    srand(7);
    fill(frame, sizeof(frame), "\xff\xff\xff\xff\xff\xff", 0);
    for (unsigned round = 0; round < 3000; round++) {
        for (unsigned i = 0; i < RX_COUNT; i++)
            for (unsigned w = 0; w < 4; w++)
                b->nic.rx.descriptor[i][w] = (uint32_t)rand() ^ (uint32_t)rand() << 16;
        for (unsigned i = 0; i < RX_COUNT && round % 3 != 0; i++) /* plausible now and then */
            b->nic.rx.descriptor[i][2] = round % 3 == 1 ? 1 : 3;
        for (unsigned i = 0; i < TX_COUNT; i++)
            b->nic.tx.descriptor[i][3] = (uint32_t)rand();
        for (unsigned n = 0; n < 2 * RX_COUNT && nic_receive(&b->nic, &got); n++) {
            size_t sum = 0;
            assert_true(got.count >= 1 && got.count <= NIC_RX_PIECES);
            for (unsigned p = 0; p < got.count; p++) {
                const uint8_t *at = got.piece[p].data;
                assert_true(at >= b->m->memory &&
                            at + got.piece[p].size <= b->m->memory + b->m->memory_size);
                sum += got.piece[p].size;
            }
            assert_int_equal(sum, got.size);
            nic_receive_done(&b->nic);
        }
        (void)send(b, frame, sizeof(frame));
        assert_true(b->nic.tx.head < TX_COUNT && b->nic.tx.tail < TX_COUNT);
    }
    assert_true(b->nic.statistics.rx_rejected > 0);
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_OK);
    assert_true(model_line(b->m, frame, sizeof(frame)));
    assert_true(nic_receive(&b->nic, &got));
    assert_int_equal(got.size, sizeof(frame));
    finish(b);
}

static uint32_t gone_read(void *context, uint32_t offset)
{
    (void)context, (void)offset;
    return UINT32_MAX;
}

static void test_controller_is_gone(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    b->nic.io.read = gone_read;
    assert_int_equal(nic_interrupt(&b->nic), 0);
    assert_false(nic_link(&b->nic).up);
    b->config.io.read = gone_read;
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_DEAD);
    finish(b);
}

int main(void)
{
    static const enum nic_model kinds[] = {NIC_82574, NIC_82576, NIC_82580};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identify),
        ALL(test_start),
        ALL(test_bad_starts),
        ALL(test_powered_down_phy),
        ALL(test_link_comes_up),
        ALL(test_send),
        ALL(test_gather),
        ALL(test_full_ring),
        ALL(test_room),
        ALL(test_bad_requests),
        ALL(test_receive),
        ALL(test_receive_until_full),
        ALL(test_hold_several),
        ALL(test_jumbo),
        ALL(test_filter),
        ALL(test_interrupts),
        ALL(test_moderation),
        ALL(test_hostile_descriptors),
        ALL(test_controller_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
