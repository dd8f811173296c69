#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Compiles every header of libs/sel4 alone. Usage: check_headers.sh [compiler]
cc=${1:-gcc}
cd "$(dirname "$0")/../include" || exit 2
failed=0
for header in $(find . -name '*.h'); do
    if ! echo "#include <${header#./}>" |
            "$cc" -std=gnu17 -ffreestanding -Wall -Wextra -Werror -I. -x c -fsyntax-only -; then
        echo "does not compile alone: $header"
        failed=1
    fi
done
exit $failed
