# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# GenerateCAmkESRootserver: from the recorded declarations to the image.
#
#   configure time  camkes emit: generated C per instance, the list of instances, the plan
#   build time      compile and link each instance (ld -r), one ELF per address space,
#                   camkes link (specification), camkes-image pack (image.elf), report.txt
include_guard(GLOBAL)

set(CAMKES_GEN_DIR ${CMAKE_BINARY_DIR}/camkes)

# Front-end options shared by `camkes emit` and `camkes plan`.
function(camkes_frontend_options out)
    set(options)
    get_property(paths GLOBAL PROPERTY CAMKES_IMPORT_PATH)
    foreach(dir IN LISTS paths)
        list(APPEND options --import-path ${dir})
    endforeach()
    get_property(includes GLOBAL PROPERTY CAMKES_CPP_INCLUDES)
    get_property(flags GLOBAL PROPERTY CAMKES_CPP_FLAGS)
    list(TRANSFORM includes PREPEND "-I")
    foreach(flag IN ITEMS -DCAMKES_TOOL_PROCESSING LISTS includes flags)
        list(APPEND options --cpp-flag ${flag})
    endforeach()
    if(NOT CAmkESCPP)
        list(APPEND options --nocpp)
    endif()
    if(CAmkESAllowForwardReferences)
        list(APPEND options --allow-forward-references)
    endif()
    get_property(templates GLOBAL PROPERTY CAMKES_TEMPLATES_PATH)
    foreach(dir IN LISTS templates)
        list(APPEND options --templates ${dir})
    endforeach()
    get_property(connectors GLOBAL PROPERTY CAMKES_CONNECTORS)
    foreach(connector IN LISTS connectors)
        list(APPEND options --connector ${connector})
    endforeach()
    if(NOT CAmkESDefaultPriority STREQUAL "")
        list(APPEND options --default-priority ${CAmkESDefaultPriority})
    endif()
    list(APPEND options
         --default-stack-size ${CAmkESDefaultStackSize} --default-heap-size ${CAmkESDefaultHeapSize}
         --default-affinity ${CAmkESDefaultAffinity}
         --platform ${CAMKES_VM_PLATFORM_NAME} --platform-memory ${CAMKES_VM_PLATFORM_MEMORY})
    get_property(files GLOBAL PROPERTY CAMKES_FILES)
    list(TRANSFORM files REPLACE "=.*$" "")
    foreach(file IN LISTS files)
        list(APPEND options --file ${file})
    endforeach()
    set(${out} ${options} PARENT_SCOPE)
endfunction()

# Files that the generation read: a change runs CMake again.
function(camkes_watch_inputs depfile)
    if(NOT EXISTS ${depfile})
        return()
    endif()
    file(READ ${depfile} text)
    string(REGEX REPLACE "^[^:]*:" "" text "${text}")
    string(REGEX REPLACE "[\\\\\n\r\t ]+" ";" text "${text}")
    list(FILTER text EXCLUDE REGEX "^$")
    # one file under two names (`a/../b`) would be two rules for Ninja
    foreach(file IN LISTS text)
        cmake_path(NORMAL_PATH file)
        set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endforeach()
endfunction()

function(camkes_run_emit adl options)
    file(MAKE_DIRECTORY ${CAMKES_GEN_DIR})
    # what was generated belongs to one set of inputs: a failing run leaves none of it valid
    file(REMOVE ${CAMKES_GEN_DIR}/camkes-gen.cmake)
    execute_process(
        COMMAND ${CAMKES_TOOL} emit ${adl} --out ${CAMKES_GEN_DIR}
                --depfile ${CAMKES_GEN_DIR}/camkes.d ${options}
        RESULT_VARIABLE status ERROR_VARIABLE errors)
    if(errors)
        message("${errors}")
    endif()
    camkes_watch_inputs(${CAMKES_GEN_DIR}/camkes.d)
    cmake_path(NORMAL_PATH adl)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${adl}
                                                               ${CAMKES_TOOL})
    if(NOT status EQUAL 0)
        camkes_fail("${adl}: the system could not be generated, see above")
    endif()
endfunction()

# What was recorded for a type and extended for an instance, in the order that compilers want:
# an instance's includes before, everything else behind those of its type.
function(camkes_collect type instance word out)
    get_property(of_type GLOBAL PROPERTY CAMKES_TYPE_${type}_${word})
    get_property(own GLOBAL PROPERTY CAMKES_INSTANCE_${type}_${instance}_${word})
    if(word STREQUAL "INCLUDES")
        set(${out} ${own} ${of_type} PARENT_SCOPE)
    else()
        set(${out} ${of_type} ${own} PARENT_SCOPE)
    endif()
endfunction()

