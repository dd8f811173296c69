# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Image builds: flags and helpers for code that runs in ring 3 on our kernel.
#
#   camkes_vm_newlib             target: builds newlib once into CAMKES_VM_NEWLIB
#   camkes_vm_target             interface library: flags, newlib and <sel4/…> headers
#   camkes_vm_target_library()   a static library for components
#   camkes_vm_target_sources()   an object library (one component instance)
include_guard(GLOBAL)

set(CAMKES_VM_CACHE ${CAMKES_VM_DIR}/build/cache CACHE PATH
    "Things built once and shared by all build folders (newlib, …)")
file(SHA256 ${CAMKES_VM_DIR}/libs/libc/target-flags.txt camkes_vm_flags_hash)
file(SHA256 ${CAMKES_VM_DIR}/libs/libc/build-newlib.sh camkes_vm_recipe_hash)
string(SHA256 camkes_vm_newlib_key "${camkes_vm_flags_hash}${camkes_vm_recipe_hash}")
string(SUBSTRING ${camkes_vm_newlib_key} 0 12 camkes_vm_newlib_key)
set(CAMKES_VM_NEWLIB ${CAMKES_VM_CACHE}/newlib-${camkes_vm_newlib_key})

# Flags of all target code. newlib is compiled with the same list (libs/libc/target-flags.txt).
file(STRINGS ${CAMKES_VM_DIR}/libs/libc/target-flags.txt CAMKES_VM_TARGET_FLAGS)
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
                OUTPUT_VARIABLE CAMKES_VM_GCC_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
list(APPEND CAMKES_VM_TARGET_FLAGS
     -U__linux__ -U__linux -Ulinux -U__unix__ -U__unix -Uunix -U__gnu_linux__
     -D__DYNAMIC_REENT__ -O2 -g -Wall -Wextra -Wno-unused-parameter -fno-strict-aliasing)
set(CAMKES_VM_TARGET_INCLUDES ${CAMKES_VM_DIR}/libs/sel4/include
    ${CAMKES_VM_DIR}/libs/libc/include ${CAMKES_VM_DIR}/libs/camkes/include
    ${CAMKES_VM_DIR}/libs/virtio/include)

set(CAMKES_VM_NEWLIB_ARCHIVES ${CAMKES_VM_NEWLIB}/lib/libm.a ${CAMKES_VM_NEWLIB}/lib/libc.a)
add_custom_command(
    OUTPUT ${CAMKES_VM_NEWLIB}/complete
    BYPRODUCTS ${CAMKES_VM_NEWLIB_ARCHIVES}
    COMMAND ${CAMKES_VM_DIR}/libs/libc/build-newlib.sh ${CAMKES_VM_NEWLIB}
    COMMENT "newlib from Debian's newlib-source" VERBATIM)
add_custom_target(camkes_vm_newlib DEPENDS ${CAMKES_VM_NEWLIB}/complete)

add_library(camkes_vm_target INTERFACE)
target_compile_options(camkes_vm_target INTERFACE
    ${CAMKES_VM_TARGET_FLAGS} -nostdinc "SHELL:-isystem ${CAMKES_VM_NEWLIB}/include"
    "SHELL:-isystem ${CAMKES_VM_GCC_INCLUDE}")
target_include_directories(camkes_vm_target INTERFACE ${CAMKES_VM_TARGET_INCLUDES})

# What every instance links with, in this order, after its own objects and libraries.
set(CAMKES_VM_RUNTIME_LIBRARIES camkes_vm_camkes camkes_vm_virtio camkes_vm_libc)
set(CAMKES_VM_MEMBER_LDS ${CAMKES_VM_DIR}/libs/camkes/member.lds)
set(CAMKES_VM_COMPONENT_LDS ${CAMKES_VM_DIR}/libs/camkes/component.lds)
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-libgcc-file-name
                OUTPUT_VARIABLE CAMKES_VM_LIBGCC OUTPUT_STRIP_TRAILING_WHITESPACE)

function(camkes_vm_target_add kind name)
    cmake_parse_arguments(PARSE_ARGV 2 T "" "" "SOURCES;INCLUDES;LIBS;C_FLAGS;DEFINITIONS")
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${name}: unknown words ${T_UNPARSED_ARGUMENTS}")
    endif()
    add_library(${name} ${kind} EXCLUDE_FROM_ALL ${T_SOURCES})
    add_dependencies(${name} camkes_vm_newlib)
    target_include_directories(${name} PUBLIC ${T_INCLUDES})
    target_compile_options(${name} PRIVATE ${T_C_FLAGS})
    target_compile_definitions(${name} PRIVATE ${T_DEFINITIONS})
    target_link_libraries(${name} PUBLIC camkes_vm_target ${T_LIBS})
endfunction()

# camkes_vm_target_library(<name> SOURCES … [INCLUDES …] [LIBS …] [C_FLAGS …] [DEFINITIONS …])
# A static library for components. INCLUDES and LIBS pass on to what links with it.
function(camkes_vm_target_library name)
    camkes_vm_target_add(STATIC ${name} ${ARGN})
endfunction()

# camkes_vm_target_sources(<name> …): the same as an object library, for one instance's sources.
function(camkes_vm_target_sources name)
    camkes_vm_target_add(OBJECT ${name} ${ARGN})
endfunction()
