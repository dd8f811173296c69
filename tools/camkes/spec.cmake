# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Tests of the specification library; its sources are listed in spec-sources.cmake.
include(${CMAKE_CURRENT_LIST_DIR}/spec-sources.cmake)
camkes_vm_unit_test(camkes_link_test
                    SOURCES ${CMAKE_CURRENT_LIST_DIR}/link_test.c ${camkes_spec_sources}
                    INCLUDES ${camkes_spec_includes} LIBS m)
camkes_vm_unit_test(camkes_report_test
                    SOURCES ${CMAKE_CURRENT_LIST_DIR}/report_test.c ${camkes_spec_sources}
                    INCLUDES ${camkes_spec_includes} LIBS m)

# With clang a real libFuzzer program, otherwise mutations of the hand-written specification.
set(camkes_spec_seeds ${CAMKES_VM_DIR}/tests/loader/smoke.spec)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    camkes_vm_unit_test(camkes_spec_fuzz
                        SOURCES ${CMAKE_CURRENT_LIST_DIR}/spec_fuzz.c ${camkes_spec_sources}
                        INCLUDES ${camkes_spec_includes} LIBS m ARGS -runs=20000)
    target_compile_options(camkes_spec_fuzz PRIVATE -fsanitize=fuzzer)
    target_link_options(camkes_spec_fuzz PRIVATE -fsanitize=fuzzer)
else()
    camkes_vm_unit_test(camkes_spec_fuzz
                        SOURCES ${CMAKE_CURRENT_LIST_DIR}/spec_fuzz.c
                                ${CMAKE_CURRENT_LIST_DIR}/parse_fuzz_main.c ${camkes_spec_sources}
                        INCLUDES ${camkes_spec_includes} LIBS m ARGS ${camkes_spec_seeds})
endif()
