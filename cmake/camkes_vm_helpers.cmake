# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Functions for applications with virtual machines:
#
#   DeclareCAmkESVM(InitN [EXTRA_SOURCES …] [EXTRA_INCLUDES …] [EXTRA_LIBS …] [EXTRA_C_FLAGS …]
#                   [EXTRA_LD_FLAGS …])               the same words without EXTRA_ are accepted
#   DeclareCAmkESVMRootServer(file.camkes [CPP_INCLUDES …] [CPP_FLAGS …])
#   AddToFileServer(name file [INSTANCE fserv] [DEPENDS …])
#   DefineCAmkESVMFileServer([TYPE FileServer] [INSTANCE fserv] [FILES [name:]path …] [DEPENDS …])
#   DecompressLinuxKernel(target out_variable bzimage [DEPENDS …])
#
# Words they do not know are errors. All AddToFileServer calls precede DeclareCAmkESVMRootServer.
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/camkes_vm_settings.cmake)

# Stops with file and line of the caller (CMake prints them) and the offending word.
function(camkes_vm_refuse function text)
    message(FATAL_ERROR "${function}: ${text}")
endfunction()

# The one list of words a function takes, checked.
macro(camkes_vm_parse function first single multi)
    cmake_parse_arguments(PARSE_ARGV ${first} A "" "${single}" "${multi}")
    if(A_UNPARSED_ARGUMENTS)
        list(GET A_UNPARSED_ARGUMENTS 0 camkes_vm_word)
        string(JOIN ", " camkes_vm_words ${single} ${multi})
        camkes_vm_refuse(${function}
            "unknown word '${camkes_vm_word}', expected one of: ${camkes_vm_words}")
    endif()
    if(A_KEYWORDS_MISSING_VALUES)
        list(GET A_KEYWORDS_MISSING_VALUES 0 camkes_vm_word)
        if(NOT camkes_vm_word MATCHES "DEPENDS|FILES|SOURCES|INCLUDES|LIBS|FLAGS")
            camkes_vm_refuse(${function} "'${camkes_vm_word}' has no value")
        endif()
    endif()
endmacro()

