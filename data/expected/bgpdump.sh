#!/usr/bin/env bash
# Counts with Debian's bgpdump 1.6.2 what each file of a mirror says; bgpdump.tsv is its output.
#   bgpdump.sh MIRROR > bgpdump.tsv
# The first four counts are the lines of `bgpdump -m FILE` by their third field: A, W, STATE and B. These lines do not
# tell unicast from multicast (SAFI 2), so the last two count what `bgpdump FILE` lists below a multicast attribute.
set -euo pipefail
cd "$1"
printf '# Made by bgpdump.sh with bgpdump 1.6.2. The multicast ones are among the announced and withdrawn.\n'
printf 'path\tsha256\tannounced\twithdrawn\tstates\trib_entries\tannounced_multicast\twithdrawn_multicast\n'
find archive archive-2008-02-24 mrt -type f \( -name '*.gz' -o -name '*.bz2' -o -name '*.mrt' \) | LC_ALL=C sort | while read -r path; do
    sum=$(sha256sum "$path" | cut -d' ' -f1)
    counts=$(bgpdump -m "$path" 2>/dev/null | awk -F'|' '
        { n[$3]++ } END { printf "%d\t%d\t%d\t%d", n["A"], n["W"], n["STATE"], n["B"] }')
    multicast="0	0"
    case "$path" in
    *rib*) ;;
    *)
        multicast=$(bgpdump "$path" 2>/dev/null | awk '
            /^TIME/ { reach = unreach = 0; list = "" }
            /^MP_REACH_NLRI\(.*Multicast\)/ { reach = 1 }
            /^MP_UNREACH_NLRI\(.*Multicast\)/ { unreach = 1 }
            /^ANNOUNCE/ { list = "A" }
            /^WITHDRAW/ { list = "W" }
            /^  / { a += reach && list == "A"; w += unreach && list == "W" }
            END { printf "%d\t%d", a, w }')
        ;;
    esac
    printf '%s\t%s\t%s\t%s\n' "$path" "$sum" "$counts" "$multicast"
done
