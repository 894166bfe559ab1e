#!/bin/sh
# Waits for a packed result of a training run that goes on in the background, and copies it with the log.
#   training/wait.sh WORK OUT NAME SECONDS
#     NAME: vae       the VAE after its training            (2 pieces, a picture)
#           denoiser  text encoder and denoiser             (3 pieces)
#           final     these, the sharpened VAE and samples  (5 pieces, a picture, scores)
#           log       nothing but the log, after SECONDS
# Ends with 0 if NAME is there, 1 if the time is over, 2 if the run has ended without it.
set -u
work=$1 out=$2 name=$3 seconds=$4
mkdir -p "$out"
end=$(($(date +%s) + seconds))
result=1
while [ "$(date +%s)" -lt "$end" ]; do
  if [ -e "$work/outbox/$name.done" ]; then
    case $name in
      final)
        vae=vae-sharpened
        [ -e "$work/outbox/$vae.done" ] || vae=vae
        cp "$work"/outbox/denoiser.tgz.* "$work/outbox/$vae".tgz.* "$work"/outbox/samples.png \
          "$work"/outbox/results.json "$out"/
        ;;
      *) cp "$work/outbox/$name".tgz.* "$work/outbox/$name".png "$out"/ 2>/dev/null ;;
    esac
    result=0
    break
  fi
  if [ -e "$work/ended" ]; then
    result=2
    break
  fi
  sleep 2
done
tail -n 25 "$work/log.txt"
cp "$work/log.txt" "$out"/
exit $result
