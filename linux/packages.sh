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

# Options for every apt command: empty, or those of use_private_lists.
apt_options=()

# use_private_lists DIR: package lists of the machine's own sources, fetched into DIR/apt. Needs no
# root and leaves the machine's lists alone.
use_private_lists()
{
    local state=$1/apt
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    apt_options+=(-o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state"
        -o "Dir::Cache::Archives=$state/archives" -o APT::Sandbox::User=)
    # Who comes second finds the lists of the first, complete.
    exec 8>"$state/.lock"
    flock 8
    if [ -z "$(find "$state/lists" -name '*Packages*' -print -quit)" ]; then
        echo "guests: fetching package lists into $state" >&2
        # one source that does not answer is no reason to stop: what matters is asked for by name
        apt-get "${apt_options[@]}" -qq update >&2 || true
    fi
    exec 8>&-
}

# foreign_packages ARCHITECTURE DIR: from here on packages are those of another architecture.
foreign_packages()
{
    apt_options=(-o "APT::Architecture=$1" -o "APT::Architectures::=$1"
        -o "Dir::State::Lists=$2/apt/lists" -o "Dir::Cache=$2/apt")
    mkdir -p "$2/apt/lists/partial"
}

# know_package NAME DIR: makes sure apt knows NAME, with the machine's lists or private ones.
know_package()
{
    apt-cache "${apt_options[@]}" show "$1" >/dev/null 2>&1 && return
    use_private_lists "$2" && apt-cache "${apt_options[@]}" show "$1" >/dev/null 2>&1 && return
    fail "apt does not know the package '$1'. Check the network, then run:
    sudo apt-get update && make guests
The machine needs Debian 12 (bookworm) sources with 'main' in /etc/apt. Without network, copy
${1}_*.deb into $2."
}

# resolve_kernel META: prints the kernel package that the meta package depends on. Call
# know_package for META first.
resolve_kernel()
{
    local name
    name=$(apt-cache "${apt_options[@]}" depends --important "$1" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
    [ -n "$name" ] || fail "the package '$1' depends on no linux-image-*"
    echo "$name"
}

# download_package NAME DIR: the file of a package into DIR, all of it or nothing.
download_package()
{
    (
        part=$(mktemp -d "$2/.part.XXXXXX") || exit
        trap 'rm -rf "$part"' EXIT
        # as root, apt would drop to a user who may not write here
        cd "$part" && apt-get -qq -o APT::Sandbox::User= "${apt_options[@]}" download "$1" >&2 &&
            mv ./*.deb ..
    ) || fail "could not download $1; check the network, or run: sudo apt-get update"
}

# fetch_package NAME DIR: makes sure DIR holds one .deb of NAME.
fetch_package()
{
    compgen -G "$2/${1}_*.deb" >/dev/null && return
    echo "guests: downloading $1"
    know_package "$1" "$2"
    download_package "$1" "$2"
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
