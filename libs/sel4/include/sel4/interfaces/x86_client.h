/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Typed invocation stubs of the x86 objects; see sel4_client.h. */
#include <sel4/invoke.h>
#include <sel4/types.h>

/** Result of seL4_X86_Page_GetAddress. */
typedef struct seL4_X86_Page_GetAddress {
    int error;
    seL4_Word paddr;
} seL4_X86_Page_GetAddress_t;

/** Result of seL4_X86_IOPort_In8. */
typedef struct seL4_X86_IOPort_In8 {
    int error;
    seL4_Uint8 result;
} seL4_X86_IOPort_In8_t;

/** Result of seL4_X86_IOPort_In16. */
typedef struct seL4_X86_IOPort_In16 {
    int error;
    seL4_Uint16 result;
} seL4_X86_IOPort_In16_t;

/** Result of seL4_X86_IOPort_In32. */
typedef struct seL4_X86_IOPort_In32 {
    int error;
    seL4_Uint32 result;
} seL4_X86_IOPort_In32_t;

/** Result of seL4_X86_VCPU_ReadVMCS. */
typedef struct seL4_X86_VCPU_ReadVMCS {
    int error;
    seL4_Word value;
} seL4_X86_VCPU_ReadVMCS_t;

/** Result of seL4_X86_VCPU_WriteVMCS. */
typedef struct seL4_X86_VCPU_WriteVMCS {
    int error;
    seL4_Word written;
} seL4_X86_VCPU_WriteVMCS_t;

/** Result of seL4_X86_VCPU_ReadMSR. */
typedef struct seL4_X86_VCPU_ReadMSR {
    int error;
    seL4_Word value;
} seL4_X86_VCPU_ReadMSR_t;

/** Result of seL4_X86_VCPU_WriteMSR. */
typedef struct seL4_X86_VCPU_WriteMSR {
    int error;
    seL4_Word written;
} seL4_X86_VCPU_WriteMSR_t;

/** Installs a page directory pointer table at an address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_PDPT_Map(seL4_X86_PDPT _service, seL4_X64_PML4 pml4,
                                                 seL4_Word vaddr, seL4_X86_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86PDPTMap, pml4, 2, vaddr, attr, 0);
}

/** Removes a page directory pointer table from its address space. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_PDPT_Unmap(seL4_X86_PDPT _service)
{
    return sel4_invoke0(_service, X86PDPTUnmap);
}

/** Installs a page directory at an address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_PageDirectory_Map(seL4_X86_PageDirectory _service,
                                                          seL4_CPtr vspace, seL4_Word vaddr,
                                                          seL4_X86_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86PageDirectoryMap, vspace, 2, vaddr, attr, 0);
}

/** Removes a page directory from its address space. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_PageDirectory_Unmap(seL4_X86_PageDirectory _service)
{
    return sel4_invoke0(_service, X86PageDirectoryUnmap);
}

/** Installs a page table at an address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_PageTable_Map(seL4_X86_PageTable _service, seL4_CPtr vspace,
                                                      seL4_Word vaddr, seL4_X86_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86PageTableMap, vspace, 2, vaddr, attr, 0);
}

/** Removes a page table from its address space. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_PageTable_Unmap(seL4_X86_PageTable _service)
{
    return sel4_invoke0(_service, X86PageTableUnmap);
}

/** Installs the next missing I/O page table for a device address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_IOPageTable_Map(seL4_X86_IOPageTable _service,
                                                        seL4_X86_IOSpace iospace, seL4_Word ioaddr)
{
    return sel4_invoke_cap(_service, X86IOPageTableMap, iospace, 1, ioaddr, 0, 0);
}

/** Removes an I/O page table. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_IOPageTable_Unmap(seL4_X86_IOPageTable _service)
{
    return sel4_invoke0(_service, X86IOPageTableUnmap);
}

/** Maps a frame, or changes rights and attributes of its mapping. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_Page_Map(seL4_X86_Page _service, seL4_CPtr vspace,
                                                 seL4_Word vaddr, seL4_CapRights_t rights,
                                                 seL4_X86_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86PageMap, vspace, 3, vaddr, rights.words[0], attr);
}

/** Removes the mapping of a frame capability. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_Page_Unmap(seL4_X86_Page _service)
{
    return sel4_invoke0(_service, X86PageUnmap);
}

/** Maps a frame for a device. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_Page_MapIO(seL4_X86_Page _service, seL4_X86_IOSpace iospace,
                                                   seL4_CapRights_t rights, seL4_Word ioaddr)
{
    return sel4_invoke_cap(_service, X86PageMapIO, iospace, 2, rights.words[0], ioaddr, 0);
}

/** The physical address of a frame. */
LIBSEL4_INLINE_FUNC seL4_X86_Page_GetAddress_t seL4_X86_Page_GetAddress(seL4_X86_Page _service)
{
    seL4_Word mr[4] = {0};
    seL4_X86_Page_GetAddress_t result;
    result.error = sel4_invoke(_service, X86PageGetAddress, 0, 0, mr);
    result.paddr = (seL4_Word)mr[0];
    return result;
}

