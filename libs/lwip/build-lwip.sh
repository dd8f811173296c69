#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Builds lwIP from Debian's source package into <destination>, once.
#
#   build-lwip.sh <destination> <newlib> <gcc-include>
#
# The result is <destination>/{include,lib} and the marker <destination>/complete. The source
# package comes from the package sources of this machine (apt), or from <destination>/../lwip-source
# if it lies there already. Several builds may ask for the same destination at once: a lock file
# lets one of them work. Nothing of lwIP is kept in the repository.
set -eu

destination=$1
newlib=$2
gcc_include=$3
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$(dirname "$destination")"
exec 9>"$destination.lock"
flock 9
[ -e "$destination/complete" ] && exit 0

work=$destination.work
rm -rf "$work" "$destination"
mkdir -p "$work"
log=$work/log
source=$(dirname "$destination")/lwip-source
fail() {
    echo "build-lwip: $1; the end of $log:" >&2
    tail -n 30 "$log" >&2
    exit 1
}

# The machine's package sources, asked for source packages, with lists of our own: neither root nor
# a changed configuration is needed.
fetch() {
    rm -rf "$source.new"
    mkdir -p "$source.new/apt/lists/partial" "$source.new/apt/sources" "$source.new/apt/archives/partial"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" > "$source.new/apt/sources/$(basename "$file")"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -e "$file" ] && sed -n 's/^deb\(-src\)\? /deb-src /p' "$file" | sort -u \
            > "$source.new/apt/sources/$(basename "$file" .list).list"
    done
    cd "$source.new"
    set -- -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$source.new/apt/sources" \
        -o "Dir::State::Lists=$source.new/apt/lists" -o "Dir::Cache=$source.new/apt" \
        -o "Dir::Cache::Archives=$source.new/apt/archives" -o APT::Sandbox::User=
    # one source that does not answer is no reason to stop: what matters is asked for by name
    apt-get "$@" -qq update >> "$log" 2>&1 || true
    apt-get "$@" -qq source --download-only --only-source lwip >> "$log" 2>&1 || return 1
    cd /
    rm -rf "$source.new/apt" "$source"
    mv "$source.new" "$source"
}

# What is listed in the package's description is there and intact.
verify() {
    [ -e "$source"/lwip_*.dsc ] || return 1
    (cd "$source" && sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ \([0-9a-f]*\) [0-9]* \(.*\)/\1  \2/p' lwip_*.dsc |
        sha256sum -c --quiet -) >> "$log" 2>&1
}

: > "$log"
verify || fetch || fail "could not fetch the source package lwip; check the network, or put the files of
'apt-get source --download-only lwip' into $source"
verify || fail "the source package in $source is damaged; remove it"

echo "Building lwIP once (a few seconds): $destination"
# Debian's patches concern parts that are not built here.
mkdir "$work/source" "$work/objects" "$destination" "$destination/lib"
tar -xJf "$(ls "$source"/lwip_*.orig.tar.xz)" -C "$work/source" --strip-components=1
flags=$(tr '\n' ' ' < "$here/../libc/target-flags.txt")
flags="$flags -U__linux__ -U__linux -Ulinux -U__unix__ -U__unix -Uunix -U__gnu_linux__ -D__DYNAMIC_REENT__"
flags="$flags -O2 -g -w -nostdinc -isystem $newlib/include -isystem $gcc_include"
cd "$work/source/src"
ls core/*.c core/ipv4/*.c core/ipv6/*.c netif/ethernet.c "$here/port.c" > "$work/files"
# shellcheck disable=SC2086 # a list of words is meant
while read -r file; do
    object=$work/objects/$(echo "$file" | tr / _).o
    gcc $flags -Iinclude -I"$here/include" -c "$file" -o "$object" >> "$log" 2>&1 || fail "$file failed"
done < "$work/files"
ar rcs "$destination/lib/liblwip.a" "$work"/objects/*.o >> "$log" 2>&1 || fail "ar failed"
mv include "$destination/include"
cp "$work/source/COPYING" "$destination/COPYING"
cp "$log" "$destination/log"
rm -rf "$work"
touch "$destination/complete"
