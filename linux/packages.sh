# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Debian packages as sources of files: sourced by make-guests. Downloads go through the
# machine's own apt configuration, without changing the machine.

# fail MESSAGE: prints it and ends the script.
fail()
{
    echo "guests: $*" >&2
    exit 1
}

# require_tools TOOL[:PACKAGE]...: ends with the command that installs what is missing.
require_tools()
{
    local entry tool missing=()
    for entry in "$@"; do
        tool=${entry%%:*}
        # sbin is not in every user's PATH
        PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing+=("${entry##*:}")
    done
    [ ${#missing[@]} -eq 0 ] && return
    fail "missing tools; run: sudo apt-get install ${missing[*]}"
}

# need_lists PACKAGE: explains what to do when apt does not know PACKAGE, and ends.
need_lists()
{
    fail "apt does not know the package '$1'. Refresh the package lists and try again:
    sudo apt-get update && make guests
The machine needs Debian 12 (bookworm) sources with 'main' in /etc/apt. Without network, copy
${1}_*_amd64.deb into ${cache:-build/guests}."
}

# resolve_kernel META: prints the kernel package that the meta package depends on.
resolve_kernel()
{
    local name
    name=$(apt-cache depends --important "$1" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
    [ -n "$name" ] || need_lists "$1"
    echo "$name"
}

# fetch_package NAME DIR: makes sure DIR holds one .deb of NAME.
fetch_package()
{
    compgen -G "$2/${1}_*.deb" >/dev/null && return
    echo "guests: downloading $1"
    apt-cache show "$1" >/dev/null 2>&1 || need_lists "$1"
    # root's apt would drop to a user who may not write here; that is only a warning
    (cd "$2" && apt-get -qq -o APT::Sandbox::User=root download "$1") ||
        fail "could not download $1; check the network, or run: sudo apt-get update"
    compgen -G "$2/${1}_*.deb" >/dev/null || fail "the download of $1 left no file in $2"
}

# unpack_package NAME DIR: unpacks it to DIR/NAME.root and checks every file's checksum.
unpack_package()
{
    local root=$2/$1.root deb
    deb=$(compgen -G "$2/${1}_*.deb" | sort -V | tail -n 1)
    [ "$root/.unpacked" -nt "$deb" ] && return
    rm -rf "$root"
    dpkg-deb -x "$deb" "$root"
    dpkg-deb --ctrl-tarfile "$deb" | tar -xO ./md5sums | (cd "$root" && md5sum --quiet -c -) ||
        fail "$deb is damaged; remove it and run make guests again"
    touch "$root/.unpacked"
}
