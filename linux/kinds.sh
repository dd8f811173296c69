# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The kinds of guest images: sourced by make-guests and make-headers behind guest.conf and
# packages.sh, with `here` and `cache` set.
guest_kinds="default generic 32 small debian"

# choose_kind KIND: sets what the other functions go by.
#   image, rootfs     the files made
#   store             folder of packages, base and stamp of this kind
#   meta, package     Debian packages: the one that names the kernel, and the kernel (may be empty)
choose_kind()
{
    kind=$1 store=$cache/$1 meta= package='' apt_options=()
    image=$here/bzimage-$1 rootfs=$here/rootfs-$1.cpio
    case $1 in
    default)
        image=$here/bzimage rootfs=$here/rootfs.cpio store=$cache
        meta=$GUEST_KERNEL_META package=$GUEST_KERNEL_PACKAGE
        ;;
    generic) meta=$GUEST_GENERIC_META ;;
    32) meta=$GUEST_32_META ;;
    small) ;;
    debian) image=$here/bzimage ;; # a root file system for the default kernel
    *) fail "'$1' is no kind of guest image; there are: $guest_kinds" ;;
    esac
    mkdir -p "$store"
    # packages of another architecture than the machine's have lists and files of their own
    packages=$cache
    if [ "$1" = 32 ]; then
        packages=$store
        foreign_packages i386 "$store"
    fi
}

# kernel_package: prints the name of the chosen kind's kernel package: the pinned one, the one of
# the last time, or the one the meta package depends on now.
kernel_package()
{
    local name=$package
    [ -n "$name" ] || name=$(cat "$store/kernel-package" 2>/dev/null || true)
    if [ -z "$name" ] || { [ -n "${force:-}" ] && [ -z "$package" ]; }; then
        know_package "$meta" "$packages"
        name=$(resolve_kernel "$meta")
    fi
    echo "$name"
}
