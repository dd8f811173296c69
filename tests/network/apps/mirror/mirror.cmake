# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# CAMKES_VM_NIC: the model of the network controller, 82574 or 82576. MIRROR_FLAGS: -DLINE or none.
project(mirror C)
DeclareMachineNetwork(${CAMKES_VM_NIC})
DeclareCAmkESComponent(Mirror SOURCES ${CMAKE_CURRENT_LIST_DIR}/mirror.c LIBS camkes_vm_ethlink)
DeclareCAmkESRootserver(${CMAKE_CURRENT_LIST_DIR}/mirror.camkes
                        CPP_INCLUDES ${CAMKES_VM_DIR}/components/VM
                        CPP_FLAGS -DMODEL=${CAMKES_VM_NIC} ${MIRROR_FLAGS})