function(DeclareCAmkESVM init)
    set(lists SOURCES INCLUDES LIBS C_FLAGS LD_FLAGS)
    set(words ${lists})
    foreach(word IN LISTS lists)
        list(APPEND words EXTRA_${word})
    endforeach()
    camkes_vm_parse(DeclareCAmkESVM 1 "" "${words}")
    get_property(declared GLOBAL PROPERTY CAMKES_VM_DECLARED)
    if(init IN_LIST declared)
        camkes_vm_refuse(DeclareCAmkESVM "${init} is declared already")
    endif()
    set_property(GLOBAL APPEND PROPERTY CAMKES_VM_DECLARED ${init})
    set(dir ${CAMKES_VM_DIR}/components/Init)
    file(GLOB sources CONFIGURE_DEPENDS ${dir}/src/*.c)
    list(FILTER sources EXCLUDE REGEX "_test\\.c$")
    DeclareCAmkESComponent(${init}
        SOURCES ${sources} ${A_SOURCES} ${A_EXTRA_SOURCES}
        INCLUDES ${dir}/src ${dir}/include ${CAMKES_VM_DIR}/components/VM ${A_INCLUDES}
                 ${A_EXTRA_INCLUDES}
        LIBS crossvm vmm camkes_vm_ethlink camkes_vm_virtio camkes_vm_console camkes_vm_cpio ${A_LIBS} ${A_EXTRA_LIBS}
        C_FLAGS -DINIT_USE_HPET=$<BOOL:${LibSel4VMMUseHPET}> ${A_C_FLAGS} ${A_EXTRA_C_FLAGS}
        LD_FLAGS ${A_LD_FLAGS} ${A_EXTRA_LD_FLAGS})
endfunction()

function(DeclareCAmkESVMRootServer adl)
    camkes_vm_parse(DeclareCAmkESVMRootServer 1 "" "CPP_INCLUDES;CPP_FLAGS")
    get_property(before GLOBAL PROPERTY CAMKES_VM_ROOT_SERVER)
    if(before)
        camkes_vm_refuse(DeclareCAmkESVMRootServer "called before, with ${before}")
    endif()
    set_property(GLOBAL PROPERTY CAMKES_VM_ROOT_SERVER ${adl})
    if(NOT IS_ABSOLUTE ${adl} AND NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${adl})
        if(NOT EXISTS ${CMAKE_CURRENT_BINARY_DIR}/${adl})
            camkes_vm_refuse(DeclareCAmkESVMRootServer "no file ${adl} in \
${CMAKE_CURRENT_SOURCE_DIR} or ${CMAKE_CURRENT_BINARY_DIR}")
        endif()
        set(adl ${CMAKE_CURRENT_BINARY_DIR}/${adl})
    endif()
    DeclareCAmkESRootserver(${adl} CPP_FLAGS ${A_CPP_FLAGS}
        CPP_INCLUDES ${A_CPP_INCLUDES} ${CAMKES_VM_DIR}/components/VM)
endfunction()

# One file of the payload; shared by the two functions below.
function(camkes_vm_file_server_add function name path depends)
    get_property(root GLOBAL PROPERTY CAMKES_VM_ROOT_SERVER)
    if(root)
        camkes_vm_refuse(${function} "'${name}' comes after DeclareCAmkESVMRootServer(${root})")
    endif()
    if(NOT name MATCHES "^[^=;]+$" OR path STREQUAL "")
        camkes_vm_refuse(${function} "'${name}' from '${path}': a file needs a name and a path")
    endif()
    if(path MATCHES ":")
        camkes_vm_refuse(${function} "'${path}': no colon may be in a path")
    endif()
    get_property(names GLOBAL PROPERTY CAMKES_VM_FILE_NAMES)
    if(name IN_LIST names)
        camkes_vm_refuse(${function} "there is a file '${name}' already")
    endif()
    set_property(GLOBAL APPEND PROPERTY CAMKES_VM_FILE_NAMES ${name})
    get_filename_component(path ${path} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    if(IS_DIRECTORY ${path})
        camkes_vm_refuse(${function} "'${name}': ${path} is a folder")
    endif()
    get_property(maker GLOBAL PROPERTY CAMKES_VM_GUEST_MAKER:${path})
    # a rule of the caller's list file makes it: DecompressLinuxKernel, AddOverlayDirToRootfs, …
    get_source_file_property(generated ${path} GENERATED)
    if(maker)
        list(APPEND depends ${maker})
    elseif(NOT depends AND NOT generated AND NOT EXISTS ${path})
        camkes_vm_refuse(${function} "'${name}': no file ${path}, and no DEPENDS that makes it")
    endif()
    camkes_vm_add_file(${name} ${path} DEPENDS ${depends})
endfunction()

function(AddToFileServer filename_pref file_dest)
    camkes_vm_parse(AddToFileServer 2 "INSTANCE" "DEPENDS")
    # INSTANCE: every file server offers the one file payload of the image
    camkes_vm_file_server_add(AddToFileServer "${filename_pref}" "${file_dest}" "${A_DEPENDS}")
endfunction()

function(DefineCAmkESVMFileServer)
    camkes_vm_parse(DefineCAmkESVMFileServer 0 "TYPE;INSTANCE" "FILES;DEPENDS")
    foreach(item IN LISTS A_FILES)
        if(item STREQUAL "")
            continue()
        endif()
        if(item MATCHES "^([^:]*):(.*)$")
            set(name "${CMAKE_MATCH_1}")
            set(path "${CMAKE_MATCH_2}")
        else()
            get_filename_component(name ${item} NAME)
            set(path ${item})
        endif()
        camkes_vm_file_server_add(DefineCAmkESVMFileServer "${name}" "${path}" "${A_DEPENDS}")
    endforeach()
endfunction()

function(DecompressLinuxKernel target out_variable bzimage)
    camkes_vm_parse(DecompressLinuxKernel 3 "" "DEPENDS")
    if(TARGET ${target})
        camkes_vm_refuse(DecompressLinuxKernel "there is a target '${target}' already")
    endif()
    get_filename_component(bzimage ${bzimage} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_filename_component(name ${bzimage} NAME)
    # a folder per target: two images of the same name do not collide
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/decomp/${target})
    get_property(maker GLOBAL PROPERTY CAMKES_VM_GUEST_MAKER:${bzimage})
    list(APPEND A_DEPENDS ${maker})
    add_custom_command(OUTPUT ${folder}/${name}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
        COMMAND ${CAMKES_VM_DIR}/tools/extract-vmlinux ${bzimage} ${folder}/${name}
        DEPENDS ${CAMKES_VM_DIR}/tools/extract-vmlinux ${A_DEPENDS}
        COMMENT "unpacking the kernel of ${name}" VERBATIM)
    add_custom_target(${target} DEPENDS ${folder}/${name})
    set(${out_variable} ${folder}/${name} PARENT_SCOPE)
endfunction()
