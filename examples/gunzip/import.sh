#!/bin/sh
# Makes runtime.ndjson of runtime.s, and zlib.ndjson of the objects in zlib's archive that inflate needs. The same
# inputs give the same bytes. Needs GNU as, and libz.a as Debian's zlib1g-dev installs it; LIBZ may name another.
#
#   examples/gunzip/import.sh [DIRECTORY]
#
# DIRECTORY is where the manifests go; without it they replace those beside this script.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$(cd "${1:-$here}" && pwd)
libz=${LIBZ:-/usr/lib/x86_64-linux-gnu/libz.a}
if [ ! -e "$libz" ]; then
  echo "import.sh: $libz is missing: install zlib1g-dev, or set LIBZ" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
as -o "$work/runtime.o" "$here/runtime.s"

import() { node "$here/../../packages/cli/bin/manifold.js" import "$@"; }
import "$work/runtime.o" -o "$output/runtime.ndjson"
import "$libz:inflate.o" "$libz:inftrees.o" "$libz:inffast.o" "$libz:adler32.o" "$libz:crc32.o" "$libz:zutil.o" \
  -o "$output/zlib.ndjson"
