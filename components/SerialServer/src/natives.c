/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "natives.h"

int natives_stream(struct natives *natives, struct mux *mux, uint64_t id, const char *name)
{
    for (int i = 0; i < natives->used; i++)
        if (natives->id[i] == id)
            return MUX_NATIVE(i);
    if (natives->used == MUX_NATIVES - 1) {
        mux_set_prefix(mux, MUX_NATIVE(MUX_NATIVES - 1), "others");
        return MUX_NATIVE(MUX_NATIVES - 1);
    }
    int stream = MUX_NATIVE(natives->used);
    natives->id[natives->used++] = id;
    mux_set_prefix(mux, stream, name);
    return stream;
}
