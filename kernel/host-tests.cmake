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

# Fuzzers of the object layer and of vCPUs. For a long run with coverage configure with clang and run
# them by hand: 20000 inputs are too many for ctest.
camkes_vm_fuzzer(kernel_object_fuzz SOURCES object/object_fuzz.c LIBS kernel_host RUNS 60)
camkes_vm_fuzzer(kernel_vcpu_fuzz SOURCES vcpu/vcpu_fuzz.c LIBS kernel_host RUNS 60
                 INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/vcpu ${CMAKE_CURRENT_SOURCE_DIR}/object)
camkes_vm_fuzzed(kernel_host)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    set_tests_properties(kernel_object_fuzz kernel_vcpu_fuzz PROPERTIES DISABLED TRUE)
endif()
