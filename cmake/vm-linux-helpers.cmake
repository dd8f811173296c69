# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Guest images:
#
#   GetDefaultLinuxKernelFile(var)    GetArchDefaultLinuxKernelFile("32"|"64" var)
#   GetDefaultLinuxRootfsFile(var)    GetArchDefaultLinuxRootfsFile("32"|"64" var)
#
# The default images are made from Debian packages when an image that needs them is built and
# they are not there yet (linux/make-guests).
include_guard(GLOBAL)

set(CAMKES_VM_GUEST_KERNEL ${CAMKES_VM_DIR}/linux/bzimage)
set(CAMKES_VM_GUEST_ROOTFS ${CAMKES_VM_DIR}/linux/rootfs.cpio)
set_property(GLOBAL APPEND PROPERTY CAMKES_VM_GUEST_FILES ${CAMKES_VM_GUEST_KERNEL}
                                                          ${CAMKES_VM_GUEST_ROOTFS})
add_custom_command(OUTPUT ${CAMKES_VM_GUEST_KERNEL} ${CAMKES_VM_GUEST_ROOTFS}
    COMMAND ${CAMKES_VM_DIR}/linux/make-guests
    COMMENT "guest kernel and root file system from Debian packages" VERBATIM USES_TERMINAL)
add_custom_target(camkes_vm_guests DEPENDS ${CAMKES_VM_GUEST_KERNEL} ${CAMKES_VM_GUEST_ROOTFS})

function(camkes_vm_guest_width function width)
    if(width STREQUAL "32")
        message(FATAL_ERROR "${function}: this tree makes no 32-bit default images; give \
AddToFileServer your own")
    elseif(NOT width STREQUAL "64")
        message(FATAL_ERROR "${function}: '${width}' is neither 32 nor 64")
    endif()
endfunction()

function(GetArchDefaultLinuxKernelFile width out)
    camkes_vm_guest_width(GetArchDefaultLinuxKernelFile ${width})
    set(${out} ${CAMKES_VM_GUEST_KERNEL} PARENT_SCOPE)
endfunction()

function(GetArchDefaultLinuxRootfsFile width out)
    camkes_vm_guest_width(GetArchDefaultLinuxRootfsFile ${width})
    set(${out} ${CAMKES_VM_GUEST_ROOTFS} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxKernelFile out)
    set(${out} ${CAMKES_VM_GUEST_KERNEL} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxRootfsFile out)
    set(${out} ${CAMKES_VM_GUEST_ROOTFS} PARENT_SCOPE)
endfunction()
