#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Builds newlib from Debian's newlib-source package into <destination>, once.
#
#   build-newlib.sh <destination> [<jobs>]
#
# The result is <destination>/{include,lib} and the marker <destination>/complete. Several
# builds may ask for the same destination at once: a lock file lets one of them work.
# Nothing of newlib is kept in the repository.
set -eu

destination=$1
jobs=${2:-2}
archive=$(ls /usr/src/newlib/newlib-*.tar.xz 2>/dev/null | head -n 1 || true)
here=$(cd "$(dirname "$0")" && pwd)

if [ -z "$archive" ]; then
    echo "build-newlib: /usr/src/newlib/newlib-*.tar.xz is missing." >&2
    echo "build-newlib: install it with: apt-get install newlib-source" >&2
    exit 1
fi

mkdir -p "$(dirname "$destination")"
exec 9>"$destination.lock"
flock 9
[ -e "$destination/complete" ] && exit 0

work=$destination.work
rm -rf "$work" "$destination"
mkdir -p "$work/tools" "$work/source" "$work/build"
log=$work/log
fail() {
    echo "build-newlib: $1 failed; the end of $log:" >&2
    tail -n 30 "$log" >&2
    exit 1
}

# newlib's configure looks for tools named after its target. The host compiler generates the
# right code once it is kept from announcing a Linux system.
cat > "$work/tools/x86_64-elf-gcc" <<'WRAPPER'
#!/bin/sh
exec gcc -U__linux__ -U__linux -Ulinux -U__unix__ -U__unix -Uunix -U__gnu_linux__ "$@"
WRAPPER
chmod +x "$work/tools/x86_64-elf-gcc"
ln -s x86_64-elf-gcc "$work/tools/x86_64-elf-cc"
for tool in ar as ld nm objcopy objdump ranlib readelf strip; do
    ln -s "$(command -v $tool)" "$work/tools/x86_64-elf-$tool"
done

# The same code generation flags as everything that links with it (cmake/target.cmake).
flags=$(tr '\n' ' ' < "$here/target-flags.txt")
flags="$flags -O2 -g1 -w -fcommon -D__DYNAMIC_REENT__"

echo "Building newlib once (about a minute): $destination"
tar -xJf "$archive" -C "$work/source" --strip-components=1
cd "$work/build"
PATH="$work/tools:$PATH" "$work/source/newlib/configure" \
    --host=x86_64-elf --build=x86_64-linux-gnu --prefix=/ \
    --disable-multilib --disable-newlib-supplied-syscalls \
    --enable-newlib-retargetable-locking --enable-newlib-io-long-long \
    --enable-newlib-io-c99-formats --enable-newlib-reent-check-verify=no \
    --disable-nls CC=x86_64-elf-gcc CFLAGS="$flags" > "$log" 2>&1 || fail configure
PATH="$work/tools:$PATH" make -j"$jobs" CFLAGS="$flags" >> "$log" 2>&1 || fail make
PATH="$work/tools:$PATH" make install DESTDIR="$work/install" >> "$log" 2>&1 || fail install

mkdir "$destination"
libc=$(find "$work/install" -name libc.a | head -n 1)
[ -n "$libc" ] || fail "finding libc.a"
mv "$(dirname "$libc")" "$destination/lib"
mv "$(dirname "$(find "$work/install" -name newlib.h | head -n 1)")" "$destination/include"
cp "$log" "$destination/log"
rm -rf "$work"
touch "$destination/complete"
