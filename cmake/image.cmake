# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The image build: kernel, loader, libraries, components, then the application named by APP.
include_guard(GLOBAL)

# Where applications find the helper files; published names.
set(CAMKES_VM_HELPERS_PATH ${CAMKES_VM_DIR}/cmake/camkes_vm_helpers.cmake)
set(CAMKES_VM_SETTINGS_PATH ${CAMKES_VM_DIR}/cmake/camkes_vm_settings.cmake)
set(VM_PROJECT_DIR ${CAMKES_VM_DIR})
set(CAMKES_VM_LINUX_DIR ${CAMKES_VM_DIR}/linux)
set(LWIP_HELPERS ${CAMKES_VM_DIR}/cmake/lwip-helpers.cmake)
set(CAMKES_VM_LINUX_HELPERS_PATH ${CAMKES_VM_DIR}/cmake/vm-linux-helpers.cmake)
set(CAMKES_VM_LINUX_MODULE_HELPERS_PATH ${CAMKES_VM_DIR}/cmake/linux-module-helpers.cmake)
set(CAMKES_VM_LINUX_SOURCE_HELPERS_PATH ${CAMKES_VM_DIR}/cmake/linux-source-helpers.cmake)
option(SIMULATION "Make a script that runs the image in QEMU" OFF)
option(RELEASE "Accepted; there is one kernel configuration" OFF)

# Folder of the application: a name under apps/, or a folder anywhere.
function(camkes_vm_find_app out)
    if(NOT APP)
        message(FATAL_ERROR "APP is not set: -DAPP=<a name under apps/, or a folder>")
    endif()
    if(EXISTS ${CAMKES_VM_DIR}/apps/${APP}/CMakeLists.txt)
        set(folder ${CAMKES_VM_DIR}/apps/${APP})
    else()
        get_filename_component(folder "${APP}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
    endif()
    if(NOT EXISTS ${folder}/CMakeLists.txt)
        message(FATAL_ERROR "APP=${APP}: neither apps/${APP}/CMakeLists.txt nor "
                            "${folder}/CMakeLists.txt exists")
    endif()
    set(${out} ${folder} PARENT_SCOPE)
endfunction()

# The programs of the build host, from a build folder shared by all images. Building them here
# costs a fraction of a second when nothing changed; the lock serialises parallel configurations.
function(camkes_vm_build_host_tools)
    set(CAMKES_VM_HOST_BUILD ${CAMKES_VM_DIR}/build/tools CACHE PATH "Build folder of the host tools")
    set(build ${CAMKES_VM_HOST_BUILD})
    file(MAKE_DIRECTORY ${build})
    file(LOCK ${build}/.camkes-tools.lock GUARD FUNCTION TIMEOUT 600)
    if(NOT EXISTS ${build}/build.ninja)
        execute_process(COMMAND ${CMAKE_COMMAND} -S ${CAMKES_VM_DIR}/cmake/host-tools -B ${build}
                                -G Ninja
                        RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log)
        if(NOT status EQUAL 0)
            message(FATAL_ERROR "host tools: configuration failed\n${log}")
        endif()
    endif()
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${build} --target camkes camkes-image
                    RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "host tools: build failed\n${log}")
    endif()
    # a changed tool generates anew
    file(GLOB sources CONFIGURE_DEPENDS
         ${CAMKES_VM_DIR}/tools/camkes/*.[ch] ${CAMKES_VM_DIR}/tools/camkes/*/*
         ${CAMKES_VM_DIR}/tools/image/*.[ch] ${CAMKES_VM_DIR}/libs/capspec/include/capspec/*.h
         ${CAMKES_VM_DIR}/libs/firewall/rule.c ${CAMKES_VM_DIR}/libs/firewall/address.c)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
    set(CAMKES_TOOL ${build}/tools/camkes/camkes PARENT_SCOPE)
    set(CAMKES_IMAGE_TOOL ${build}/bin/camkes-image PARENT_SCOPE)
endfunction()

# Most of an image is compiled as it was for the image before. ccache, where it is installed, finds
# that again whatever the build folder: sources are named by absolute paths, so the folder that a
# compiler ran in (which debug information has) says nothing.
find_program(CAMKES_VM_CCACHE ccache)
if(CAMKES_VM_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER env CCACHE_DIR=${CAMKES_VM_DIR}/build/cache/ccache CCACHE_MAXSIZE=1G
                                  CCACHE_NOHASHDIR=1 ${CAMKES_VM_CCACHE})
endif()

camkes_vm_find_app(camkes_vm_app)
include(platform)
camkes_vm_load_platform(${camkes_vm_app})
camkes_vm_build_host_tools()
include(target)
include(camkes)
include(camkes_generate)
include(machine)
include(camkes_vm_settings)
# Existing list files say project(name), which asks for C++ too; no component is written in it.
set(CMAKE_CXX_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_CXX_COMPILER_FORCED TRUE)
# settings that an application keeps apart from its list file
include(${camkes_vm_app}/app_settings.cmake OPTIONAL)

# Import paths in the order of search: the compiler's own declarations, then ours.
CAmkESMaybeAddImportPath(${CAMKES_VM_DIR}/tools/camkes/include ${CAMKES_VM_DIR}/interfaces
                         ${CAMKES_VM_DIR}/components)

camkes_vm_add_folders(kernel libs components)
add_subdirectory(${camkes_vm_app} ${CMAKE_BINARY_DIR}/app)

get_property(camkes_vm_generated GLOBAL PROPERTY CAMKES_GENERATED)
get_property(camkes_vm_adl GLOBAL PROPERTY CAMKES_ADL)
if(NOT camkes_vm_adl)
    message(FATAL_ERROR "${camkes_vm_app}/CMakeLists.txt: no DeclareCAmkESRootserver(…) or "
                        "DeclareCAmkESVMRootServer(…) names the description")
endif()
if(NOT camkes_vm_generated)
    GenerateCAmkESRootserver()
endif()
