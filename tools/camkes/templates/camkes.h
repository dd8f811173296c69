/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*? use("c.lua").banner("Everything a file of " .. me.name .. " needs of its surroundings") ?*/
#pragma once
#include "camkes-component-/*? me.symbol ?*/.h"