# One instance: a partial link of its own, generated and library code; target camkes_<instance>.
function(camkes_add_instance instance)
    set(type ${CAMKES_INSTANCE_${instance}_COMPONENT})
    set(name ${CAMKES_INSTANCE_${instance}_NAME})
    foreach(word IN LISTS camkes_component_lists)
        camkes_collect(${type} ${name} ${word} ${word})
    endforeach()
    file(STRINGS ${CAMKES_INSTANCE_${instance}_REQUIRED} required REGEX "^ASSERT")
    if(required AND NOT SOURCES AND NOT LIBS)
        camkes_fail("component '${type}' (instance '${name}') has no sources: no list file says \
DeclareCAmkESComponent(${type} SOURCES …), or DeclareCAmkESVM(${type}) of a virtual machine")
    endif()
    set(target camkes_${instance})
    add_executable(${target} EXCLUDE_FROM_ALL ${SOURCES} ${CAMKES_INSTANCE_${instance}_SOURCES})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${instance} SUFFIX .part.o
                          RUNTIME_OUTPUT_DIRECTORY ${CAMKES_GEN_DIR}/${instance}
                          LINK_DEPENDS "${CAMKES_VM_MEMBER_LDS};${CAMKES_INSTANCE_${instance}_REQUIRED}")
    set_source_files_properties(${CAMKES_INSTANCE_${instance}_SOURCES} PROPERTIES
                                COMPILE_OPTIONS -Wno-unused)
    add_dependencies(${target} camkes_vm_newlib)
    target_include_directories(${target} PRIVATE ${CAMKES_INSTANCE_${instance}_INCLUDES}
                               ${INCLUDES} ${CAMKES_VM_DIR}/interfaces/include)
    target_compile_options(${target} PRIVATE ${C_FLAGS})
    target_link_options(${target} PRIVATE -r -nostdlib -no-pie -Wl,-T,${CAMKES_VM_MEMBER_LDS}
                        -Wl,-T,${CAMKES_INSTANCE_${instance}_REQUIRED}
                        -Wl,--gc-sections -Wl,-e,_camkes_start -Wl,-u,_camkes_start
                        -Wl,--build-id=none -Wl,-z,noexecstack ${LD_FLAGS})
    # what only other members call is no garbage
    foreach(symbol IN LISTS CAMKES_INSTANCE_${instance}_EXPORTS)
        target_link_options(${target} PRIVATE -Wl,-u,${symbol})
    endforeach()
    target_link_libraries(${target} PRIVATE camkes_vm_target ${LIBS} -Wl,--start-group
                          ${CAMKES_VM_RUNTIME_LIBRARIES} ${CAMKES_VM_NEWLIB_ARCHIVES}
                          ${CAMKES_VM_LIBGCC} -Wl,--end-group)
endfunction()

# objcopy words for one member of a group: its symbols become local but for its entry, what the
# loader patches (both with the instance's name as suffix) and what other members call.
function(camkes_member_symbols instance out)
    set(words --wildcard "--keep-global-symbol=camkes_direct_*")
    foreach(symbol IN ITEMS _camkes_start camkes_tsc_hz camkes_files_size)
        list(APPEND words --redefine-sym ${symbol}=${symbol}_${instance}
             --keep-global-symbol=${symbol}_${instance})
    endforeach()
    foreach(symbol IN LISTS CAMKES_INSTANCE_${instance}_EXPORTS)
        list(APPEND words --keep-global-symbol=${symbol})
    endforeach()
    set(${out} ${words} PARENT_SCOPE)
endfunction()

# The ELF of an address space: CAMKES_GEN_DIR/<space>.elf.
function(camkes_add_space space)
    set(members ${CAMKES_SPACE_${space}_INSTANCES})
    set(objects)
    set(parts)
    set(copies)
    foreach(instance IN LISTS members)
        if(CAMKES_SPACE_${space}_IS_GROUP)
            camkes_member_symbols(${instance} words)
            set(object ${CAMKES_GEN_DIR}/${instance}/${instance}.member.o)
            list(APPEND copies COMMAND ${CMAKE_OBJCOPY} ${words}
                 $<TARGET_FILE:camkes_${instance}> ${object})
            list(APPEND objects ${object})
            set(entry -e _camkes_start_${instance})
        else()
            list(APPEND objects $<TARGET_FILE:camkes_${instance}>)
            set(entry -e _camkes_start)
        endif()
        list(APPEND parts camkes_${instance})
    endforeach()
    add_custom_command(
        OUTPUT ${CAMKES_GEN_DIR}/${space}.elf
        ${copies}
        COMMAND ${CMAKE_LINKER} -nostdlib -static -z noexecstack -z max-page-size=0x1000
                -T ${CAMKES_VM_COMPONENT_LDS} ${entry} -o ${CAMKES_GEN_DIR}/${space}.elf ${objects}
        DEPENDS ${parts} ${CAMKES_VM_COMPONENT_LDS}
        COMMENT "address space ${space}" VERBATIM)
endfunction()