/** Maps a frame at a guest-physical address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_Page_MapEPT(seL4_X86_Page _service,
                                                    seL4_X86_EPTPML4 eptpml4, seL4_Word gpa,
                                                    seL4_CapRights_t rights,
                                                    seL4_X86_EPT_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86PageMapEPT, eptpml4, 3, gpa, rights.words[0], attr);
}

/** Makes an ASID pool of a 4 KiB untyped. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_ASIDControl_MakePool(seL4_X86_ASIDControl _service,
                                                             seL4_Untyped untyped, seL4_CNode root,
                                                             seL4_Word index, seL4_Uint8 depth)
{
    seL4_Word mr[4] = {index, depth, 0, 0};
    seL4_SetCap(0, untyped);
    seL4_SetCap(1, root);
    return sel4_invoke(_service, X86ASIDControlMakePool, 2, 2, mr);
}

/** Gives a new top-level page table (of a process or a guest) an address space number. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_ASIDPool_Assign(seL4_X86_ASIDPool _service,
                                                        seL4_CPtr vspace)
{
    return sel4_invoke_cap(_service, X86ASIDPoolAssign, vspace, 0, 0, 0, 0);
}

/** Makes a capability for the ports first_port .. last_port (inclusive). */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_IOPortControl_Issue(seL4_X86_IOPortControl _service,
                                                            seL4_Word first_port,
                                                            seL4_Word last_port, seL4_CNode root,
                                                            seL4_Word index, seL4_Uint8 depth)
{
    seL4_Word mr[4] = {first_port, last_port, index, depth};
    seL4_SetCap(0, root);
    return sel4_invoke(_service, X86IOPortControlIssue, 1, 4, mr);
}

/** Reads a 8-bit port. */
LIBSEL4_INLINE_FUNC seL4_X86_IOPort_In8_t seL4_X86_IOPort_In8(seL4_X86_IOPort _service,
                                                              seL4_Uint16 port)
{
    seL4_Word mr[4] = {port, 0, 0, 0};
    seL4_X86_IOPort_In8_t result;
    result.error = sel4_invoke(_service, X86IOPortIn8, 0, 1, mr);
    result.result = (seL4_Uint8)mr[0];
    return result;
}

/** Reads a 16-bit port. */
LIBSEL4_INLINE_FUNC seL4_X86_IOPort_In16_t seL4_X86_IOPort_In16(seL4_X86_IOPort _service,
                                                                seL4_Uint16 port)
{
    seL4_Word mr[4] = {port, 0, 0, 0};
    seL4_X86_IOPort_In16_t result;
    result.error = sel4_invoke(_service, X86IOPortIn16, 0, 1, mr);
    result.result = (seL4_Uint16)mr[0];
    return result;
}

/** Reads a 32-bit port. */
LIBSEL4_INLINE_FUNC seL4_X86_IOPort_In32_t seL4_X86_IOPort_In32(seL4_X86_IOPort _service,
                                                                seL4_Uint16 port)
{
    seL4_Word mr[4] = {port, 0, 0, 0};
    seL4_X86_IOPort_In32_t result;
    result.error = sel4_invoke(_service, X86IOPortIn32, 0, 1, mr);
    result.result = (seL4_Uint32)mr[0];
    return result;
}

/** Writes a 8-bit port. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_IOPort_Out8(seL4_X86_IOPort _service, seL4_Word port,
                                                    seL4_Word data)
{
    return sel4_invoke_words(_service, X86IOPortOut8, 2, port, data, 0);
}

/** Writes a 16-bit port. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_IOPort_Out16(seL4_X86_IOPort _service, seL4_Word port,
                                                     seL4_Word data)
{
    return sel4_invoke_words(_service, X86IOPortOut16, 2, port, data, 0);
}

/** Writes a 32-bit port. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_IOPort_Out32(seL4_X86_IOPort _service, seL4_Word port,
                                                     seL4_Word data)
{
    return sel4_invoke_words(_service, X86IOPortOut32, 2, port, data, 0);
}

/** Binds a vCPU to the thread that runs it. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_SetTCB(seL4_X86_VCPU _service, seL4_TCB tcb)
{
    return sel4_invoke_cap(_service, X86VCPUSetTCB, tcb, 0, 0, 0, 0);
}

/** Writes groups (VCPU_STATE_*) of the vCPU into the `state` part of the run page. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_GetState(seL4_X86_VCPU _service, seL4_Word groups)
{
    return sel4_invoke_words(_service, X86VCPUGetState, 1, groups, 0, 0);
}

/** Sets groups (VCPU_STATE_*) of the vCPU from the `state` part of the run page. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_SetState(seL4_X86_VCPU _service, seL4_Word groups)
{
    return sel4_invoke_words(_service, X86VCPUSetState, 1, groups, 0, 0);
}

/** Puts a vCPU into the state after a processor reset. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_Reset(seL4_X86_VCPU _service)
{
    return sel4_invoke0(_service, X86VCPUReset);
}

/** Lets the guest use ports low .. high without exits, as far as ioPort covers them. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_EnableIOPort(seL4_X86_VCPU _service,
                                                          seL4_X86_IOPort ioPort, seL4_Word low,
                                                          seL4_Word high)
{
    return sel4_invoke_cap(_service, X86VCPUEnableIOPort, ioPort, 2, low, high, 0);
}

/** Makes ports low .. high exit again. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_DisableIOPort(seL4_X86_VCPU _service, seL4_Word low,
                                                           seL4_Word high)
{
    return sel4_invoke_words(_service, X86VCPUDisableIOPort, 2, low, high, 0);
}

/** A call of an older interface: always seL4_IllegalOperation here. */
LIBSEL4_INLINE_FUNC seL4_X86_VCPU_ReadVMCS_t seL4_X86_VCPU_ReadVMCS(seL4_X86_VCPU _service,
                                                                    seL4_Word field)
{
    seL4_Word mr[4] = {field, 0, 0, 0};
    seL4_X86_VCPU_ReadVMCS_t result;
    result.error = sel4_invoke(_service, X86VCPUReadVMCS, 0, 1, mr);
    result.value = (seL4_Word)mr[0];
    return result;
}

