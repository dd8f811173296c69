# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# AddTinyGuests(folder name…): builds folder/<name>.c as a PVH guest and adds it as file <name>.
set(tiny_guests_dir ${CMAKE_CURRENT_LIST_DIR})

function(AddTinyGuests folder)
    foreach(guest IN LISTS ARGN)
        set(sources ${tiny_guests_dir}/start.S ${folder}/${guest}.c)
        set(output ${CMAKE_CURRENT_BINARY_DIR}/${guest}.elf)
        add_custom_command(OUTPUT ${output}
            COMMAND ${CMAKE_C_COMPILER} -m32 -march=i686 -mgeneral-regs-only -O2 -ffreestanding
                    -fno-pic -no-pie -fno-stack-protector -fcf-protection=none -Wall -Wextra
                    -fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none
                    -Wl,--no-warn-rwx-segments -I${tiny_guests_dir}
                    -Wl,-T,${tiny_guests_dir}/guest.lds ${sources} -o ${output}
            DEPENDS ${sources} ${tiny_guests_dir}/guest.h ${tiny_guests_dir}/guest.lds VERBATIM)
        add_custom_target(guest_${guest} DEPENDS ${output})
        AddToFileServer(${guest} ${output} DEPENDS guest_${guest})
    endforeach()
endfunction()