# The archive of files for guests and FileServer; sets the item argument of pack, the plan's
# size option and the files they depend on.
function(camkes_add_files adl options)
    get_property(files GLOBAL PROPERTY CAMKES_FILES)
    get_property(depends GLOBAL PROPERTY CAMKES_FILES_DEPENDS)
    set(paths ${files})
    list(TRANSFORM paths REPLACE "^[^=]*=" "")
    set(archive ${CMAKE_BINARY_DIR}/files.cpio)
    set(plan ${CMAKE_BINARY_DIR}/app.plan)
    add_custom_command(OUTPUT ${archive} COMMAND ${CAMKES_IMAGE_TOOL} files -o ${archive} ${files}
                       DEPENDS ${depends} ${paths} ${CAMKES_IMAGE_TOOL} COMMENT "file payload"
                       VERBATIM)
    add_custom_command(
        OUTPUT ${plan}
        COMMAND sh -c "exec \"$0\" \"$@\" --files-size $(stat -c %s '${archive}')" ${CAMKES_TOOL}
                plan ${adl} ${options} -o ${plan}
        DEPENDS ${archive} ${CAMKES_GEN_DIR}/app.plan ${CAMKES_TOOL} COMMENT "plan" VERBATIM)
    set(CAMKES_FILES_ITEM files=${archive} PARENT_SCOPE)
    set(CAMKES_FILES_ARCHIVE ${archive} PARENT_SCOPE)
    set(CAMKES_PLAN ${plan} PARENT_SCOPE)
endfunction()

function(camkes_add_image)
    set(elfs)
    set(depends)
    foreach(space IN LISTS CAMKES_SPACES)
        list(APPEND elfs --elf ${space}=${CAMKES_GEN_DIR}/${space}.elf)
        list(APPEND depends ${CAMKES_GEN_DIR}/${space}.elf)
    endforeach()
    set(payload)
    if(CAMKES_FILES_ARCHIVE)
        set(payload --payload ${CAMKES_FILES_ARCHIVE})
    endif()
    set(text ${CMAKE_BINARY_DIR}/app.capspec)
    set(packed ${CMAKE_BINARY_DIR}/app.bin)
    set(image ${CMAKE_BINARY_DIR}/image.elf)
    add_custom_command(
        OUTPUT ${text} ${packed}
        COMMAND ${CAMKES_TOOL} link ${CAMKES_PLAN} ${elfs} --platform ${CAMKES_VM_PLATFORM_NAME}
                --memory ${CAMKES_VM_PLATFORM_MEMORY} ${payload} -o ${text} --packed ${packed}
        DEPENDS ${CAMKES_PLAN} ${depends} ${CAMKES_FILES_ARCHIVE} ${CAMKES_TOOL} COMMENT "capability specification"
        VERBATIM)
    add_custom_command(
        OUTPUT ${image}
        COMMAND ${CAMKES_IMAGE_TOOL} pack $<TARGET_FILE:kernel.elf> -o ${image}
                root=$<TARGET_FILE:loader.elf> spec=${packed} ${CAMKES_FILES_ITEM}
        DEPENDS kernel.elf loader.elf ${packed} ${CAMKES_FILES_ARCHIVE} ${CAMKES_IMAGE_TOOL}
        COMMENT "image.elf" VERBATIM)
    add_custom_command(
        OUTPUT ${CMAKE_BINARY_DIR}/report.txt ${CMAKE_BINARY_DIR}/report.svg
        COMMAND ${CAMKES_TOOL} report ${text} -o ${CMAKE_BINARY_DIR}/report.txt
                --svg ${CMAKE_BINARY_DIR}/report.svg
        DEPENDS ${text} ${CAMKES_TOOL} COMMENT "isolation report" VERBATIM)
    add_custom_target(image ALL DEPENDS ${image} ${CMAKE_BINARY_DIR}/report.txt)
    set_property(GLOBAL PROPERTY CAMKES_IMAGE ${image})
endfunction()

function(GenerateCAmkESRootserver)
    get_property(done GLOBAL PROPERTY CAMKES_GENERATED)
    get_property(adl GLOBAL PROPERTY CAMKES_ADL)
    if(done)
        camkes_fail("GenerateCAmkESRootserver: the system is generated already")
    endif()
    if(NOT adl)
        camkes_fail("GenerateCAmkESRootserver: no DeclareCAmkESRootserver(…) came before")
    endif()
    set_property(GLOBAL PROPERTY CAMKES_GENERATED TRUE)
    camkes_frontend_options(options)
    camkes_run_emit(${adl} "${options}")
    include(${CAMKES_GEN_DIR}/camkes-gen.cmake)
    foreach(instance IN LISTS CAMKES_INSTANCES)
        camkes_add_instance(${instance})
    endforeach()
    foreach(space IN LISTS CAMKES_SPACES)
        camkes_add_space(${space})
    endforeach()
    get_property(files GLOBAL PROPERTY CAMKES_FILES)
    set(CAMKES_FILES_ITEM)
    set(CAMKES_FILES_ARCHIVE)
    if(files)
        camkes_add_files(${adl} "${options}")
    endif()
    camkes_add_image()
endfunction()
