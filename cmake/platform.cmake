# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The machine an image is meant for: a folder of platforms/, or one anywhere, with
#
#   platform.cmake               size, boot arguments and the emulated machine closest to it
#   include/platform/devices.h   macros for descriptions: #include <platform/devices.h>
#
# Which one: CAMKES_VM_PLATFORM (make PLATFORM=…), else the one word in the file `platform` of the
# application, else qemu-q35. docs/platforms.md has the list of what a platform says.
include_guard(GLOBAL)

set(CAMKES_VM_PLATFORM_DEFAULT qemu-q35)
set(CAMKES_VM_PLATFORM_FACTS RAM_MB KERNEL_ARGS DESCRIPTION QEMU_MACHINE QEMU_CPU QEMU_DEVICES
                             SERIAL_PORTS)
set(CAMKES_VM_PLATFORM "" CACHE STRING "Machine the image is for: a folder of platforms/, or a path")
set(CAMKES_VM_PLATFORM_FLAGS "" CACHE STRING "Overrides of its macros: -DNAME=value …")

# camkes_vm_platform(NAME value…): a fact, unless -DCAMKES_VM_PLATFORM_<NAME>=… says otherwise or
# a platform built on this one has said it before.
macro(camkes_vm_platform name)
    if(NOT ";${CAMKES_VM_PLATFORM_FACTS};" MATCHES ";${name};")
        string(JOIN ", " facts ${CAMKES_VM_PLATFORM_FACTS})
        message(FATAL_ERROR "platform ${CAMKES_VM_PLATFORM_NAME}: no fact is called ${name}; there "
                            "are ${facts}")
    endif()
    if(NOT DEFINED CAMKES_VM_PLATFORM_${name})
        set(CAMKES_VM_PLATFORM_${name} ${ARGN})
    endif()
endmacro()

# Name and folder.
function(camkes_vm_find_platform app)
    set(name ${CAMKES_VM_PLATFORM})
    if(NOT name AND EXISTS ${app}/platform)
        file(STRINGS ${app}/platform name LIMIT_COUNT 1)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${app}/platform)
    endif()
    if(NOT name)
        set(name ${CAMKES_VM_PLATFORM_DEFAULT})
    endif()
    set(folder ${CAMKES_VM_DIR}/platforms/${name})
    if(NOT EXISTS ${folder}/platform.cmake)
        get_filename_component(folder "${name}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
    endif()
    if(NOT EXISTS ${folder}/platform.cmake)
        file(GLOB known RELATIVE ${CAMKES_VM_DIR}/platforms ${CAMKES_VM_DIR}/platforms/*/platform.cmake)
        list(TRANSFORM known REPLACE "/platform.cmake" "")
        string(JOIN ", " known ${known})
        message(FATAL_ERROR "PLATFORM=${name}: there are ${known}; a path needs a folder with "
                            "platform.cmake")
    endif()
    get_filename_component(name ${folder} NAME)
    set(CAMKES_VM_PLATFORM_NAME ${name} PARENT_SCOPE)
    set(CAMKES_VM_PLATFORM_FOLDER ${folder} PARENT_SCOPE)
endfunction()

# Text as a JSON string.
function(camkes_vm_json_string result text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n" text "${text}")
    set(${result} "\"${text}\"" PARENT_SCOPE)
endfunction()

# What tools/run and the tests need, as JSON beside the image; boot arguments as text for GRUB.
function(camkes_vm_write_platform)
    set(words)
    foreach(word IN LISTS CAMKES_VM_PLATFORM_QEMU_DEVICES)
        camkes_vm_json_string(word "${word}")
        list(APPEND words "${word}")
    endforeach()
    string(JOIN ", " words ${words})
    foreach(fact NAME DESCRIPTION KERNEL_ARGS QEMU_MACHINE QEMU_CPU)
        camkes_vm_json_string(${fact} "${CAMKES_VM_PLATFORM_${fact}}")
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/platform.json @ONLY CONTENT [[{
  "name": @NAME@,
  "description": @DESCRIPTION@,
  "memory_mb": @CAMKES_VM_PLATFORM_RAM_MB@,
  "kernel_args": @KERNEL_ARGS@,
  "machine": @QEMU_MACHINE@,
  "cpu": @QEMU_CPU@,
  "serial_ports": @CAMKES_VM_PLATFORM_SERIAL_PORTS@,
  "devices": [@words@]
}
]])
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/boot-arguments @ONLY
         CONTENT "@CAMKES_VM_PLATFORM_KERNEL_ARGS@\n")
endfunction()

# Reads the platform of the application in folder `app`. A macro: the facts are variables of the
# caller.
macro(camkes_vm_load_platform app)
    camkes_vm_find_platform(${app})
    include(${CAMKES_VM_PLATFORM_FOLDER}/platform.cmake)
    camkes_vm_platform(DESCRIPTION ${CAMKES_VM_PLATFORM_NAME})
    camkes_vm_platform(KERNEL_ARGS "")
    camkes_vm_platform(QEMU_MACHINE q35)
    camkes_vm_platform(QEMU_CPU max)
    camkes_vm_platform(QEMU_DEVICES "")
    camkes_vm_platform(SERIAL_PORTS 1)
    if(NOT CAMKES_VM_PLATFORM_RAM_MB MATCHES "^[1-9][0-9]*$")
        message(FATAL_ERROR "platform ${CAMKES_VM_PLATFORM_NAME}: RAM_MB is "
                            "'${CAMKES_VM_PLATFORM_RAM_MB}', expected MiB")
    endif()
    if(NOT CAMKES_VM_PLATFORM_SERIAL_PORTS MATCHES "^[1-4]$")
        message(FATAL_ERROR "platform ${CAMKES_VM_PLATFORM_NAME}: SERIAL_PORTS is "
                            "'${CAMKES_VM_PLATFORM_SERIAL_PORTS}', expected 1 to 4")
    endif()
    # What a system may use: 5 % less, for kernel, loader and firmware.
    math(EXPR CAMKES_VM_PLATFORM_MEMORY "${CAMKES_VM_PLATFORM_RAM_MB} * 1048576 / 100 * 95")
    set_property(GLOBAL APPEND PROPERTY CAMKES_CPP_INCLUDES ${CAMKES_VM_PLATFORM_FOLDER}/include
                 ${CAMKES_VM_DIR}/platforms)
    separate_arguments(camkes_vm_platform_flags UNIX_COMMAND "${CAMKES_VM_PLATFORM_FLAGS}")
    set_property(GLOBAL APPEND PROPERTY CAMKES_CPP_FLAGS ${camkes_vm_platform_flags})
    camkes_vm_write_platform()
endmacro()
