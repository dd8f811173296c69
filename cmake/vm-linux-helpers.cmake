# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Guest images: vm-linux-images.cmake.
#
# Additions to a root file system, built by linux/build-rootfs:
#
#   AddFileToOverlayDir(filename file root_location overlay [DEPENDS …])
#   AddLinkToOverlayDir(filename link_target root_location overlay [DEPENDS …])
#   AddExternalProjFilesToOverlay(external_target install_dir overlay root_location FILES …)
#   AddOverlayDirToRootfs(overlay rootfs distro mode output_var target [words])
#   AddOverlayToRootfs(folder rootfs distro mode output_var target [words])
#
# Words: SPLITGZ (found out by itself), GZIP, CUSTOM_INIT file, DEPENDS …, and of our own ZSTD,
# KERNEL kind, APPS folder…, MODULES folder…, PACKAGES name…: what build-rootfs --help says about them.
# The overlay `default_buildroot_overlay` is always there: our kernel module and the utilities.
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/linux-module-helpers.cmake)

include(${CMAKE_CURRENT_LIST_DIR}/vm-linux-images.cmake)

# Stops with file and line of the caller (CMake prints them).
function(camkes_vm_linux_refuse function text)
    message(FATAL_ERROR "${function}: ${text}")
endfunction()

# The words behind the first arguments, checked.
macro(camkes_vm_linux_parse function first flags single multi)
    cmake_parse_arguments(PARSE_ARGV ${first} A "${flags}" "${single}" "${multi}")
    if(A_UNPARSED_ARGUMENTS)
        list(GET A_UNPARSED_ARGUMENTS 0 camkes_vm_word)
        string(REPLACE ";" ", " camkes_vm_words "${flags};${single};${multi}")
        string(REGEX REPLACE "^[, ]+|, (, )+" "" camkes_vm_words "${camkes_vm_words}")
        camkes_vm_linux_refuse(${function}
            "unknown word '${camkes_vm_word}', expected one of: ${camkes_vm_words}")
    endif()
endmacro()

# A place in the guest's root file system, without slashes at its ends.
function(camkes_vm_overlay_place function location filename out)
    string(REGEX REPLACE "^/+|/+$" "" location "${location}")
    set(place ${filename})
    if(NOT location STREQUAL "")
        set(place ${location}/${filename})
    endif()
    if("/${place}/" MATCHES "/\\.\\.?/" OR filename STREQUAL "")
        camkes_vm_linux_refuse(${function} "'${place}' is no place in a root file system")
    endif()
    set(${out} ${place} PARENT_SCOPE)
endfunction()

# The target that stands for an overlay; made on first use.
function(camkes_vm_overlay_target function overlay)
    if(NOT TARGET ${overlay})
        add_custom_target(${overlay})
        set_target_properties(${overlay} PROPERTIES
            ROOTFS_OUTPUT_DIR ${CMAKE_CURRENT_BINARY_DIR}/${overlay} OVERLAY_PLACES "" DEPENDS "")
    endif()
    get_target_property(folder ${overlay} ROOTFS_OUTPUT_DIR)
    if(NOT folder)
        camkes_vm_linux_refuse(${function} "the target '${overlay}' is no overlay")
    endif()
endfunction()

# Notes that `place` of the overlay is made by the rule with output `made`.
function(camkes_vm_overlay_note function overlay place made)
    get_target_property(places ${overlay} OVERLAY_PLACES)
    if(place IN_LIST places)
        camkes_vm_linux_refuse(${function} "'/${place}' is in '${overlay}' already")
    endif()
    set_property(TARGET ${overlay} APPEND PROPERTY OVERLAY_PLACES ${place})
    set_property(TARGET ${overlay} APPEND PROPERTY DEPENDS ${made})
endfunction()

