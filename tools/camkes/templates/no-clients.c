/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local X = ... -*/
seL4_Word /*? X ?*/_get_sender_id(void)
{
    return 0;
}
unsigned /*? X ?*/_num_badges(void)
{
    return 0;
}
seL4_Word /*? X ?*/_enumerate_badge(unsigned index)
{
    (void)index;
    return 0;
}
int /*? X ?*/_largest_badge(void)
{
    return -1;
}
const char */*? X ?*/_get_client_name(seL4_Word badge)
{
    (void)badge;
    return NULL;
}
void /*? X ?*/_emit(unsigned badge)
{
    (void)badge;
}
void */*? X ?*/_buf(seL4_Word badge)
{
    (void)badge;
    return NULL;
}
size_t /*? X ?*/_buf_size(seL4_Word badge)
{
    (void)badge;
    return 0;
}
