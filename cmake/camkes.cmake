# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The CMake functions that applications and components call. They only record what is said;
# GenerateCAmkESRootserver (camkes_generate.cmake) runs the compiler and makes the targets.
#
#   DeclareCAmkESComponent(type [SOURCES …] [INCLUDES …] [C_FLAGS …] [LD_FLAGS …] [LIBS …])
#   ExtendCAmkESComponentInstance(type instance [same words])
#   DeclareCAmkESConnector(name [FROM f] [TO f] [FROM_HEADER f] [TO_HEADER f] [FROM_LIBS …] [TO_LIBS …])
#   CAmkESAddImportPath(dir…)  CAmkESMaybeAddImportPath(dir…)  CAmkESAddTemplatesPath(dir…)
#   CAmkESAddCPPInclude(dir…)
#   DeclareCAmkESRootserver(adl [CPP_FLAGS …] [CPP_INCLUDES …])
#   GenerateCAmkESRootserver()
#   camkes_vm_add_file(name path [DEPENDS …])   a file of the payload item "files"
include_guard(GLOBAL)

# Options under their published names. Those without effect here are accepted.
set(CAmkESDefaultStackSize 16384 CACHE STRING "Bytes of stack of a thread, a multiple of 4096")
set(CAmkESDefaultPriority "" CACHE STRING
    "Priority of component threads, 0 to 255; empty: 254, in systems with guests 100")
set(CAmkESDefaultAffinity 0 CACHE STRING "CPU of component threads")
set(CAmkESDefaultHeapSize 1048576 CACHE STRING "Bytes of heap of a component")
option(CAmkESCPP "Run the C preprocessor over ADL files" ON)
option(CAmkESAllowForwardReferences "Names in ADL files may be used before they are declared" OFF)
set(CAmkESErrorHandlingMode Standard CACHE STRING "Accepted; errors go to handlers as in Standard")
option(CAmkESFaultHandlers "Accepted; faults of components are always reported" ON)
option(CAmkESProvideTCBCaps "Accepted; threads have a capability to themselves" ON)

# Keywords that hold one value, and keywords that hold lists, of a component declaration.
set(camkes_component_lists SOURCES INCLUDES C_FLAGS LD_FLAGS LIBS)
set(camkes_unsupported CXX_FLAGS CAKEML_SOURCES CAKEML_DEPENDS CAKEML_INCLUDES CAKEML_HEAP_SIZE
                       CAKEML_STACK_SIZE LINKER_LANGUAGE TEMPLATE_SOURCES TEMPLATE_HEADERS)

# Stops with the place of the application's call: CMake prints the call stack below the text.
function(camkes_fail text)
    message(FATAL_ERROR "${text}")
endfunction()

# Calls that would come too late.
function(camkes_check_open function)
    get_property(done GLOBAL PROPERTY CAMKES_GENERATED)
    if(done)
        camkes_fail("${function}: the system is generated already; call it before \
GenerateCAmkESRootserver()")
    endif()
endfunction()

# Absolute path of a source or include folder; generator expressions stay as they are. A file
# that exists only in the build folder is found there.
function(camkes_absolute path out)
    if(path MATCHES "^\\$<" OR IS_ABSOLUTE "${path}")
        set(${out} "${path}" PARENT_SCOPE)
    elseif(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${path}" AND
           EXISTS "${CMAKE_CURRENT_BINARY_DIR}/${path}")
        set(${out} "${CMAKE_CURRENT_BINARY_DIR}/${path}" PARENT_SCOPE)
    else()
        set(${out} "${CMAKE_CURRENT_SOURCE_DIR}/${path}" PARENT_SCOPE)
    endif()
endfunction()

