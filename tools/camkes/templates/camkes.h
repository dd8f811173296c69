/*? use("c.lua").banner("Everything a file of " .. me.name .. " needs of its surroundings") ?*/
#pragma once
#include "camkes-component-/*? me.symbol ?*/.h"
