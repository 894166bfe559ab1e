#!/bin/sh
# Waits for a packed result of a training run that goes on in the background, and copies it.
#   training/wait.sh WORK OUT NAME SECONDS     NAME: vae, denoiser, final; or "log" to wait and copy only the log
# Ends with 0 if NAME is there, 1 if the time is over, 2 if the run has ended without it.
set -u
work=$1 out=$2 name=$3 seconds=$4
mkdir -p "$out"
end=$(($(date +%s) + seconds))
result=1
while [ "$(date +%s)" -lt "$end" ]; do
  if [ -e "$work/outbox/$name.done" ]; then
    cp "$work/outbox/$name".* "$out"/ && result=0
    break
  fi
  if [ -e "$work/ended" ]; then
    result=2
    break
  fi
  sleep 2
done
tail -n 25 "$work/log.txt" 2>/dev/null
cp "$work/log.txt" "$out"/ 2>/dev/null
exit $result
