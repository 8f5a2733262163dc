#!/usr/bin/env bash
# TorchSharp's native library asks libstdc++ for version GLIBCXX_3.4.32, which came with GCC 13.2: Ubuntu 24.04 and Debian 13
# have it, Debian 12 does not. One symbol alone is missing there, std::ios_base_library_init(), and an older libstdc++ has
# no need of it.
#
# Usage: export LD_PRELOAD=$(eng/torch-libstdcxx-shim.sh [folder])
#
# Where it is needed, builds into the folder (default: artifacts/torch-shim) a libstdc++ that has the symbol and leaves all
# else to the real one, and prints its path; elsewhere prints nothing. Needs gcc, readelf and patchelf.
set -euo pipefail
folder=${1:-$(dirname "$0")/../artifacts/torch-shim}
version=GLIBCXX_3.4.32

[ "$(uname -sm)" = "Linux x86_64" ] || exit 0
real=$(ldconfig -p | awk '$1 == "libstdc++.so.6" && /x86-64/ && !found { print $NF; found = 1 }')
if [ -z "$real" ] || grep -q "$version" "$real"; then
  exit 0
fi
for tool in gcc readelf patchelf; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "$real lacks $version, which TorchSharp needs; to build a shim, install $tool." >&2
    exit 1
  fi
done

# The loader looks for every version that a library was linked against in the library of that name, which the shim takes
# the place of: it must declare them all, though it defines a single symbol.
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "$folder/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo 'void _ZSt21ios_base_library_initv(void) { }' >"$work/shim.c"
{
  readelf -VW "$real" | sed -n '/^Version def/,/^Version needs/p' | sed -n 's/.* Flags: none .* Name: \(.*\)/\1 { };/p'
  echo 'GLIBCXX_3.4.31 { };'
  echo "$version { global: _ZSt21ios_base_library_initv; local: *; };"
} >"$work/versions"
gcc -shared -fPIC -O2 -nostdlib -Wl,-soname,libstdc++.so.6 -Wl,--version-script="$work/versions" -o "$work/shim.so" "$work/shim.c"
patchelf --add-needed "$real" "$work/shim.so"
mv "$work/shim.so" "$folder/libstdc++.so.6"
echo "$folder/libstdc++.so.6"
