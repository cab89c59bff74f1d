#!/usr/bin/env bash
# Measures push and pull of one large file through the registry over mutual TLS on loopback, against curl moving the same blob in the same run, rounds
# interleaved. Prints a report in Markdown.
#
#   bash tests/Benchmarks/delivery.sh > docs/benchmarks/delivery.md
set -euo pipefail

rounds=${ROUNDS:-3}
megabytes=${MEGABYTES:-1024}
repository=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill -TERM "$pid" 2> /dev/null || true; done; wait; rm -rf "$work"' EXIT

for project in CertAuthority ModelRegistry Cli; do dotnet build "$repository/$project" -c Release -maxcpucount:1 -v q -nologo >&2; done
bin=$repository/artifacts/bin
zakenak=$bin/Cli/release/zakenak
port=$((20000 + RANDOM % 10000))
authority=https://localhost:$port
registry=https://localhost:$((port + 1))
state=$work/state

base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }

# A token for one enrollment, as AppHost makes it.
token() {
  local claims key
  claims=$(printf '{"sub":"%s","ns":"dev","jti":"%s","exp":%d}' "$1" "$(openssl rand -hex 16)" $(($(date +%s) + 600)))
  key=$(od -An -v -tx1 "$state/run/enrollment-key" | tr -d ' \n')
  printf '%s.%s' "$(printf %s "$claims" | base64url)" "$(printf %s "$claims" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64url)"
}

# A policy by which one key signs, approves and pushes everything.
mkdir -p "$state/run" "$state/trust"
openssl rand 32 > "$state/run/enrollment-key"
chmod 600 "$state/run/enrollment-key"
"$zakenak" key create --out "$work/k.pem" > "$work/log"
"$zakenak" key create --out "$work/root.pem" > "$work/log"
cp "$work/root.pub.pem" "$state/trust/policy-root.pub.pem"
jq -nc --rawfile pem "$work/k.pub.pem" '{
  version: 1, keys: { k: { pem: $pem } }, roots: {},
  models: [ { name: "*", stages: ["Approved"], signers: [{ key: "k" }], approvers: [{ key: "k" }], attestations: [], on_revocation: "cut" } ],
  registry: [ { identity: "spiffe://zakenak.local/ns/dev/sa/operator", actions: ["push", "promote"], models: ["*"] } ] }' > "$state/trust/policy.json"
"$zakenak" policy sign "$state/trust/policy.json" --key "$work/root.pem" > "$work/log"

start() {
  local service=$1 project=$2 traffic=$3
  shift 3
  token "$service" > "$work/$service.token"
  env Listen__TrafficPort="$traffic" Listen__ManagementPort=$((traffic + 2)) Identity__TrustAnchorsFile="$state/trust/root.pem" \
    Identity__CertAuthorityUrl="$authority" Identity__TokenFile="$work/$service.token" "$@" \
    "$bin/$project/release/$project" > "$work/$service.log" 2>&1 < /dev/null &
  pids+=($!)
  until curl -sf "http://localhost:$((traffic + 2))/healthz" > "$work/log"; do
    kill -0 "${pids[-1]}" 2> /dev/null || { cat "$work/$service.log" >&2; exit 1; }
    sleep 0.1
  done
}

start cert-authority CertAuthority "$port" CertAuthority__Directory="$work/ca" CertAuthority__EnrollmentKeyFile="$state/run/enrollment-key"
start model-registry ModelRegistry $((port + 1)) Registry__Directory="$work/registry" Trust__PolicyFile="$state/trust/policy.json" \
  Trust__PolicyRootFile="$state/trust/policy-root.pub.pem"
server=${pids[-1]}
printf '{"model-registry":"%s","cert-authority":"%s"}' "$registry" "$authority" > "$state/run/endpoints.json"

# curl's own identity: a key, a request, a token. It does not check the server's name, because an SVID has a SPIFFE id instead of one.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=curl -keyout "$work/id.key" -outform der -out "$work/id.csr" 2> "$work/log"
jq -n --arg csr "$(base64 -w 0 "$work/id.csr")" --arg token "$(token operator)" '{csr: $csr, token: $token}' |
  curl -skf "$authority/v1/svid" -H 'Content-Type: application/json' -d @- > "$work/svid.json"
for certificate in $(jq -r '.certificates[]' "$work/svid.json"); do
  printf %s "$certificate" | base64 -d | openssl x509 -inform der
done > "$work/id.pem"
peer=(curl -skf --cert "$work/id.pem" --key "$work/id.key")