/** A call of an older interface: always seL4_IllegalOperation here. */
LIBSEL4_INLINE_FUNC seL4_X86_VCPU_WriteVMCS_t seL4_X86_VCPU_WriteVMCS(seL4_X86_VCPU _service,
                                                                      seL4_Word field,
                                                                      seL4_Word value)
{
    seL4_Word mr[4] = {field, value, 0, 0};
    seL4_X86_VCPU_WriteVMCS_t result;
    result.error = sel4_invoke(_service, X86VCPUWriteVMCS, 0, 2, mr);
    result.written = (seL4_Word)mr[0];
    return result;
}

/** A call of an older interface: always seL4_IllegalOperation here. */
LIBSEL4_INLINE_FUNC seL4_X86_VCPU_ReadMSR_t seL4_X86_VCPU_ReadMSR(seL4_X86_VCPU _service,
                                                                  seL4_Word field)
{
    seL4_Word mr[4] = {field, 0, 0, 0};
    seL4_X86_VCPU_ReadMSR_t result;
    result.error = sel4_invoke(_service, X86VCPUReadMSR, 0, 1, mr);
    result.value = (seL4_Word)mr[0];
    return result;
}

/** A call of an older interface: always seL4_IllegalOperation here. */
LIBSEL4_INLINE_FUNC seL4_X86_VCPU_WriteMSR_t seL4_X86_VCPU_WriteMSR(seL4_X86_VCPU _service,
                                                                    seL4_Word field,
                                                                    seL4_Word value)
{
    seL4_Word mr[4] = {field, value, 0, 0};
    seL4_X86_VCPU_WriteMSR_t result;
    result.error = sel4_invoke(_service, X86VCPUWriteMSR, 0, 2, mr);
    result.written = (seL4_Word)mr[0];
    return result;
}

/** A call of an older interface: always seL4_IllegalOperation here. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_VCPU_WriteRegisters(seL4_X86_VCPU _service,
                                                            seL4_VCPUContext *regs)
{
    seL4_Word mr[4] = {regs->eax, regs->ebx, regs->ecx, regs->edx};
    for (int i = 4; i < 15; i++) {
        seL4_SetMR(i, ((const seL4_Word *)regs)[i]);
    }
    return sel4_invoke(_service, X86VCPUWriteRegisters, 0, 15, mr);
}

/** Installs a nested page directory pointer table at a guest-physical address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_EPTPDPT_Map(seL4_X86_EPTPDPT _service,
                                                    seL4_X86_EPTPML4 eptpml4, seL4_Word gpa,
                                                    seL4_X86_EPT_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86EPTPDPTMap, eptpml4, 2, gpa, attr, 0);
}

/** Removes a nested page directory pointer table. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_EPTPDPT_Unmap(seL4_X86_EPTPDPT _service)
{
    return sel4_invoke0(_service, X86EPTPDPTUnmap);
}

/** Installs a nested page directory at a guest-physical address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_EPTPD_Map(seL4_X86_EPTPD _service, seL4_X86_EPTPML4 eptpml4,
                                                  seL4_Word gpa, seL4_X86_EPT_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86EPTPDMap, eptpml4, 2, gpa, attr, 0);
}

/** Removes a nested page directory. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_EPTPD_Unmap(seL4_X86_EPTPD _service)
{
    return sel4_invoke0(_service, X86EPTPDUnmap);
}

/** Installs a nested page table at a guest-physical address. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_EPTPT_Map(seL4_X86_EPTPT _service, seL4_X86_EPTPML4 eptpml4,
                                                  seL4_Word gpa, seL4_X86_EPT_VMAttributes attr)
{
    return sel4_invoke_cap(_service, X86EPTPTMap, eptpml4, 2, gpa, attr, 0);
}

/** Removes a nested page table. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_X86_EPTPT_Unmap(seL4_X86_EPTPT _service)
{
    return sel4_invoke0(_service, X86EPTPTUnmap);
}
