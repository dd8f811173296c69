# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The specification library of the ADL compiler: object graph, text form, link, packed form.
set(camkes_spec_sources
    ${CMAKE_CURRENT_LIST_DIR}/arena.c
    ${CMAKE_CURRENT_LIST_DIR}/spec.c
    ${CMAKE_CURRENT_LIST_DIR}/spec_space.c
    ${CMAKE_CURRENT_LIST_DIR}/spec_hardware.c
    ${CMAKE_CURRENT_LIST_DIR}/spec_read.c
    ${CMAKE_CURRENT_LIST_DIR}/spec_write.c
    ${CMAKE_CURRENT_LIST_DIR}/link.c
    ${CMAKE_CURRENT_LIST_DIR}/link_elf.c
    ${CMAKE_CURRENT_LIST_DIR}/link_space.c
    ${CMAKE_CURRENT_LIST_DIR}/link_custody.c
    ${CMAKE_CURRENT_LIST_DIR}/link_pack.c
    ${CMAKE_CURRENT_LIST_DIR}/report.c
    ${CMAKE_CURRENT_LIST_DIR}/report_svg.c)
set(camkes_spec_includes ${CMAKE_CURRENT_LIST_DIR} ${CAMKES_VM_DIR}/libs/capspec/include
                         ${CAMKES_VM_DIR}/libs/sel4/include)
