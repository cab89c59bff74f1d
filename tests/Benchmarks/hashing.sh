#!/usr/bin/env bash
# Measures how fast models are verified, against OpenSSL's own speed of SHA-256 in the same run. Prints a report in Markdown.
#
#   bash tests/Benchmarks/hashing.sh > docs/benchmarks/hashing.md
set -euo pipefail

rounds=5
megabytes=1024
parts=8
repository=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
busy=$(awk -v n="$(nproc)" '{ print ($1 > n / 2) }' /proc/loadavg)

dotnet build "$repository/Cli" -c Release -v q -nologo >&2
zakenak=$repository/artifacts/bin/Cli/release/zakenak
"$zakenak" key create --out "$work/k.pem" > "$work/log"

# One file, the same bytes in several files, and next to nothing: what the process costs without hashing.
mkdir "$work/one" "$work/several" "$work/none"
head -c "${megabytes}M" /dev/urandom > "$work/one/weights"
split -n "$parts" "$work/one/weights" "$work/several/weights."
echo none > "$work/none/weights"
for model in one several none; do "$zakenak" model sign "$work/$model" --key "$work/k.pem" > "$work/log"; done

# Megabytes of 10^6 a second; user time of one process, as openssl measures by default.
peer() { openssl speed -mr -seconds 1 -bytes 1048576 "$@" -evp sha256 2> "$work/log" | awk -F: '/^\+F:/ { print $4 / 1e6 }'; }

# Seconds of wall clock and of processor, and the largest resident set in MiB, of one verification.
verify() {
  local peak=0 pid line
  { time "$zakenak" model verify "$work/$1" --public-key "$work/k.pub.pem" > "$work/log"; } 2> "$work/time" &
  pid=$!
  while kill -0 "$pid" 2> "$work/log.kill"; do
    for line in $(pgrep -P "$pid" 2> "$work/log.kill" || true); do
      line=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$line/status" 2> "$work/log.kill" || true)
      [ -z "$line" ] || [ "$line" -le "$peak" ] || peak=$line
    done
    sleep 0.02
  done
  wait "$pid"
  awk -v peak="$((peak / 1024))" '{ print $1, $2 + $3, peak }' "$work/time"
}
TIMEFORMAT='%R %U %S'

for ((i = 0; i < rounds; i++)); do
  openssl=$(peer)
  both=$(peer -elapsed -multi "$(nproc)")
  read -r none_wall none_cpu _ <<< "$(verify none)"
  read -r one_wall one_cpu one_peak <<< "$(verify one)"
  read -r several_wall several_cpu several_peak <<< "$(verify several)"
  dgst=$({ time openssl dgst -sha256 "$work/one/weights" > "$work/log"; } 2>&1 | awk '{ print $2 + $3 }')
  awk -v mb="$(awk -v m="$megabytes" 'BEGIN { print m * 1.048576 }')" -v o="$openssl" -v b="$both" -v nw="$none_wall" -v nc="$none_cpu" \
    -v ow="$one_wall" -v oc="$one_cpu" -v sw="$several_wall" -v sc="$several_cpu" -v d="$dgst" -v p1="$one_peak" -v p2="$several_peak" \
    'BEGIN { print o, b, mb / (oc - nc), mb / (oc - nc) / o, mb / (sc - nc), mb / (sc - nc) / o, mb / d / o, mb / (ow - nw), mb / (ow - nw) / o, mb / (sw - nw), mb / (sw - nw) / b, p1, p2 }'
done > "$work/rounds"

median() { sort -n -k "$1,$1" "$work/rounds" | awk -v c="$1" -v n="$rounds" 'NR == int((n + 1) / 2) { print $c }'; }
speed() { awk -v v="$(median "$1")" 'BEGIN { printf "%.0f MB/s", v }'; }
percent() { awk -v v="$(median "$1")" 'BEGIN { printf "%.0f %%", v * 100 }'; }

cat <<REPORT
# Hashing

\`bash tests/Benchmarks/hashing.sh\`, $(date -u +%F), commit $(git -C "$repository" rev-parse --short HEAD), $(nproc) cores
($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), $(openssl version | cut -d ' ' -f 1,2), load average at the end $(cut -d ' ' -f 1 /proc/loadavg).
\`zakenak model verify\` over $megabytes MiB in the page cache, less what it takes over no bytes. Medians of $rounds rounds; in each, all lines are measured one after the other.

| What | Speed | Of its peer |
|---|---|---|
| \`openssl speed -evp sha256\`, 1 MiB blocks, one core | $(speed 1) | |
| $parts files, by second of processor | $(speed 5) | $(percent 6) of one core |
| one file, by second of processor | $(speed 3) | $(percent 4) of one core |
| \`openssl dgst -sha256\` of that file, by second of processor | | $(percent 7) of one core |
REPORT
if [ "$busy" = 0 ]; then
  echo "| \`openssl speed -evp sha256 -multi $(nproc)\`, by the clock | $(speed 2) | |"
  echo "| one file, by the clock | $(speed 8) | $(percent 9) of one core |"
  echo "| $parts files on all cores, by the clock | $(speed 10) | $(percent 11) of all cores |"
else
  printf '\nOther work ran on this machine, so nothing is said here about speeds by the clock.\n'
fi
echo
echo "A file that the kernel grants a lease on is hashed where the page cache has it. Another is read, and its copy costs about a sixth more;"
echo "\`openssl dgst\` pays for that copy too, \`openssl speed\` reads nothing."
echo
echo "Largest resident set: $(median 12) MiB for one file, $(median 13) MiB for $parts files."
