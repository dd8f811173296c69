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

camkes_vm_fuzzer(camkes_spec_fuzz
                 SOURCES ${CMAKE_CURRENT_LIST_DIR}/spec_fuzz.c ${camkes_spec_sources}
                 INCLUDES ${camkes_spec_includes} LIBS m
                 SEEDS ${CAMKES_VM_DIR}/tests/loader/smoke.spec)