# Appends the words of one declaration to the properties of `key`.
function(camkes_record function key)
    camkes_check_open(${function})
    string(REGEX REPLACE "^[A-Z]*_" "" name ${key})
    cmake_parse_arguments(PARSE_ARGV 2 C "" "" "${camkes_component_lists};${camkes_unsupported}")
    # a misspelt keyword behind a list is an item of that list: no source is called like this
    set(unknown ${C_UNPARSED_ARGUMENTS} ${C_SOURCES} ${C_INCLUDES})
    list(SUBLIST C_UNPARSED_ARGUMENTS 0 1 first)
    list(FILTER unknown INCLUDE REGEX "^[A-Z_]+$")
    list(APPEND unknown ${first})
    if(unknown)
        list(GET unknown 0 word)
        string(JOIN ", " words ${camkes_component_lists})
        camkes_fail("${function}(${name}): unknown keyword '${word}', expected one of ${words}")
    endif()
    foreach(word IN LISTS camkes_unsupported)
        if(C_${word} AND NOT word STREQUAL LINKER_LANGUAGE)
            camkes_fail("${function}(${name}): ${word} is not supported (see SUPPORT.md)")
        endif()
    endforeach()
    foreach(word IN LISTS camkes_component_lists)
        foreach(value IN LISTS C_${word})
            if(word STREQUAL "SOURCES" OR word STREQUAL "INCLUDES")
                camkes_absolute("${value}" value)
            endif()
            if(word STREQUAL "SOURCES" AND value MATCHES "\\.(cc|cpp|cxx|cml)$")
                camkes_fail("${function}(${name}): ${value}: only C and assembly are supported")
            endif()
            set_property(GLOBAL APPEND PROPERTY CAMKES_${key}_${word} "${value}")
        endforeach()
    endforeach()
endfunction()

function(DeclareCAmkESComponent type)
    camkes_record(DeclareCAmkESComponent TYPE_${type} ${ARGN})
    set_property(GLOBAL APPEND PROPERTY CAMKES_TYPES ${type})
endfunction()

function(ExtendCAmkESComponentInstance type instance)
    camkes_record(ExtendCAmkESComponentInstance INSTANCE_${type}_${instance} ${ARGN})
endfunction()

function(DeclareCAmkESConnector name)
    camkes_check_open(DeclareCAmkESConnector)
    cmake_parse_arguments(PARSE_ARGV 1 C "" "FROM;TO;FROM_HEADER;TO_HEADER;CAKEML_TO"
                          "FROM_LIBS;TO_LIBS")
    if(C_UNPARSED_ARGUMENTS)
        list(GET C_UNPARSED_ARGUMENTS 0 word)
        camkes_fail("DeclareCAmkESConnector(${name}): unknown keyword '${word}', expected FROM, TO, \
FROM_HEADER, TO_HEADER, FROM_LIBS or TO_LIBS")
    endif()
    set_property(GLOBAL APPEND PROPERTY CAMKES_CONNECTORS
                 "${name}:${C_FROM}:${C_TO}:${C_FROM_HEADER}:${C_TO_HEADER}")
    set_property(GLOBAL PROPERTY CAMKES_CONNECTOR_${name}_LIBS ${C_FROM_LIBS} ${C_TO_LIBS})
endfunction()

