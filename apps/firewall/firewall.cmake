# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# CAMKES_VM_NIC: the model of the network controller, 82574 or 82576.
project(firewall C)

include(${CAMKES_VM_HELPERS_PATH})
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})

GetDefaultLinuxKernelFile(kernel)
GetDefaultLinuxRootfsFile(rootfs)
# the guests get a netcat that speaks UDP
AddOverlayDirToRootfs(default_buildroot_overlay ${rootfs} "buildroot" "rootfs_install" image
                      image_target PACKAGES netcat-openbsd)
AddToFileServer("bzimage" ${kernel})
AddToFileServer("rootfs.cpio" ${image} DEPENDS image_target)

# The published port, from the host: http://127.0.0.1:8080
DeclareMachineNetwork(${CAMKES_VM_NIC} hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80)
DeclareCAmkESVM(Init0)
DeclareCAmkESVM(Init1)
DeclareCAmkESVMRootServer(${CMAKE_CURRENT_LIST_DIR}/firewall.camkes
                          CPP_FLAGS -DMODEL=${CAMKES_VM_NIC})
