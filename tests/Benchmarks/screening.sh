#!/usr/bin/env bash
# Measures what screening requests and answers, and redacting them, costs. Prints a report in Markdown.
#
#   bash tests/Benchmarks/screening.sh > docs/benchmarks/screening.md
set -euo pipefail

repository=$(git rev-parse --show-toplevel)
dotnet build "$repository/tests/Benchmarks/Screening" -c Release -v q -nologo >&2
cat <<REPORT
# Screening and redaction

\`bash tests/Benchmarks/screening.sh\`, $(date -u +%F), commit $(git -C "$repository" rev-parse --short HEAD), $(nproc) cores
($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), load average before it $(cut -d ' ' -f 1 /proc/loadavg).
One thread, medians. The stream is 20 events that hold an address, a year and a card, each split over several; an event is judged, redacted and written.

REPORT
"$repository/artifacts/bin/Screening/release/screening-benchmark"
