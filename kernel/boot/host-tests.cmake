# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Boot code on the host. arch/x86/include comes last: its <string.h> is the kernel's own.
set(boot_test_flags -idirafter${CMAKE_CURRENT_LIST_DIR}/../arch/x86/include)
foreach(test boot/memory boot/elf boot/multiboot boot/selfcheck arch/x86/acpi)
    get_filename_component(name ${test} NAME)
    camkes_vm_unit_test(kernel_boot_${name}_test
                        SOURCES ${test}_test.c ${test}.c boot/fixture.c
                        INCLUDES include ../libs/sel4/include)
    target_compile_options(kernel_boot_${name}_test PRIVATE ${boot_test_flags})
endforeach()
camkes_vm_unit_test(kernel_boot_screen_test
                    SOURCES arch/x86/screen_test.c arch/x86/screen.c arch/x86/screen_draw.c
                            arch/x86/font.c boot/fixture.c
                    INCLUDES include)
target_compile_options(kernel_boot_screen_test PRIVATE ${boot_test_flags})
