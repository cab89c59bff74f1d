#!/usr/bin/env bash
# Loads the whole suite (gateway, mTLS, a signed random-weight model of 110M parameters) and running peers with the same model,
# in turns within one run, and writes the report. A peer is any server with OpenAI's chat completions:
#
#   bash tests/Benchmarks/serving.sh --model-file /tmp/random-110m.gguf
#   llama-server -m /tmp/random-110m.gguf --port 8091 -np 16 -t 1 -c 65536 &
#   bash tests/Benchmarks/serving.sh --peer llama-server=http://localhost:8091 --out docs/benchmarks/serving
#
# The first line only makes the model. What serving-benchmark takes besides (--workload, --rounds, ...) goes on to it.
# Give the peer as many threads as the suite has: cores - 1, or Engine__Threads.
set -euo pipefail

repository=$(git rev-parse --show-toplevel)
if [ "${1:-}" = --model-file ]; then
  exec dotnet run -c Release --project "$repository/models/RandomModel" -- --size 110m --out "${2:?a path for the model}"
fi
case " $* " in *" --peer "*) ;; *) echo "Name a running peer: --peer NAME=URL (see the head of this file)." >&2; exit 2 ;; esac

work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
export ZAKENAK_HOME=$work/state
dotnet build "$repository/tests/Benchmarks/Serving" -c Release -v q -nologo >&2
dotnet build "$repository/AppHost" -c Release -v q -nologo >&2
dotnet build "$repository/Cli" -c Release -v q -nologo >&2

dotnet run -c Release --project "$repository/models/RandomModel" -- --size 110m --out "$work/random.gguf" > "$work/log"
zakenak=$repository/artifacts/bin/Cli/release/zakenak
"$zakenak" key create --out "$work/k.pem" >> "$work/log"
"$zakenak" model import "$work/random.gguf" --name random --version v1 --sign-with "$work/k.pem" >> "$work/log"

# A second tenant, and no limit of requests: what is measured is the server, not its patience.
id=$(openssl rand -hex 8)
key=zk-$id-$(openssl rand 32 | basenc --base64url | tr -d '=\n')
(umask 077; printf %s "$key" > "$work/second-key"; mkdir -p "$ZAKENAK_HOME/gateway")
cat > "$ZAKENAK_HOME/gateway/keys.json" <<KEYS
{ "keys": [{ "id": "$id", "sha256": "$(printf %s "$key" | sha256sum | cut -d ' ' -f 1)", "tenant": "second", "models": ["random"],
  "created": "2026-01-01T00:00:00Z", "expires": "2036-01-01T00:00:00Z" }] }
KEYS
chmod 600 "$ZAKENAK_HOME/gateway/keys.json"

port=$((20000 + RANDOM % 10000))
Engine__ContextTokens=${Engine__ContextTokens:-65536} Limits__RequestsPerMinute=60000 Limits__TenantRequestsPerMinute=60000 \
  dotnet run --no-build -c Release --project "$repository/AppHost" -- --state-dir "$ZAKENAK_HOME" --model random:v1 \
  --http-port "$port" --https-port "$((port + 1))" --no-dashboard > "$work/suite.log" 2>&1 < /dev/null &
pid=$!
until grep -q "}]}'" "$work/suite.log"; do
  kill -0 "$pid" 2>/dev/null || { cat "$work/suite.log" >&2; exit 1; }
  sleep 0.2
done

"$repository/artifacts/bin/Serving/release/serving-benchmark" --peer "zakenak=http://localhost:$port" \
  --key-file "zakenak=$ZAKENAK_HOME/dev-api-key" --second-key-file "zakenak=$work/second-key" "$@"