function(AddFileToOverlayDir filename file_location root_location overlay_name)
    camkes_vm_linux_parse(AddFileToOverlayDir 4 "" "" "DEPENDS")
    camkes_vm_overlay_place(AddFileToOverlayDir "${root_location}" "${filename}" place)
    camkes_vm_overlay_target(AddFileToOverlayDir ${overlay_name})
    get_filename_component(file ${file_location} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_source_file_property(generated ${file} GENERATED)
    if(IS_DIRECTORY ${file})
        camkes_vm_linux_refuse(AddFileToOverlayDir "'${file_location}' is a folder")
    elseif(NOT A_DEPENDS AND NOT EXISTS ${file} AND NOT generated)
        camkes_vm_linux_refuse(AddFileToOverlayDir
            "no file ${file_location}, and no DEPENDS that makes it")
    endif()
    get_target_property(folder ${overlay_name} ROOTFS_OUTPUT_DIR)
    get_filename_component(parent ${folder}/${place} DIRECTORY)
    camkes_vm_overlay_note(AddFileToOverlayDir ${overlay_name} ${place} ${folder}/${place})
    set(needs ${A_DEPENDS})
    if(EXISTS ${file} OR generated)
        list(APPEND needs ${file})
    endif()
    add_custom_command(OUTPUT ${folder}/${place}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${parent}
        COMMAND ${CMAKE_COMMAND} -E rm -f ${folder}/${place}
        COMMAND ${CMAKE_COMMAND} -E copy ${file} ${folder}/${place}
        DEPENDS ${needs} COMMENT "guest file /${place}" VERBATIM)
endfunction()

function(AddLinkToOverlayDir filename link_target root_location overlay_name)
    camkes_vm_linux_parse(AddLinkToOverlayDir 4 "" "" "DEPENDS")
    camkes_vm_overlay_place(AddLinkToOverlayDir "${root_location}" "${filename}" place)
    camkes_vm_overlay_target(AddLinkToOverlayDir ${overlay_name})
    get_target_property(folder ${overlay_name} ROOTFS_OUTPUT_DIR)
    get_filename_component(parent ${folder}/${place} DIRECTORY)
    # a stamp: the link itself usually leads nowhere on this machine
    string(MD5 hash "${place} ${link_target}")
    set(stamp ${folder}.links/${hash})
    camkes_vm_overlay_note(AddLinkToOverlayDir ${overlay_name} ${place} ${stamp})
    add_custom_command(OUTPUT ${stamp}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${parent} ${folder}.links
        COMMAND ${CMAKE_COMMAND} -E rm -f ${folder}/${place}
        COMMAND ${CMAKE_COMMAND} -E create_symlink ${link_target} ${folder}/${place}
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${A_DEPENDS} COMMENT "guest link /${place}" VERBATIM)
endfunction()

function(AddExternalProjFilesToOverlay external_target install_dir overlay_target root_location)
    camkes_vm_linux_parse(AddExternalProjFilesToOverlay 4 "" "" "FILES")
    if(NOT A_FILES)
        camkes_vm_linux_refuse(AddExternalProjFilesToOverlay "FILES names no file")
    endif()
    if(NOT TARGET ${external_target})
        camkes_vm_linux_refuse(AddExternalProjFilesToOverlay "no target '${external_target}'")
    endif()
    foreach(file IN LISTS A_FILES)
        get_filename_component(name ${file} NAME)
        AddFileToOverlayDir(${name} ${install_dir}/${file} "${root_location}" ${overlay_target}
            DEPENDS ${external_target})
    endforeach()
endfunction()

# Files of an earlier configuration that nobody declares any more do not get into the image.
function(camkes_vm_overlay_clean overlay)
    get_target_property(folder ${overlay} ROOTFS_OUTPUT_DIR)
    get_target_property(places ${overlay} OVERLAY_PLACES)
    file(GLOB_RECURSE present LIST_DIRECTORIES false RELATIVE ${folder} ${folder}/*)
    foreach(place IN LISTS present)
        if(NOT place IN_LIST places)
            file(REMOVE ${folder}/${place})
        endif()
    endforeach()
    # a list that changes with what is declared, so that the image is made again
    file(CONFIGURE OUTPUT ${folder}.list CONTENT "${places}\n" @ONLY)
    set_property(TARGET ${overlay} APPEND PROPERTY DEPENDS ${folder}.list)
endfunction()

# What build-rootfs itself is made of; and with `defaults` what it adds by default.
function(camkes_vm_rootfs_sources defaults out)
    set(linux ${CAMKES_VM_DIR}/linux)
    file(GLOB files CONFIGURE_DEPENDS ${linux}/tools/*)
    list(APPEND files ${linux}/build-rootfs)
    if(defaults)
        file(GLOB_RECURSE more CONFIGURE_DEPENDS ${linux}/modules/* ${linux}/pkg/* ${linux}/lib/*
            ${linux}/overlay/*)
        list(APPEND files ${more} ${CAMKES_VM_DIR}/libs/crossvm/include/crossvm/layout.h)
    endif()
    set(${out} ${files} PARENT_SCOPE)
endfunction()

# The rule shared by the two functions below. `first` are the words of build-rootfs that come
# before those of the caller, `needs` what must be made before.
function(camkes_vm_rootfs_rule function rootfs distro mode target first needs)
    set(lists APPS MODULES PACKAGES)
    camkes_vm_linux_parse(${function} 7 "SPLITGZ;GZIP;ZSTD" "CUSTOM_INIT;KERNEL" "DEPENDS;${lists}")
    if(NOT distro MATCHES "^(debian|buildroot)$")
        camkes_vm_linux_refuse(${function} "'${distro}' is neither debian nor buildroot")
    elseif(mode MATCHES "^(overlay|fs_install)$")
        camkes_vm_linux_refuse(${function}
            "the mode '${mode}' is not supported: it changes a root file system on a disk, and guests \
have none but what they are started with; use rootfs_install")
    elseif(NOT mode STREQUAL "rootfs_install")
        camkes_vm_linux_refuse(${function} "unknown mode '${mode}'; rootfs_install is supported")
    elseif(TARGET ${target})
        camkes_vm_linux_refuse(${function} "there is a target '${target}' already")
    endif()
    get_filename_component(rootfs ${rootfs} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    get_property(maker GLOBAL PROPERTY CAMKES_VM_GUEST_MAKER:${rootfs})
    get_property(made GLOBAL PROPERTY CAMKES_VM_ROOTFS_FILES)
    list(APPEND needs ${A_DEPENDS})
    if(maker)
        list(APPEND needs ${maker} ${rootfs})
    elseif(EXISTS ${rootfs} OR rootfs IN_LIST made)
        list(APPEND needs ${rootfs})
    elseif(NOT A_DEPENDS)
        camkes_vm_linux_refuse(${function} "no file ${rootfs}, and no DEPENDS that makes it")
    endif()
    set(words --base ${rootfs})
    if(A_KERNEL)
        camkes_vm_guest_kind(${function} "${A_KERNEL}")
        list(APPEND words --kernel ${A_KERNEL})
        GetLinuxRootfsFile(${A_KERNEL} file)
        get_property(maker GLOBAL PROPERTY CAMKES_VM_GUEST_MAKER:${file})
        list(APPEND needs ${maker} ${file})
    endif()
    list(APPEND words ${first})
    foreach(kind IN LISTS lists)
        string(TOLOWER ${kind} option)
        string(REGEX REPLACE "s$" "" option ${option})
        foreach(value IN LISTS A_${kind})
            if(NOT kind STREQUAL PACKAGES OR value MATCHES "\\.deb$")
                get_filename_component(value ${value} ABSOLUTE
                    BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
                if(NOT EXISTS ${value})
                    camkes_vm_linux_refuse(${function} "${kind}: there is no ${value}")
                endif()
                file(GLOB_RECURSE files CONFIGURE_DEPENDS ${value}/*)
                list(APPEND needs ${files})
            endif()
            list(APPEND words --${option} ${value})
        endforeach()
    endforeach()
    if(A_CUSTOM_INIT)
        get_filename_component(init ${A_CUSTOM_INIT} ABSOLUTE
            BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        if(NOT EXISTS ${init} AND NOT A_DEPENDS)
            camkes_vm_linux_refuse(${function} "no file ${A_CUSTOM_INIT}")
        endif()
        list(APPEND words --init ${init})
        list(APPEND needs ${init})
    endif()
    set(output ${CMAKE_CURRENT_BINARY_DIR}/out_${target}/output_overlay_rootfs.cpio)
    if(A_GZIP)
        list(APPEND words --gzip)
        set(output ${output}.gz)
    elseif(A_ZSTD)
        list(APPEND words --zstd)
        set(output ${output}.zst)
    endif()
    set(ours OFF)
    if("--defaults" IN_LIST first OR A_APPS OR A_MODULES)
        set(ours ON)
    endif()
    camkes_vm_rootfs_sources(${ours} sources)
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/out_${target}
        COMMAND ${CAMKES_VM_DIR}/linux/build-rootfs ${words} -o ${output}
        DEPENDS ${needs} ${sources} COMMENT "guest root file system ${target}" VERBATIM)
    add_custom_target(${target} DEPENDS ${output})
    set_property(GLOBAL APPEND PROPERTY CAMKES_VM_ROOTFS_FILES ${output})
    set(camkes_vm_rootfs_output ${output} PARENT_SCOPE)
endfunction()

function(AddOverlayToRootfs overlay_dir rootfs_image distro mode output_var target)
    get_filename_component(folder ${overlay_dir} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    if(NOT IS_DIRECTORY ${folder} AND NOT "DEPENDS" IN_LIST ARGN)
        camkes_vm_linux_refuse(AddOverlayToRootfs "no folder ${folder}, and no DEPENDS that makes it")
    endif()
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
    camkes_vm_rootfs_rule(AddOverlayToRootfs ${rootfs_image} ${distro} ${mode} ${target}
        "--overlay;${folder}" "${files}" ${ARGN})
    set(${output_var} ${camkes_vm_rootfs_output} PARENT_SCOPE)
endfunction()

function(AddOverlayDirToRootfs overlay_target rootfs_image distro mode output_var target)
    if(NOT TARGET ${overlay_target} AND NOT overlay_target STREQUAL "default_buildroot_overlay")
        camkes_vm_linux_refuse(AddOverlayDirToRootfs "there is no overlay '${overlay_target}'")
    endif()
    camkes_vm_overlay_target(AddOverlayDirToRootfs ${overlay_target})
    camkes_vm_overlay_clean(${overlay_target})
    get_target_property(folder ${overlay_target} ROOTFS_OUTPUT_DIR)
    get_target_property(needs ${overlay_target} DEPENDS)
    get_target_property(places ${overlay_target} OVERLAY_PLACES)
    set(words "")
    if(overlay_target STREQUAL "default_buildroot_overlay")
        list(APPEND words --defaults)
    endif()
    if(places)
        list(APPEND words --overlay ${folder})
    endif()
    camkes_vm_rootfs_rule(AddOverlayDirToRootfs ${rootfs_image} ${distro} ${mode} ${target}
        "${words}" "${needs}" ${ARGN})
    set(${output_var} ${camkes_vm_rootfs_output} PARENT_SCOPE)
endfunction()
