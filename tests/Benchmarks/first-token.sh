#!/usr/bin/env bash
# Measures what a newcomer waits for: fresh clone to first streamed token with an empty package cache, the second start, and the
# time to the first token when warm. Prints a report in Markdown.
#
#   bash tests/Benchmarks/first-token.sh > docs/benchmarks/first-token.md
set -euo pipefail

requests=100
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

now() { echo "${EPOCHREALTIME/./}"; } # microseconds
seconds() { awk -v us="$1" 'BEGIN { printf "%.1f s", us / 1e6 }'; }

# Starts the suite as the README says, pastes the line that it prints, and returns at the first token.
start_to_token() {
  local log=$work/log
  : > "$log"
  dotnet run --project AppHost -- --http-port "$port" --https-port "$((port + 1))" --no-dashboard > "$log" 2>&1 < /dev/null &
  pid=$!
  until grep -q "}]}'" "$log"; do
    kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.05
  done
  line=$(sed -n "/curl -N/,/}]}'/p" "$log")
  first_token
}

# grep leaves at the first token, and curl then ends with a broken pipe.
first_token() { { bash -c "$line" 2>/dev/null || true; } | grep -m 1 -q '"content":"[^"]'; }

stop() {
  kill -TERM "$pid"
  wait "$pid" || true
  pid=
}

port=$((20000 + RANDOM % 10000))
export NUGET_PACKAGES=$work/packages
repository=$(git rev-parse --show-toplevel)

began=$(now)
git clone -q "$repository" "$work/clone"
cd "$work/clone"
start_to_token
fresh=$(($(now) - began))
stop

began=$(now)
start_to_token
second=$(($(now) - began))

for _ in 1 2 3 4 5; do first_token; done
for ((i = 0; i < requests; i++)); do
  began=$(now)
  first_token
  echo $(($(now) - began))
done | sort -n > "$work/ttft"
quantile() { awk -v q="$1" '{ v[NR] = $1 } END { printf "%.0f ms", v[int((NR - 1) * q) + 1] / 1000 }' "$work/ttft"; }

cat <<REPORT
# From a fresh clone to the first token

\`bash tests/Benchmarks/first-token.sh\`, $(date -u +%F), commit $(git rev-parse --short HEAD), $(nproc) cores
($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), load average at the end $(cut -d ' ' -f 1 /proc/loadavg).

| What a newcomer waits for | Measured | Promise |
|---|---|---|
| fresh clone to first streamed token, empty package cache, build included | $(seconds "$fresh") | at most 120 s |
| second start, \`dotnet run\` to first streamed token | $(seconds "$second") | at most 8 s |
| first token of the guide model through the gateway, warm, p50 of $requests | $(quantile 0.5) | at most 100 ms |
| the same, p95 | $(quantile 0.95) | |

The time to the first token includes starting \`curl\` and \`grep\`.
REPORT
stop
