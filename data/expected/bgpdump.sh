#!/usr/bin/env bash
# Counts with Debian's bgpdump 1.6.2 what each file of a mirror says; bgpdump.tsv is its output.
#   bgpdump.sh MIRROR > bgpdump.tsv
# Per file: bgpdump -m FILE | cut -d'|' -f3 | sort | uniq -c
set -euo pipefail
cd "$1"
printf '# bgpdump.sh: what `bgpdump -m` (Debian 1.6.2) prints, lines by their third field: A, W, STATE; B is a RIB entry.\n'
printf 'path\tsha256\tannounced\twithdrawn\tstates\trib_entries\n'
find archive archive-2008-02-24 mrt -type f \( -name '*.gz' -o -name '*.bz2' -o -name '*.mrt' \) | LC_ALL=C sort | while read -r path; do
    sum=$(sha256sum "$path" | cut -d' ' -f1)
    counts=$(bgpdump -m "$path" 2>/dev/null | awk -F'|' '
        { n[$3]++ } END { printf "%d\t%d\t%d\t%d", n["A"], n["W"], n["STATE"], n["B"] }')
    printf '%s\t%s\t%s\n' "$path" "$sum" "$counts"
done
