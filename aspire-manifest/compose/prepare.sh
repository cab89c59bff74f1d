#!/bin/sh
# Makes what compose.yaml mounts, for the user who runs this: folders, and for each service the key by which it enrolls. What is there stays.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets api-keys features operator policy policy-root state/cert-authority state/feature-proxy state/gateway state/model-registry state/model-server state/models state/trust
for name in feature-proxy gateway model-registry model-server operator prometheus; do
  [ -s "secrets/$name" ] || head -c 32 /dev/urandom > "secrets/$name"
done
[ -s features/features.json ] || echo '{ "views": {}, "rows": [] }' > features/features.json
[ -s .env ] || echo "ZAKENAK_USER=$(id -u):$(id -g)" > .env
