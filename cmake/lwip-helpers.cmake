# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# For applications that say include(${LWIP_HELPERS}).
include_guard(GLOBAL)

# AddLWIPConfiguration(folder): accepted; lwIP is built once, with libs/lwip/include/lwipopts.h.
function(AddLWIPConfiguration)
endfunction()