# The path functions: `function property mandatory dirs…`.
function(camkes_add_path function property mandatory)
    camkes_check_open(${function})
    foreach(dir IN LISTS ARGN)
        get_filename_component(dir "${dir}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
        if(IS_DIRECTORY "${dir}")
            set_property(GLOBAL APPEND PROPERTY ${property} "${dir}")
        elseif(mandatory)
            camkes_fail("${function}: '${dir}' is not a folder")
        endif()
    endforeach()
endfunction()

function(CAmkESAddImportPath)
    camkes_add_path(CAmkESAddImportPath CAMKES_IMPORT_PATH TRUE ${ARGN})
endfunction()

function(CAmkESMaybeAddImportPath)
    camkes_add_path(CAmkESMaybeAddImportPath CAMKES_IMPORT_PATH FALSE ${ARGN})
endfunction()

function(CAmkESAddTemplatesPath)
    camkes_add_path(CAmkESAddTemplatesPath CAMKES_TEMPLATES_PATH TRUE ${ARGN})
endfunction()

function(CAmkESAddCPPInclude)
    camkes_add_path(CAmkESAddCPPInclude CAMKES_CPP_INCLUDES TRUE ${ARGN})
endfunction()

function(DeclareCAmkESRootserver adl)
    camkes_check_open(DeclareCAmkESRootserver)
    cmake_parse_arguments(PARSE_ARGV 1 C "" "DTS_FILE_PATH;DTB_FILE_PATH" "CPP_FLAGS;CPP_INCLUDES")
    if(C_UNPARSED_ARGUMENTS)
        list(GET C_UNPARSED_ARGUMENTS 0 word)
        camkes_fail("DeclareCAmkESRootserver: unknown keyword '${word}', expected CPP_FLAGS or \
CPP_INCLUDES")
    endif()
    if(C_DTS_FILE_PATH OR C_DTB_FILE_PATH)
        camkes_fail("DeclareCAmkESRootserver: device trees do not exist on x86")
    endif()
    get_property(first GLOBAL PROPERTY CAMKES_ADL)
    if(first)
        camkes_fail("DeclareCAmkESRootserver: there is one already, ${first}")
    endif()
    if(C_CPP_FLAGS AND NOT CAmkESCPP)
        camkes_fail("DeclareCAmkESRootserver: CPP_FLAGS are given, but CAmkESCPP is off")
    endif()
    camkes_absolute("${adl}" adl)
    if(NOT EXISTS "${adl}")
        camkes_fail("DeclareCAmkESRootserver: no file ${adl}")
    endif()
    set_property(GLOBAL PROPERTY CAMKES_ADL "${adl}")
    set_property(GLOBAL APPEND PROPERTY CAMKES_CPP_FLAGS ${C_CPP_FLAGS})
    foreach(dir IN LISTS C_CPP_INCLUDES)
        camkes_absolute("${dir}" dir)
        set_property(GLOBAL APPEND PROPERTY CAMKES_CPP_INCLUDES "${dir}")
    endforeach()
endfunction()

function(camkes_vm_add_file name path)
    camkes_check_open(camkes_vm_add_file)
    cmake_parse_arguments(PARSE_ARGV 2 C "" "" "DEPENDS")
    if(C_UNPARSED_ARGUMENTS)
        camkes_fail("camkes_vm_add_file(${name}): unknown words ${C_UNPARSED_ARGUMENTS}")
    endif()
    get_filename_component(path "${path}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    # files may be named relative to the caller's folder; everything else is a target
    set(depends)
    foreach(dependency IN LISTS C_DEPENDS)
        if(NOT IS_ABSOLUTE "${dependency}" AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${dependency}")
            set(dependency "${CMAKE_CURRENT_SOURCE_DIR}/${dependency}")
        elseif(NOT IS_ABSOLUTE "${dependency}" AND EXISTS
               "${CMAKE_CURRENT_BINARY_DIR}/${dependency}")
            set(dependency "${CMAKE_CURRENT_BINARY_DIR}/${dependency}")
        endif()
        list(APPEND depends "${dependency}")
    endforeach()
    # a target of the caller's folder: rules that make the file are known only there
    get_property(files GLOBAL PROPERTY CAMKES_FILES)
    list(LENGTH files number)
    add_custom_target(camkes_vm_file_${number} DEPENDS ${path} ${depends})
    set_property(GLOBAL APPEND PROPERTY CAMKES_FILES "${name}=${path}")
    set_property(GLOBAL APPEND PROPERTY CAMKES_FILES_DEPENDS camkes_vm_file_${number} ${depends})
endfunction()

# Names that application list files call and that have nothing to do here: the folders they
# would add are on the path already.
function(camkes_tool_import_libraries)
endfunction()
function(camkes_tool_setup_camkes_build_environment)
endfunction()
function(includeGlobalComponents)
endfunction()
function(global_components_import_project)
endfunction()
function(camkes_vm_import_project)
endfunction()
function(camkes_vm_setup_x86_vm_environment)
endfunction()
function(sel4_import_kernel)
endfunction()
function(elfloader_import_project)
endfunction()
function(sel4_import_libsel4)
endfunction()
