# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Sources of the kernel that do not depend on the machine; the target build adds arch/x86 and
# boot, the host build arch/host. Paths are relative to kernel/.

# Objects, system calls, scheduler.
set(KERNEL_OBJECT_SOURCES
    api/boot.c
    api/debug.c
    api/fastpath.c
    api/fault.c
    api/invocation.c
    api/ipc.c
    api/kernel.c
    api/printf.c
    api/snapshot.c
    api/syscall.c
    object/cap.c
    object/cnode.c
    object/cspace.c
    object/delete.c
    object/dispatch.c
    object/domain.c
    object/endpoint.c
    object/io_port.c
    object/irq.c
    object/mdb.c
    object/notification.c
    object/reply.c
    object/tcb.c
    object/tcb_invoke.c
    object/tcb_registers.c
    object/tcb_space.c
    object/untyped.c
    sched/deadline.c
    sched/sched.c)

# Address spaces: frames, page tables, nested page tables, ASIDs.
set(KERNEL_MEMORY_SOURCES
    object/asid.c
    object/ept.c
    object/frame.c
    object/page_table.c
    object/space_print.c
    object/table_object.c
    object/vspace.c)

# Virtual CPUs: the neutral part, and what only the target build can have.
set(KERNEL_VCPU_SOURCES
    vcpu/none.c
    vcpu/run.c
    vcpu/vcpu.c)
set(KERNEL_VCPU_X86_SOURCES
    vcpu/boot.c
    vcpu/guest_regs.c
    vcpu/svm.c
    vcpu/svm_cpu.c
    vcpu/svm_exit.c
    vcpu/svm_state.c
    vcpu/svm_switch.S
    vcpu/vmx.c
    vcpu/vmx_caps.c
    vcpu/vmx_cpu.c
    vcpu/vmx_exit.c
    vcpu/vmx_state.c
    vcpu/vmx_switch.S)
