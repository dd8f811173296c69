/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Results of seL4_VMEnter under their older names; the guest state is in <sel4/vcpu.h>. */
#include <sel4/vcpu.h>

#define SEL4_VMENTER_RESULT_FAULT VCPU_EXIT
#define SEL4_VMENTER_RESULT_NOTIF VCPU_NOTIFY
