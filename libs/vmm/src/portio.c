/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Port I/O exits. Nobody home: IN reads all ones, OUT is dropped. */
#include "emulate.h"

static void simple_io(struct vmm_vcpu *v)
{
    struct vcpu_run *run = v->run;
    unsigned size = run->u.io.size;
    struct vmm_access access = {.vcpu = v->id, .size = size};
    bool claimed;
    if (run->u.io.flags & VCPU_IO_IN) {
        claimed = vmm_bus_read(v->vm, VMM_SPACE_IO, &access, run->u.io.port);
        vcpu_set_gpr(v, VCPU_RAX, size, access.value);
    } else {
        access.value = vcpu_gpr(v, VCPU_RAX) & size_mask(size);
        claimed = vmm_bus_write(v->vm, VMM_SPACE_IO, &access, run->u.io.port);
    }
    v->unclaimed += !claimed;
}

void exit_io(struct vmm_vcpu *v)
{
    struct vcpu_run *run = v->run;
    if (run->u.io.flags & VCPU_IO_STRING) {
        struct insn in;
        if (vcpu_decode(v, &in) && (in.op == INSN_INS || in.op == INSN_OUTS)) {
            in.size = in.size > 4 ? 4 : in.size; /* REX.W has no effect on port width */
            emulate_string(v, &in);
        } else {
            vcpu_raise_code(v, X86_GP, 0);
        }
        return;
    }
    unsigned size = run->u.io.size;
    if (size != 1 && size != 2 && size != 4) {
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    /* Length first: when it cannot be found the access must not have happened. */
    unsigned length = 0;
    if (run->next_rip == 0) {
        struct insn in;
        if (!vcpu_decode(v, &in) || (in.op != INSN_IN && in.op != INSN_OUT)) {
            vcpu_raise_code(v, X86_GP, 0);
            return;
        }
        length = in.length;
    }
    simple_io(v);
    vcpu_advance(v, length);
}
