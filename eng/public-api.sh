#!/usr/bin/env bash
# Writes PublicAPI.Unshipped.txt of the products anew from the sources. The build fails while these files differ from what is
# public; run this after a change on purpose, read the difference and commit it with the change.
#
# Usage: eng/public-api.sh
#
# The lists come from the compiler: with nothing declared as unshipped, the analyzer reports every public symbol that is not
# in PublicAPI.Shipped.txt (RS0016), and every line of that file whose symbol is gone (RS0017). Such a line stays there, and
# the unshipped file says that it was removed. Should the build fail, the files stay as they were.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
products=(Microsoft.ML.LightGcn Microsoft.ML.LightGcn.Hosting Microsoft.ML.LightGcn.Mpi Microsoft.ML.LightGcn.Parquet Microsoft.ML.LightGcn.TorchSharp)

work=$(mktemp -d)
restore() {
  for product in "${products[@]}"; do
    if [ -f "$work/$product.before" ]; then
      cp "$work/$product.before" "src/$product/PublicAPI.Unshipped.txt"
    fi
  done
  rm -rf "$work"
}
trap restore EXIT

for product in "${products[@]}"; do
  unshipped=src/$product/PublicAPI.Unshipped.txt
  if [ -f "$unshipped" ]; then
    cp "$unshipped" "$work/$product.before"
  fi
  echo '#nullable enable' >"$unshipped"
  rm -f "src/$product/obj/public-api.sarif"
done

# The log's path is relative, so that each writes into its own folder.
for product in "${products[@]}"; do
  if ! dotnet build -c Release "src/$product" -p:TreatWarningsAsErrors=false -p:RunAnalyzers=true \
    '-p:ErrorLog=obj/public-api.sarif%2Cversion=2.1' >"$work/build.log" 2>&1; then
    grep -E ' error |^error ' "$work/build.log" | sort -u >&2 || tail -n 20 "$work/build.log" >&2
    echo "the build failed; PublicAPI.Unshipped.txt is as it was" >&2
    exit 1
  fi
done

# Of each result of the log: the rule, then the symbol. A quote or a backslash in a symbol, in the default of a parameter,
# has a backslash before it. A partial type is reported once for each of its files.
symbols() {
  tr -d '\r' <"$2" |
    sed -n -e 's/^ *"ruleId": "\(.*\)",$/rule \1/p' -e 's/^ *"APIName": "\(.*\)",\{0,1\}$/name \1/p' |
    awk -v rule="$1" '$1 == "rule" { wanted = $2 == rule } $1 == "name" && wanted { print substr($0, 6) }' |
    sed 's/\\\(["\\]\)/\1/g'
}
for product in "${products[@]}"; do
  log=src/$product/obj/public-api.sarif
  if [ ! -f "$log" ]; then
    echo "the compiler wrote no $log; PublicAPI.Unshipped.txt is as it was" >&2
    exit 1
  fi
  {
    echo '#nullable enable'
    { symbols RS0016 "$log"; symbols RS0017 "$log" | sed 's/^/*REMOVED*/'; } | LC_ALL=C sort -u
  } >"$work/$product.after"
done
for product in "${products[@]}"; do
  cp "$work/$product.after" "src/$product/PublicAPI.Unshipped.txt"
  rm -f "$work/$product.before"
  echo "src/$product/PublicAPI.Unshipped.txt: $(($(wc -l <"$work/$product.after") - 1)) symbols"
done
