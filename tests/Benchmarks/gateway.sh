#!/usr/bin/env bash
# Measures what the gateway costs beside bare YARP and nginx, all with mutual TLS to the same backend, and what it adds to 1,000 streams.
# Takes about five minutes; with --soak 10 it watches the gateway's memory for ten minutes instead. Fails when a promise is missed.
#
#   bash tests/Benchmarks/gateway.sh --out docs/benchmarks
#   bash tests/Benchmarks/gateway.sh --soak 10 --out docs/benchmarks
#
# Options: gateway.sh --help. Needs wrk and nginx; on Debian: apt-get install wrk nginx-light
set -euo pipefail

PATH=$PATH:/usr/sbin
for tool in wrk nginx; do
  command -v "$tool" > /dev/null || { echo "$tool is missing. On Debian: apt-get install wrk nginx-light" >&2; exit 2; }
done
repository=$(git rev-parse --show-toplevel)
dotnet build "$repository/tests/Benchmarks/Gateway/Load" -c Release -v q -nologo >&2
exec "$repository/artifacts/bin/GatewayLoad/release/gateway-benchmark" --commit "$(git -C "$repository" rev-parse --short HEAD)" "$@"
