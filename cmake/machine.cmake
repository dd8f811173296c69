# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# What an application needs of the emulated machine besides processor and memory.
include_guard(GLOBAL)

# DeclareMachineDevices(-netdev user,id=net0 -device e1000e,netdev=net0)
# QEMU options that `make run`, the tests and the script `simulate` add for this application. They
# are kept beside the image, in the file machine.args, an option a line.
function(DeclareMachineDevices)
    if(NOT ARGN)
        message(FATAL_ERROR "DeclareMachineDevices: no QEMU options")
    endif()
    string(JOIN "\n" text ${ARGN})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/machine.args CONTENT "${text}\n" @ONLY)
endfunction()

# DeclareMachineNetwork(82574|82576 [hostfwd=…]…)
# The same for a network controller of this model, QEMU's e1000e or igb, on QEMU's user networking
# with these options.
function(DeclareMachineNetwork model)
    set(device_82574 e1000e)
    set(device_82576 igb)
    if(NOT DEFINED device_${model})
        message(FATAL_ERROR "DeclareMachineNetwork: QEMU has no controller '${model}' for us; it has \
82574 and 82576")
    endif()
    list(JOIN ARGN "," options)
    string(JOIN "," netdev user,id=net0 ${options})
    DeclareMachineDevices(-netdev ${netdev} -device ${device_${model}},netdev=net0)
endfunction()
