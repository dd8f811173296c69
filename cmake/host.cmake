# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Host builds: compiler flags and the helpers for unit tests and fuzzers.

add_compile_options(-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -g -O1)

# camkes_vm_unit_test(<name> SOURCES … [INCLUDES …] [LIBS …] [DEFINITIONS …] [ARGS …])
# A cmocka program built with AddressSanitizer and UBSan and run by ctest. The label is the
# first two folders of the caller, so that `make test SUITE=` can select it.
function(camkes_vm_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 T "" "" "SOURCES;INCLUDES;LIBS;DEFINITIONS;ARGS")
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "camkes_vm_unit_test(${name}): unknown words ${T_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(${name} ${T_SOURCES})
    target_include_directories(${name} PRIVATE ${T_INCLUDES})
    target_compile_definitions(${name} PRIVATE ${T_DEFINITIONS})
    target_compile_options(${name} PRIVATE -fsanitize=address,undefined
                                           -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE -fsanitize=address,undefined)
    target_link_libraries(${name} PRIVATE ${T_LIBS} cmocka)
    add_test(NAME ${name} COMMAND ${name} ${T_ARGS})
    file(RELATIVE_PATH folder ${CAMKES_VM_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# camkes_vm_fuzzer(<name> SOURCES … [INCLUDES …] [LIBS …] [RUNS n | SEEDS file…])
# A program with LLVMFuzzerTestOneInput. With clang a real libFuzzer program; libraries it links with
# are instrumented by camkes_vm_fuzzed(). Else the same function on n (300) made-up inputs, or on the
# seeds and mutations of them.
function(camkes_vm_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 T "" "RUNS" "SOURCES;INCLUDES;LIBS;SEEDS")
    if(CMAKE_C_COMPILER_ID MATCHES "Clang")
        # libFuzzer adds what it finds to the first folder
        set(corpus ${CMAKE_CURRENT_BINARY_DIR}/${name}.corpus)
        file(MAKE_DIRECTORY ${corpus})
        file(COPY ${T_SEEDS} DESTINATION ${corpus})
        camkes_vm_unit_test(${name} SOURCES ${T_SOURCES} INCLUDES ${T_INCLUDES} LIBS ${T_LIBS}
                            ARGS -runs=20000 ${corpus})
        camkes_vm_fuzzed(${name})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        return()
    endif()
    set(arguments 300)
    if(T_SEEDS)
        set(arguments --mutate ${T_SEEDS})
    elseif(T_RUNS)
        set(arguments ${T_RUNS})
    endif()
    camkes_vm_unit_test(${name} SOURCES ${T_SOURCES} ${CAMKES_VM_DIR}/tests/unit/fuzz_main.c
                        INCLUDES ${T_INCLUDES} LIBS ${T_LIBS} ARGS ${arguments})
endfunction()

# camkes_vm_fuzzed(<target>): its code tells libFuzzer what an input reached.
function(camkes_vm_fuzzed target)
    if(CMAKE_C_COMPILER_ID MATCHES "Clang")
        target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
endfunction()