# Sets $elapsed in microseconds, $peak in MiB, the largest resident set of the command, and $cpu in seconds of processor.
measure() {
  local began=${EPOCHREALTIME/./}
  /usr/bin/time -o "$work/peak" -f '%M %U %S' "$@" > "$work/out" 2> "$work/err" || { cat "$work/err" "$work/out" >&2; exit 1; }
  elapsed=$((${EPOCHREALTIME/./} - began))
  read -r peak cpu < <(tail -n 1 "$work/peak" | awk '{ print int($1 / 1024), $2 + $3 }')
}

# A new file, signed, as the version that is named.
make() {
  rm -rf "$work/model"
  mkdir "$work/model"
  head -c "${megabytes}M" /dev/urandom > "$work/model/weights"
  "$zakenak" model sign "$work/model" --key "$work/k.pem" --name "$1" > "$work/log"
  digest=sha256:$(sha256sum "$work/model/weights" | cut -d ' ' -f 1)
}

upload() {
  local location
  location=$("${peer[@]}" "$registry/v1/uploads" -H 'Content-Type: application/json' -d "{\"digest\":\"$digest\",\"bytes\":$((megabytes * 1048576))}" | jq -r .location)
  "${peer[@]}" -X PATCH -T "$work/model/weights" -H 'upload-offset: 0' -H 'Content-Type: application/offset+octet-stream' "$registry$location"
}

download() { "${peer[@]}" "$registry/v1/blobs/$digest" -o "$work/blob"; sync "$work/blob"; }
export -f upload download
export registry digest work megabytes
export peer_line="${peer[*]}"

for ((round = 1; round <= rounds; round++)); do
  make "curl:v$round"
  export digest
  measure bash -c 'peer=($peer_line); upload'
  echo "$elapsed" >> "$work/curl-up"
  measure bash -c 'peer=($peer_line); download'
  echo "$elapsed" >> "$work/curl-down"
  rm "$work/blob"

  make "big:v$round"
  measure "$zakenak" model push "$work/model" --state "$state"
  echo "$elapsed" >> "$work/push"
  echo "$peak" >> "$work/push-peak"
  measure "$zakenak" model pull "big:v$round" --dest "$work/pulled" --public-key "$work/k.pub.pem" --state "$state"
  echo "$elapsed" >> "$work/pull"
  echo "$peak" >> "$work/pull-peak"
  rm -rf "$work/pulled"
  measure "$zakenak" model push "$work/model" --promote Approved --if-draft --key "$work/k.pem" --state "$state"
  measure "$zakenak" model push "$work/model" --promote Approved --if-draft --key "$work/k.pem" --state "$state"
  echo "$elapsed" >> "$work/again"
  echo "$cpu" >> "$work/again-cpu"
  find "$work/registry/blobs" -type f -delete
done

least() { sort -n "$work/$1" | head -n 1; }
most() { sort -n "$work/$1" | tail -n 1; }
row() {
  awk -v name="$1" -v us="$(least "$2")" -v peer="$(least "$3")" -v bytes=$((megabytes * 1048576)) \
    'BEGIN { printf "| %s | %.2f s | %.0f MB/s | %.2f |\n", name, us / 1e6, bytes / us, peer / us }'
}

cat <<REPORT
# Push and pull

\`bash tests/Benchmarks/delivery.sh\`, $(date -u +%F), commit $(git -C "$repository" rev-parse --short HEAD), $(nproc) cores
($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), load average at the end $(cut -d ' ' -f 1 /proc/loadavg) (other work ran beside).

One file of $megabytes MiB of noise, certificate authority, registry and client on this machine, TLS 1.3 with client certificates, the best of $rounds
interleaved rounds, a new file in each.

| | time | | speed against curl |
|---|---|---|---|
$(row "curl, upload" curl-up curl-up)
$(row "\`model push\`" push curl-up)
$(row "curl, download" curl-down curl-down)
$(row "\`model pull\`" pull curl-down)

curl only moves bytes over one connection. \`push\` starts, enrolls, hashes the file before the first byte is sent, and names the version; \`pull\` starts, enrolls,
verifies the signature, hashes while it writes, and waits for the disk.

| Memory, largest resident set | |
|---|---|
| \`model push\` | $(most push-peak) MiB |
| \`model pull\` | $(most pull-peak) MiB |
| registry, after all of it | $(($(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$server/status") / 1024)) MiB |

\`model push --promote Approved --if-draft\` of a version that the registry has: $(awk -v us="$(least again)" 'BEGIN { printf "%.2f s", us / 1e6 }'),
$(least again-cpu) s of processor.
REPORT
