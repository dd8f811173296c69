# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# CAMKES_VM_NIC: the model of the network controller, 82574 or 82576. CAMKES_VM_NET_GUEST: a kind of
# guest other than the default.
project(net C)

include(${CAMKES_VM_HELPERS_PATH})
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})

if(CAMKES_VM_NET_GUEST)
    GetLinuxKernelFile(${CAMKES_VM_NET_GUEST} kernel)
    GetLinuxRootfsFile(${CAMKES_VM_NET_GUEST} rootfs)
else()
    GetDefaultLinuxKernelFile(kernel)
    GetDefaultLinuxRootfsFile(rootfs)
endif()
AddToFileServer("bzimage" ${kernel})
AddToFileServer("rootfs.cpio" ${rootfs})

DeclareMachineNetwork(${CAMKES_VM_NIC})

DeclareCAmkESVM(Init0)
DeclareCAmkESVMRootServer(${CMAKE_CURRENT_LIST_DIR}/net.camkes CPP_FLAGS -DMODEL=${CAMKES_VM_NIC})
