# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# CAMKES_VM_NIC: the model of the network controller, 82574 or 82576.
project(echo C)

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

# The echo service, from the host: UDP and TCP port 7007 of 127.0.0.1.
DeclareMachineNetwork(${CAMKES_VM_NIC} hostfwd=udp:127.0.0.1:7007-10.0.2.20:7
                      hostfwd=tcp:127.0.0.1:7007-10.0.2.20:7)
DeclareCAmkESVM(Init0)
DeclareCAmkESVMRootServer(${CMAKE_CURRENT_LIST_DIR}/echo.camkes
                          CPP_FLAGS -DMODEL=${CAMKES_VM_NIC})
