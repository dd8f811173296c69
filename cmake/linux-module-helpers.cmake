# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Kernel modules for Linux guests:
#
#   DefineLinuxModule(module_dir output_module_location_var output_target_name
#                     [KERNEL_DIR dir] [ARCH a] [CROSS_COMPILE prefix] [DEPENDS …] [INCLUDES …]
#                     [KERNEL kind])
#
# The folder is copied and its Makefile run with KHEAD=<kernel headers> and
# MODULE_INCLUDES="-I…"; the module bears the folder's name. Without KERNEL_DIR the headers are
# those of our guest kernel of that kind (default: default), fetched when needed (linux/make-headers).
include_guard(GLOBAL)

function(DefineLinuxModule module_dir output_module_location output_target_name)
    set(words KERNEL_DIR ARCH CROSS_COMPILE KERNEL)
    cmake_parse_arguments(PARSE_ARGV 3 A "" "${words}" "DEPENDS;INCLUDES")
    if(A_UNPARSED_ARGUMENTS)
        list(GET A_UNPARSED_ARGUMENTS 0 word)
        message(FATAL_ERROR "DefineLinuxModule: unknown word '${word}', expected one of: \
KERNEL_DIR, ARCH, CROSS_COMPILE, KERNEL, DEPENDS, INCLUDES")
    endif()
    get_filename_component(folder ${module_dir} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_filename_component(name ${folder} NAME)
    if(NOT EXISTS ${folder}/Makefile AND NOT EXISTS ${folder}/Kbuild)
        message(FATAL_ERROR "DefineLinuxModule: ${folder} holds neither a Makefile nor a Kbuild file")
    elseif(TARGET ${output_target_name})
        message(FATAL_ERROR "DefineLinuxModule: there is a target '${output_target_name}' already")
    endif()
    set(options "")
    if(A_KERNEL_DIR)
        get_filename_component(A_KERNEL_DIR ${A_KERNEL_DIR} ABSOLUTE
            BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        list(APPEND options --headers ${A_KERNEL_DIR})
    else()
        if(NOT A_KERNEL)
            set(A_KERNEL default)
        endif()
        camkes_vm_guest_kind(DefineLinuxModule "${A_KERNEL}")
        camkes_vm_guest_file(${A_KERNEL} bzimage image)
        get_property(maker GLOBAL PROPERTY CAMKES_VM_GUEST_MAKER:${image})
        list(APPEND A_DEPENDS ${maker})
        list(APPEND options --kernel ${A_KERNEL})
    endif()
    foreach(path IN LISTS A_INCLUDES)
        get_filename_component(path ${path} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        list(APPEND options --include ${path})
    endforeach()
    foreach(word IN ITEMS ARCH CROSS_COMPILE)
        if(A_${word})
            list(APPEND options ${word}=${A_${word}})
        endif()
    endforeach()
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.ko)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*)
    add_custom_command(OUTPUT ${output}
        COMMAND ${CAMKES_VM_DIR}/linux/build-module ${options} ${folder} ${output}
        DEPENDS ${sources} ${A_DEPENDS} ${CAMKES_VM_DIR}/linux/build-module
                ${CAMKES_VM_DIR}/linux/tools/sources.py
        COMMENT "kernel module ${name}.ko" VERBATIM)
    add_custom_target(${output_target_name} ALL DEPENDS ${output})
    set_source_files_properties(${output} PROPERTIES GENERATED TRUE)
    set(${output_module_location} ${output} PARENT_SCOPE)
endfunction()
