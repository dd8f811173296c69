# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Sources of Linux, for modules that need a configured tree of their own. They are Debian's
# (linux/make-source), so the only version there is, is Debian's.
#
#   GetDefaultLinuxMajor(var)  GetDefaultLinuxMinor(var)  GetDefaultLinuxVersion(var)
#   GetDefaultLinuxMd5(var)    "-": any; or the MD5 of the package that you insist on
#   DownloadLinux(major minor md5 out_dir_var out_target)
#   ConfigureLinux(linux_dir config_file symvers_file target [ARCH a] [CROSS_COMPILE prefix]
#                  [DEPENDS …])    copies both files, then olddefconfig, prepare, modules_prepare
#
# Then DefineLinuxModule(… KERNEL_DIR <linux_dir> DEPENDS <target>).
include_guard(GLOBAL)

function(GetDefaultLinuxVersion out)
    execute_process(COMMAND ${CAMKES_VM_DIR}/linux/make-source --version
        OUTPUT_VARIABLE version ERROR_VARIABLE error RESULT_VARIABLE status
        OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "GetDefaultLinuxVersion: ${error}")
    endif()
    set(${out} ${version} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxMajor out)
    GetDefaultLinuxVersion(version)
    string(REGEX REPLACE "\\..*" "" version ${version})
    set(${out} ${version} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxMinor out)
    GetDefaultLinuxVersion(version)
    string(REGEX MATCH "^[^.]*\\.(.*)$" version ${version})
    set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxMd5 out)
    set(${out} - PARENT_SCOPE)
endfunction()

function(DownloadLinux major minor md5 out_dir out_target)
    if(ARGN)
        message(FATAL_ERROR "DownloadLinux: unknown word '${ARGV5}'")
    elseif(TARGET ${out_target})
        message(FATAL_ERROR "DownloadLinux: there is a target '${out_target}' already")
    endif()
    set(version ${major}.${minor})
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/out/linux-${version})
    add_custom_command(OUTPUT ${folder}.unpacked
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/out
        COMMAND ${CAMKES_VM_DIR}/linux/make-source ${version} ${md5} ${folder}
        COMMAND ${CMAKE_COMMAND} -E touch ${folder}.unpacked
        COMMENT "sources of Linux ${version}" VERBATIM)
    add_custom_target(${out_target} DEPENDS ${folder}.unpacked)
    set(${out_dir} ${folder} PARENT_SCOPE)
endfunction()

function(ConfigureLinux linux_dir config_location symvers_location configure_target)
    cmake_parse_arguments(PARSE_ARGV 4 A "" "ARCH;CROSS_COMPILE" "DEPENDS")
    if(A_UNPARSED_ARGUMENTS)
        list(GET A_UNPARSED_ARGUMENTS 0 word)
        message(FATAL_ERROR "ConfigureLinux: unknown word '${word}', expected one of: \
ARCH, CROSS_COMPILE, DEPENDS")
    elseif(TARGET ${configure_target})
        message(FATAL_ERROR "ConfigureLinux: there is a target '${configure_target}' already")
    endif()
    set(files "")
    foreach(file IN ITEMS ${config_location} ${symvers_location})
        get_filename_component(file ${file} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
        if(NOT EXISTS ${file} AND NOT A_DEPENDS)
            message(FATAL_ERROR "ConfigureLinux: no file ${file}, and no DEPENDS that makes it")
        endif()
        list(APPEND files ${file})
    endforeach()
    list(GET files 0 config)
    list(GET files 1 symvers)
    set(words "")
    foreach(word IN ITEMS ARCH CROSS_COMPILE)
        if(A_${word})
            list(APPEND words ${word}=${A_${word}})
        endif()
    endforeach()
    add_custom_command(OUTPUT ${linux_dir}.${configure_target}
        COMMAND ${CMAKE_COMMAND} -E copy ${config} ${linux_dir}/.config
        COMMAND ${CMAKE_COMMAND} -E copy ${symvers} ${linux_dir}/Module.symvers
        COMMAND make -s -C ${linux_dir} ${words} olddefconfig
        COMMAND make -s -C ${linux_dir} ${words} modules_prepare
        COMMAND ${CMAKE_COMMAND} -E touch ${linux_dir}.${configure_target}
        DEPENDS ${A_DEPENDS} ${files} COMMENT "configuring ${linux_dir}" VERBATIM)
    add_custom_target(${configure_target} DEPENDS ${linux_dir}.${configure_target})
endfunction()
