#!/usr/bin/env bash
# Builds a reference of the public API, web pages, from the XML docs of the products: docfx does the work.
#
# Usage: eng/api-reference.sh [FOLDER]   (artifacts/docs if not given)
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
target=${1:-artifacts/docs}
tools=artifacts/tools
[ -x "$tools/docfx" ] || dotnet tool install docfx --version 2.81.0 --tool-path "$tools"
dotnet build -c Release src/Microsoft.ML.LightGcn.TorchSharp
dotnet build -c Release src/Microsoft.ML.LightGcn.Parquet
dotnet build -c Release src/Microsoft.ML.LightGcn.Mpi
dotnet build -c Release src/Microsoft.ML.LightGcn.Hosting

work=artifacts/docfx
rm -rf "$work"
mkdir -p "$work"
cat >"$work/docfx.json" <<'JSON'
{
  "metadata": [
    {
      "src": [
        {
          "src": "../../src",
          "files": [
            "Microsoft.ML.LightGcn/bin/Release/net10.0/Microsoft.ML.LightGcn.dll",
            "Microsoft.ML.LightGcn.TorchSharp/bin/Release/net10.0/Microsoft.ML.LightGcn.TorchSharp.dll",
            "Microsoft.ML.LightGcn.Parquet/bin/Release/net10.0/Microsoft.ML.LightGcn.Parquet.dll",
            "Microsoft.ML.LightGcn.Mpi/bin/Release/net10.0/Microsoft.ML.LightGcn.Mpi.dll",
            "Microsoft.ML.LightGcn.Hosting/bin/Release/net10.0/Microsoft.ML.LightGcn.Hosting.dll"
          ]
        }
      ],
      "dest": "api"
    }
  ],
  "build": {
    "content": [
      { "files": ["api/**.yml", "api/index.md", "toc.yml", "index.md"] },
      { "src": "../../docs", "files": ["*.md"], "dest": "docs" }
    ],
    "resource": [{ "src": "../../docs", "files": ["plots/*.svg"], "dest": "docs" }],
    "globalMetadata": { "_appTitle": "Microsoft.ML.LightGcn", "_enableSearch": true },
    "template": ["default", "modern"],
    "output": "site"
  }
}
JSON
printf -- '- name: Pages\n  href: docs/README.md\n- name: API\n  href: api/\n' >"$work/toc.yml"
printf '# Microsoft.ML.LightGcn\n\n[Pages](docs/README.md), [API](xref:Microsoft.ML.LightGcn)\n' >"$work/index.md"
"$tools/docfx" "$work/docfx.json"
mkdir -p "$target"
cp -R "$work/site/." "$target/"
echo "$target/index.html"
