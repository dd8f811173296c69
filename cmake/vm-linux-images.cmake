# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Guest images:
#
#   GetDefaultLinuxKernelFile(var)    GetArchDefaultLinuxKernelFile("32"|"64" var)
#   GetDefaultLinuxRootfsFile(var)    GetArchDefaultLinuxRootfsFile("32"|"64" var)
#   GetLinuxKernelFile(kind var)      of our own: a kind of linux/make-guests, that is
#   GetLinuxRootfsFile(kind var)      default, generic, 32, small or debian
#
# The default is 64, or 32 after set(KernelX86_64VTX64BitGuests OFF). Images are made from Debian
# packages when an image that needs them is built and they are not there yet.
include_guard(GLOBAL)

set(CAMKES_VM_GUEST_KINDS default generic 32 small debian)

function(camkes_vm_guest_file kind name out)
    set(suffix "")
    if(NOT kind STREQUAL "default")
        set(suffix -${kind})
    endif()
    if(kind STREQUAL "debian" AND name STREQUAL "bzimage")
        set(suffix "") # a user land for the default kernel
    endif()
    if(name STREQUAL "rootfs")
        set(suffix ${suffix}.cpio)
    endif()
    set(${out} ${CAMKES_VM_DIR}/linux/${name}${suffix} PARENT_SCOPE)
endfunction()

# A rule and a target for each kind; CAMKES_VM_GUEST_MAKER:<file> names the target.
foreach(kind IN LISTS CAMKES_VM_GUEST_KINDS)
    camkes_vm_guest_file(${kind} bzimage kernel)
    camkes_vm_guest_file(${kind} rootfs rootfs)
    set(target camkes_vm_guests)
    set(files ${kernel} ${rootfs})
    set(needs "")
    if(NOT kind STREQUAL "default")
        set(target camkes_vm_guests_${kind})
    endif()
    if(kind STREQUAL "debian")
        set(files ${rootfs})
        set(needs camkes_vm_guests)
    endif()
    add_custom_command(OUTPUT ${files}
        COMMAND ${CAMKES_VM_DIR}/linux/make-guests ${kind} DEPENDS ${needs}
        COMMENT "guest images (${kind}) from Debian packages" VERBATIM USES_TERMINAL)
    add_custom_target(${target} DEPENDS ${files})
    foreach(file IN LISTS files)
        set_property(GLOBAL PROPERTY CAMKES_VM_GUEST_MAKER:${file} ${target})
    endforeach()
endforeach()

function(camkes_vm_guest_kind function kind)
    if(NOT kind IN_LIST CAMKES_VM_GUEST_KINDS)
        string(JOIN ", " known ${CAMKES_VM_GUEST_KINDS})
        message(FATAL_ERROR "${function}: '${kind}' is none of: ${known}")
    endif()
endfunction()

function(GetLinuxKernelFile kind out)
    camkes_vm_guest_kind(GetLinuxKernelFile "${kind}")
    camkes_vm_guest_file(${kind} bzimage file)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

function(GetLinuxRootfsFile kind out)
    camkes_vm_guest_kind(GetLinuxRootfsFile "${kind}")
    camkes_vm_guest_file(${kind} rootfs file)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

# The kind that stands for a width of 32 or 64 bits.
function(camkes_vm_guest_width function width out)
    if(NOT width MATCHES "^(32|64)$")
        message(FATAL_ERROR "${function}: '${width}' is neither 32 nor 64")
    endif()
    string(REPLACE 64 default kind ${width})
    set(${out} ${kind} PARENT_SCOPE)
endfunction()

function(GetArchDefaultLinuxKernelFile width out)
    camkes_vm_guest_width(GetArchDefaultLinuxKernelFile "${width}" kind)
    camkes_vm_guest_file(${kind} bzimage file)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

function(GetArchDefaultLinuxRootfsFile width out)
    camkes_vm_guest_width(GetArchDefaultLinuxRootfsFile "${width}" kind)
    camkes_vm_guest_file(${kind} rootfs file)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

# 64, unless the settings ask for guests of 32 bits.
function(camkes_vm_guest_default_width out)
    set(width 64)
    if(DEFINED KernelX86_64VTX64BitGuests AND NOT KernelX86_64VTX64BitGuests)
        set(width 32)
    endif()
    set(${out} ${width} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxKernelFile out)
    camkes_vm_guest_default_width(width)
    GetArchDefaultLinuxKernelFile(${width} file)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxRootfsFile out)
    camkes_vm_guest_default_width(width)
    GetArchDefaultLinuxRootfsFile(${width} file)
    set(${out} ${file} PARENT_SCOPE)
endfunction()
