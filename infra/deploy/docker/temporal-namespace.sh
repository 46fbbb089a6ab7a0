#!/bin/sh
# Creates the namespace when the server is ready. It keeps closed workflows longer than the longest redelivery of a channel (Meta: 7 days):
# otherwise a redelivered message would be answered again.
set -eu

attempts=60
until temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 9d; do
  attempts=$((attempts - 1))
  if [ "$attempts" -eq 0 ]; then
    echo "Temporal at $TEMPORAL_ADDRESS did not accept the namespace $TEMPORAL_NAMESPACE within a minute." >&2
    exit 1
  fi
  sleep 1
done
