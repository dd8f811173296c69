# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# For applications that say `include(simulation)` when SIMULATION is on.
include_guard(GLOBAL)

# GenerateSimulateScript(): writes `simulate` into the build folder; it runs image.elf in QEMU,
# with its arguments added to QEMU's.
function(GenerateSimulateScript)
    if(ARGN)
        message(FATAL_ERROR "GenerateSimulateScript: unknown words ${ARGN}")
    endif()
    string(JOIN " " devices ${CAMKES_VM_PLATFORM_QEMU_DEVICES})
    file(WRITE ${CMAKE_BINARY_DIR}/simulate.tmp "#!/bin/sh
exec qemu-system-x86_64 -accel tcg -machine ${CAMKES_VM_PLATFORM_QEMU_MACHINE} \\
    -cpu ${CAMKES_VM_PLATFORM_QEMU_CPU} -m ${CAMKES_VM_PLATFORM_RAM_MB} -nic none -no-reboot \\
    -device isa-debug-exit,iobase=0xf4,iosize=4 ${devices} -append '${CAMKES_VM_PLATFORM_KERNEL_ARGS}' \\
    -nographic $(cat ${CMAKE_BINARY_DIR}/machine.args 2>/dev/null) -kernel ${CMAKE_BINARY_DIR}/image.elf \"$@\"
")
    file(CHMOD ${CMAKE_BINARY_DIR}/simulate.tmp PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
         GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    file(RENAME ${CMAKE_BINARY_DIR}/simulate.tmp ${CMAKE_BINARY_DIR}/simulate)
endfunction()

# add_simulate_test("script"): accepted; the project's own tests are in tests/system.
function(add_simulate_test)
endfunction()
