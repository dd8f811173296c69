# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The object layer on a simulated machine (arch/host): unit tests beside the code, a fuzzer.
set(KERNEL_HOST_INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR}/arch/host
                         ${CAMKES_VM_DIR}/libs/sel4/include)
add_library(kernel_host OBJECT ${KERNEL_OBJECT_SOURCES} ${KERNEL_MEMORY_SOURCES}
                               ${KERNEL_VCPU_SOURCES} arch/host/host.c arch/host/check.c
                               arch/host/fixture.c object/memory_fixture.c)
target_include_directories(kernel_host PUBLIC ${KERNEL_HOST_INCLUDES})
target_compile_options(kernel_host PRIVATE -fsanitize=address,undefined
                                           -fno-sanitize-recover=undefined -fno-omit-frame-pointer)

file(GLOB kernel_tests CONFIGURE_DEPENDS object/*_test.c api/*_test.c sched/*_test.c vcpu/*_test.c)
# Pure functions, without the simulated machine.
list(FILTER kernel_tests EXCLUDE REGEX vmx_)
foreach(test vmx_caps vmx_rules)
    camkes_vm_unit_test(kernel_${test}_test SOURCES vcpu/${test}_test.c vcpu/vmx_caps.c
                        INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/vcpu ${CAMKES_VM_DIR}/libs/sel4/include)
endforeach()
foreach(test IN LISTS kernel_tests)
    get_filename_component(name ${test} NAME_WE)
    camkes_vm_unit_test(kernel_${name} SOURCES ${test} LIBS kernel_host
                        INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/vcpu
                                 ${CMAKE_CURRENT_SOURCE_DIR}/object)
endforeach()

# Fuzzer of the object layer. ctest runs some pseudo-random programs; for a long run
# with coverage configure with clang, which links libFuzzer instead of fuzz_main.c.
set(kernel_fuzz_sources object/object_fuzz.c)
if(NOT CMAKE_C_COMPILER_ID STREQUAL Clang)
    list(APPEND kernel_fuzz_sources ${CAMKES_VM_DIR}/libs/vmm/test/fuzz_main.c)
endif()
camkes_vm_unit_test(kernel_object_fuzz SOURCES ${kernel_fuzz_sources} LIBS kernel_host ARGS 60)
list(REMOVE_ITEM kernel_fuzz_sources object/object_fuzz.c)
camkes_vm_unit_test(kernel_vcpu_fuzz SOURCES vcpu/vcpu_fuzz.c ${kernel_fuzz_sources}
                    LIBS kernel_host INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/vcpu
                                              ${CMAKE_CURRENT_SOURCE_DIR}/object ARGS 60)
if(CMAKE_C_COMPILER_ID STREQUAL Clang)
    target_compile_options(kernel_host PRIVATE -fsanitize=fuzzer-no-link)
    foreach(fuzzer kernel_object_fuzz kernel_vcpu_fuzz)
        target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
        set_tests_properties(${fuzzer} PROPERTIES DISABLED TRUE)
    endforeach()
endif()
