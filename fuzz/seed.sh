#!/usr/bin/env bash
# Cuts seeds for the fuzz targets into fuzz/corpus, which git ignores: from the real files that
# DROPLINE_MIRROR names, if it is set (they are never committed), and from the repository's own
# incidents and event tables.
set -euo pipefail
cd "$(dirname "$0")/.."
corpus=fuzz/corpus
mkdir -p "$corpus"/{decode,early_reject,bzip2,incident,delegated}

# seed TARGET NAME BYTE FILE: a seed is the byte that chooses, and a file.
seed() { { printf "\\x$3"; cat "$4"; } > "$corpus/$1/$2"; }

for file in data/incidents/*.toml; do seed incident "$(basename "$file")" 00 "$file"; done
for file in data/events/*.events; do
    head -c 6000 "$file" > "$corpus/piece"
    seed incident "$(basename "$file")" 02 "$corpus/piece"
done
for file in data/countries/*.toml; do seed delegated "$(basename "$file")" 02 "$file"; done
printf '2|apnic|20141221|2|19830613|20141221|+1000\napnic|KP|ipv4|175.45.176.0|1024|20091221|assigned\napnic|KP|ipv6|2001:db8::|32|20091221|allocated\napnic|KP|asn|131279|1|20091221|assigned\n' > "$corpus/piece"
seed delegated made 00 "$corpus/piece"

# What our own encoder writes: every record type.
made=$(mktemp -d)
trap 'rm -rf "$made" "$corpus/piece"' EXIT
cat > "$made/events" <<'EVENTS'
cover rrc00 2014-12-22T16:00Z 2014-12-22T16:10Z
micro route-views.sydney
peer 64502@192.0.2.2 as2
peer 64503@192.0.2.3 addpath
2014-12-22T16:00Z rrc00 64501@192.0.2.1 rib 10.0.1.0/24 64501 64500
2014-12-22T16:00Z rrc00 64502@192.0.2.2 rib 10.0.2.0/23 64502 {64498,64499}
2014-12-22T16:00Z rrc00 64503@192.0.2.3 rib 2001:db8:1::/48 64503 64499 id=1
2014-12-22T16:01Z rrc00 64501@192.0.2.1 announce 10.0.1.0/24,2001:db8:2::/48 64501 131279
2014-12-22T16:02Z rrc00 64502@192.0.2.2 announce 10.0.4.0/22 64502 4200000000
2014-12-22T16:03Z rrc00 64503@192.0.2.3 withdraw 10.0.1.0/24 id=9
2014-12-22T16:04Z rrc00 64501@192.0.2.1 update -10.0.4.0/22 +10.0.1.0/24 64501 64500
2014-12-22T16:05Z rrc00 64501@192.0.2.1 state 6 1
2014-12-22T16:06Z rrc00 64501@192.0.2.1 eor 4
2014-12-22T16:05:00.25Z route-views.sydney 64501@192.0.2.1 withdraw 10.0.1.0/24
2014-12-22T16:07Z rrc00 64501@192.0.2.1 raw 5 1 fbf5c0000201fbf1c00002fe0004180a000100000000
2014-12-22T16:08Z rrc00 64501@192.0.2.1 raw 5 3 fbf5c000020100060001
2014-12-22T16:00Z rrc00 64501@192.0.2.1 raw 12 1 0000000109010000180100000009c0000201fbf5000d4001010040020602 dump=20141222.1600
EVENTS
program=${DROPLINE:-target/debug/dropline}
[[ -x $program ]] || cargo build --quiet
"$program" -q encode "$made/events" -o "$made/archive"

# pieces NAME FILE: seeds of the first records of a file. Uncompressed for the scan (a mutated record
# is worth more than a mutated Huffman tree), as it lies for the containers.
pieces() {
    local name=$1 file=$2 kind=00 put=02
    case "$(basename "$file")" in bview* | rib* | *_rib*) kind=01 put=03 ;; esac
    case "$file" in
    *.gz) gzip -dc "$file" ;;
    *.bz2) bzip2 -dc "$file" ;;
    *) cat "$file" ;;
    esac 2> /dev/null | head -c 6000 > "$corpus/piece" || true
    seed early_reject "$name" "$kind" "$corpus/piece"
    seed decode "$name.put" "$put" "$corpus/piece"
    gzip -c "$corpus/piece" > "$made/piece.gz"
    seed decode "$name.gz" "$kind" "$made/piece.gz"
    bzip2 -1c "$corpus/piece" > "$made/piece.bz2"
    seed decode "$name.bz2" "$kind" "$made/piece.bz2"
    seed bzip2 "$name.put" 01 "$corpus/piece"
    # Two streams; the target writes the first three bytes itself.
    cat "$made/piece.bz2" "$made/piece.bz2" | tail -c +4 > "$corpus/piece"
    seed bzip2 "$name.lies" 00 "$corpus/piece"
}

n=0
while read -r file; do
    n=$((n + 1))
    pieces "made-$n" "$file"
done < <(find "$made/archive" -type f | sort)
if [[ -n ${DROPLINE_MIRROR:-} ]]; then
    while read -r file; do
        n=$((n + 1))
        pieces "real-$n" "$file"
    done < <(find "$DROPLINE_MIRROR" -type f \( -name '*.gz' -o -name '*.bz2' -o -name '*.mrt' \) | sort | awk 'NR % 4 == 0 || /mrt\//')
    for file in "$DROPLINE_MIRROR"/delegated*/*; do
        [[ -f $file ]] || continue
        head -c 4000 "$file" > "$corpus/piece"
        seed delegated "$(basename "$file")" 00 "$corpus/piece"
    done
fi
rm -f "$corpus/piece"
find "$corpus" -type f | cut -d/ -f3 2> /dev/null | sort | uniq -c || true
