#!/usr/bin/env bash
# Measures what choosing version and replica costs. Prints a report in Markdown; fails when a decision takes longer than promised.
#
#   bash tests/Benchmarks/routing.sh > docs/benchmarks/routing.md
set -euo pipefail

repository=$(git rev-parse --show-toplevel)
dotnet build "$repository/tests/Benchmarks/Routing" -c Release -v q -nologo >&2
cat <<REPORT
# Routing decisions

\`bash tests/Benchmarks/routing.sh\`, $(date -u +%F), commit $(git -C "$repository" rev-parse --short HEAD), $(nproc) cores
($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), load average before it $(cut -d ' ' -f 1 /proc/loadavg).
A decision is the look-up of the version, the hash of the prompt's beginning (at most \`Routing:PrefixBytes\`), the choice of the replica
under the lock, and counting the request in and out. 64 prompts in turn, 4 bytes a token, one thread.

REPORT
"$repository/artifacts/bin/Routing/release/routing-benchmark"
