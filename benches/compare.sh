#!/usr/bin/env bash
# Puts dropline beside the plain decompressors, bgpkit-parser, bgpdump, monocle, bgpgrep and
# bgpreader, on the same files and counting the same routes, and prints a Markdown table. Of tools
# that are not on PATH the row says so.
#
#   benches/compare.sh [--data DIR] [ROW...]
#   benches/compare.sh --file PATH --prefix P [--prefix P...] [--collector NAME]
#
# ROW: rib-gz rib-bz2 updates-gz updates-bz2 watched origins memory everything threads (default: all)
# --file measures on a real file instead (rib-* or updates-* by its name). Name its prefixes
# exactly: dropline watches what lies inside a block, too, and then the counts differ.
#
# SCALE=small (default) or full, which has the sizes of the aims: a day of updates, 200,000
# prefixes, and a million for the memory; making its data takes a good while, once. RUNS=5.
# Commands of a row take turns, once to warm up and RUNS times for the medians; CPU is user and
# system time of the whole process.
set -euo pipefail
cd "$(dirname "$0")/.."

data=target/bench
scale=${SCALE:-small}
runs=${RUNS:-5}
file='' collector=''
prefixes=() rows=()
while (($#)); do
    case $1 in
        --data) data=$2; shift 2 ;;
        --file) file=$2; shift 2 ;;
        --prefix) prefixes+=("$2"); shift 2 ;;
        --collector) collector=$2; shift 2 ;;
        -*) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2 ;;
        *) rows+=("$1"); shift ;;
    esac
done
case $scale in
    small) size=60000 hours=2 large=60000 ;;
    full) size=200000 hours=24 large=1000000 ;;
    *) echo "SCALE is small or full" >&2; exit 2 ;;
esac
peers=40 rate=60
data=$data/$scale
mkdir -p "$data"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/dropline-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

die() { echo "compare.sh: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null; }
has /usr/bin/time || die "needs GNU time as /usr/bin/time"

if [[ -z ${BIN:-} ]]; then
    cargo build --release --quiet --bin dropline --examples
    BIN=${CARGO_TARGET_DIR:-target}/release
fi
ex=$BIN/examples

# ---- data, made once ----

make_data() { # DIR COLLECTOR PREFIXES HOURS
    local stamp=$data/$1/.$2-$3-$4
    [[ -e $stamp ]] && return
    echo "making $1: $2, $3 prefixes x $peers peers, $4 h" >&2
    "$ex/bench-data" --collector "$2" --prefixes "$3" --peers $peers --hours "$4" \
        --updates-per-second $rate -o "$data/$1" >&2
    : >"$stamp"
}
ris=rrc00 rv=route-views.sg day=20220421 from=2022-04-21T00:00Z
until_hour() { date -u -d "$from + $1 hours" +%Y-%m-%dT%H:%MZ; }
rib_gz() { echo "$data/$1/$ris/2022.04/bview.$day.0000.gz"; }
rib_bz2() { echo "$data/$1/$rv/bgpdata/2022.04/RIBS/rib.$day.0000.bz2"; }
updates_gz() { echo "$data/main/$ris/2022.04/updates."*.gz; }
updates_bz2() { echo "$data/main/$rv/bgpdata/2022.04/UPDATES/updates."*.bz2; }

# ---- measuring ----

TIMEFORMAT='%3R %3U %3S'
declare -A cpu wall peak
routes=0
median() { sort -n | awk '{v[NR]=$1} END {m=int((NR+1)/2); print NR%2 ? v[m] : (v[m]+v[m+1])/2}'; }

# take NAME COMMAND [NAME COMMAND...]: all take turns. dropline's 3 means that data is incomplete,
# as a RIB without the updates that follow it is.
take() {
    local run i name status
    local args=("$@")
    for ((run = 0; run <= runs; run++)); do
        for ((i = 0; i < $#; i += 2)); do
            name=${args[i]}
            status=0
            # The shell's clock has milliseconds, GNU time knows the memory.
            { time /usr/bin/time -q -f %M -o "$tmp/peak" bash -c "${args[i + 1]}" \
                >/dev/null 2>"$tmp/stderr" || status=$?; } 2>"$tmp/time"
            [[ $status == 0 || $status == 3 ]] \
                || die "$name failed ($status): $(tail -n 3 "$tmp/stderr")"
            ((run == 0)) || echo "$(<"$tmp/time") $(<"$tmp/peak")" >>"$tmp/$name.runs"
        done
    done
    for ((i = 0; i < $#; i += 2)); do
        name=${args[i]}
        wall[$name]=$(awk '{print $1}' "$tmp/$name.runs" | median)
        cpu[$name]=$(awk '{print $2 + $3}' "$tmp/$name.runs" | median)
        peak[$name]=$(awk '{print $4 / 1024}' "$tmp/$name.runs" | median)
        rm "$tmp/$name.runs"
    done
}

# agree NAME COMMAND...: all must print the same count.
agree() {
    local first='' count
    while (($#)); do
        count=$(bash -c "$2" | awk '{print $1; exit}')
        [[ -n $first ]] || first=$count
        [[ -n $count && $count == "$first" ]] || die "$1 counts $count routes, not $first"
        shift 2
    done
    routes=$first
    echo "all count $routes routes" >&2
}

# The latest run must have read its files whole and come to the same count: in a RIB's minute
# every route is lost from view, of updates the table of prefixes has the sums.
intact() { # rib|updates|any
    awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next}
        $at["state"] == "present" && $at["flags"] !~ /^("")?$/ {exit 1}' "$tmp/out/files.csv" \
        || die "dropline found its files damaged"
    local count=$routes
    case $1 in
        rib) count=$(awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next}
            $at["from"] == "present" {n++} END {print n + 0}' "$tmp/out/transitions.csv") ;;
        updates) count=$(awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next}
            {n += $at["announcements"] + $at["withdrawals"]} END {print n}' "$tmp/out/prefixes.csv") ;;
    esac
    [[ $count == "$routes" ]] || die "the run counts $count routes, not $routes"
}

row() { printf '| %s | %s | %s | %s | %s |\n' "$@"; }
num() { awk -v n="$1" 'BEGIN {printf n < 10 ? "%.2f" : n < 100 ? "%.1f" : "%.0f", n}'; }
verdict() { # RATIO <=|>= TARGET
    awk -v r="$1" -v s="$2" -v t="$3" 'BEGIN {exit !(s == "<=" ? r <= t : r >= t)}' \
        && echo "$2 $3" || echo "$2 $3 **missed**"
}
# at_most WORK MEASURE OURS THEIRS TARGET: ours in units of theirs.
at_most() {
    local -n m=$2
    local ratio=$(awk -v a="${m[$3]}" -v b="${m[$4]}" 'BEGIN {printf "%.3f", a / b}')
    row "$1, $2" "$(num "${m[$3]}") s" "$(num "${m[$4]}") s" "$(num "$ratio")" \
        "$([[ -z ${5:-} ]] || verdict "$ratio" '<=' "$5")"
}
# faster WORK MEASURE OURS THEIRS TARGET: how many times faster ours is.
faster() {
    local -n m=$2
    local ratio=$(awk -v a="${m[$4]}" -v b="${m[$3]}" 'BEGIN {printf "%.3f", a / b}')
    row "$1, $2" "$(num "${m[$3]}") s" "$(num "${m[$4]}") s" "$(num "$ratio") x" \
        "$([[ -z ${5:-} ]] || verdict "$ratio" '>=' "$5")"
}
# against TOOL WORK MEASURE OURS TARGET: how many times faster than a tool, if it is there.
against() {
    if has "$1"; then
        faster "$2, against $1" "$3" "$4" "$1" "$5"
    else
        row "$2, against $1, $3" "" "" "not installed" "${5:+>= $5}"
    fi
}
memory() { # WORK NAME MB
    row "$1, peak memory" "$(num "${peak[$2]}") MB" "" "" "$(verdict "${peak[$2]}" '<=' "$3") MB"
}

# ---- commands ----

((${#prefixes[@]})) || prefixes=(175.45.17{6,7,8,9}.0/24)
comma=$(IFS=,; echo "${prefixes[*]}")
few=$(printf -- '--prefix %s ' "${prefixes[@]}")
watch=$few
# The sixth field of a line of `bgpdump -m` is the prefix.
pattern="^([^|]*[|]){5}($(IFS='|'; echo "${prefixes[*]//./[.]}"))([|]|\$)"

run() { # THREADS COLLECTOR FROM TO FILE...
    local files=$(printf -- '--file %q ' "${@:5}")
    echo "rm -rf $tmp/out; $BIN/dropline -q run --no-report --threads $1 --collector $2 --from $3 --to $4" \
        "--full-feed all $watch $files -o $tmp/out"
}
scan() { echo "$ex/bench-dropline --threads $1 $few ${*:2}"; }
plain() { echo "$ex/bench-decode $*"; }
bgpkit() { echo "$ex/bench-bgpkit $comma $*"; }
# bgpdump and monocle take one file each.
each() { echo "for f in ${*:2}; do $1; done"; }
bgpdump_grep() { echo "$(each 'bgpdump -q -m $f' "$@") | grep -cE '$pattern'"; }
monocle_count() { echo "$(each "monocle parse -p $comma \$f" "$@") | wc -l"; }
bgpgrep_count() {
    local exact=$(printf -- '-or -exact %s ' "${prefixes[@]}")
    echo "bgpgrep $* ${exact#-or } | grep -cv '^#'"
}
bgpreader_count() {
    local keys=$(printf -- '-k %s ' "${prefixes[@]}")
    echo "bgpreader -d singlefile -o rib-file=$1 -w 0,2147483647 $keys | grep -c '^R|R|'"
}

# ---- rows ----

measure_rib() { # gz|bz2 FILE COLLECTOR FROM
    local form=$1 f=$2 to
    to=$(date -u -d "$4 + 1 minute" +%Y-%m-%dT%H:%MZ)
    local all=(run1 "$(run 1 "$3" "$4" "$to" "$f")" scan1 "$(scan 1 "$f")" plain "$(plain "$f")"
        run2 "$(run 2 "$3" "$4" "$to" "$f")" scan2 "$(scan 2 "$f")" bgpkit "$(bgpkit "$f")")
    local counts=(dropline "$(scan 2 "$f")" bgpkit-parser "$(bgpkit "$f")")
    case $form in
        gz) all+=(system "gzip -dc $f") ;;
        bz2) all+=(system "bzip2 -dc $f") ;;
    esac
    local others=(monocle "$(monocle_count "$f")" bgpgrep "$(bgpgrep_count "$f")"
        bgpreader "$(bgpreader_count "$f")") i
    for ((i = 0; i < ${#others[@]}; i += 2)); do
        ! has "${others[i]}" || { all+=("${others[@]:i:2}") counts+=("${others[@]:i:2}"); }
    done
    ! has bgpdump || counts+=(bgpdump "$(bgpdump_grep "$f")")
    agree "${counts[@]}"
    take "${all[@]}"
    intact rib
    if [[ $form == gz ]]; then
        at_most "RIB .gz, 1 thread, against plain inflate" cpu run1 plain 1.3
        at_most "- decoding alone" cpu scan1 plain
        faster "- against \`gzip -dc\`" cpu run1 system
        faster "RIB .gz, 1 thread, against bgpkit-parser routes" cpu run1 bgpkit 3.5
        against monocle "RIB .gz, 2 threads" wall run2 12
        against bgpgrep "RIB .gz, 2 threads" wall run2 1
        against bgpreader "RIB .gz, 2 threads" wall run2 1
    else
        at_most "RIB .bz2, 1 thread, against plain decode" cpu run1 plain 1.15
        at_most "- decoding alone" cpu scan1 plain
        at_most "RIB .bz2, 2 threads, against plain decode" wall run2 plain 0.60
        at_most "- decoding alone" wall scan2 plain
        faster "- against \`bzip2 -dc\`" wall run2 system
        faster "RIB .bz2, 2 threads, against bgpkit-parser routes" wall run2 bgpkit 2.6
        against monocle "RIB .bz2, 2 threads" wall run2 4
        against bgpgrep "RIB .bz2, 2 threads" wall run2 1
        against bgpreader "RIB .bz2, 2 threads" wall run2 1
    fi
}

measure_updates() { # gz|bz2 COLLECTOR FROM TO FILE...
    local form=$1 target
    case $form in gz) target=20 ;; bz2) target=6 ;; esac
    local files=("${@:5}")
    local all=(run2 "$(run 2 "$2" "$3" "$4" "${files[@]}")" scan2 "$(scan 2 "${files[@]}")"
        scan1 "$(scan 1 "${files[@]}")" plain "$(plain "${files[@]}")")
    local counts=(dropline "$(scan 2 "${files[@]}")" bgpkit-parser "$(bgpkit "${files[@]}")")
    if has bgpdump; then
        all+=(bgpdump "$(bgpdump_grep "${files[@]}")")
        counts+=(bgpdump "$(bgpdump_grep "${files[@]}")")
    fi
    agree "${counts[@]}"
    take "${all[@]}"
    intact updates
    local work="Updates .$form, ${#files[@]} files"
    against bgpdump "$work, 2 threads" wall run2 $target
    at_most "- decoding alone, 1 thread, against plain decode" cpu scan1 plain
    at_most "- the run, 2 threads, against plain decode on one" wall run2 plain
}

rib-gz() { make_data main $ris $size $hours; measure_rib gz "$(rib_gz main)" $ris $from; }
rib-bz2() { make_data main $rv $size $hours; measure_rib bz2 "$(rib_bz2 main)" $rv $from; }
updates-gz() {
    make_data main $ris $size $hours
    # shellcheck disable=SC2046
    measure_updates gz $ris $from "$(until_hour $hours)" $(updates_gz)
}
updates-bz2() {
    make_data main $rv $size $hours
    # shellcheck disable=SC2046
    measure_updates bz2 $rv $from "$(until_hour $hours)" $(updates_bz2)
}

# 100,000 /24s spread over the address space: the price of looking up, and of keeping what covers
# them; then every second prefix of the table: the price of keeping what is found. Measured is the
# whole process that decodes, its reading of the list included. Then the run, which counts and
# writes 100,000 prefixes, too.
watched() {
    make_data main $ris $size $hours
    awk 'BEGIN {for (i = 0; i < 100000; i++) {u = 65536 + i * 145
        printf "%d.%d.%d.0/24\n", u / 65536, u / 256 % 256, u % 256}}' >"$tmp/100k"
    "$ex/bench-data" --prefixes $size --peers $peers --list | awk 'NR % 2' >"$tmp/half"
    local rib updates minute decode="$ex/bench-dropline --watch"
    rib=$(rib_gz main) updates=$(updates_gz)
    take few "$(scan 1 "$rib")" many "$decode $tmp/100k $rib" half "$decode $tmp/half $rib"
    at_most "100,000 watched prefixes against 4, decoding a RIB .gz" cpu many few 1.3
    at_most "- half of the table watched" cpu half few
    minute=$(date -u -d "$from + 1 minute" +%Y-%m-%dT%H:%MZ)
    take few "$(run 1 $ris $from "$minute" "$rib")" \
        many "$(watch="--watch $tmp/100k" run 1 $ris $from "$minute" "$rib")"
    at_most "- 100,000 against 4, the whole run" cpu many few
    take few "$(scan 1 "$updates")" many "$decode $tmp/100k $updates" \
        half "$decode $tmp/half $updates"
    at_most "100,000 watched prefixes against 4, decoding updates .gz" cpu many few 1.3
    at_most "- half of the table watched" cpu half few
}

# An AS is watched whose prefixes no RIB gives away: update files are read a second time. Then the
# same prefixes, named.
origins() {
    make_data main $ris $size $hours
    local one two files to
    files=$(updates_gz) to=$(until_hour $hours)
    # shellcheck disable=SC2086
    one=$(run 1 $ris $from "$to" $files)
    # shellcheck disable=SC2086
    two=$(watch="--asn 131279" run 1 $ris $from "$to" $files)
    take two "$two" one "$one"
    at_most "An AS watched, without RIB, against its 4 prefixes: two passes over updates .gz" cpu two one 2.1
}

memory-rows() {
    local dir=main
    if ((large != size)); then
        dir=large
        make_data $dir $ris $large 0
        make_data $dir $rv $large 0
    else
        make_data $dir $ris $size $hours
        make_data $dir $rv $size $hours
    fi
    local to=2022-04-21T00:01Z
    take gz "$(run 2 $ris $from $to "$(rib_gz $dir)")" \
        bz2 "$(run 2 $rv $from $to "$(rib_bz2 $dir)")"
    memory "RIB .gz of $large prefixes x $peers peers, 4 watched, 2 threads" gz 150
    memory "RIB .bz2 of $large prefixes x $peers peers, 4 watched, 2 threads" bz2 150
}

everything() {
    local half=$((size / 2)) to
    make_data main $ris $size $hours
    make_data half $ris $half 1
    to=$(until_hour 1)
    local command="rm -rf $tmp/out; $BIN/dropline -q run --no-report --threads 2 --collector $ris --from $from
        --to $to --prefix 0.0.0.0/0 --prefix ::/0 -o $tmp/out"
    command=${command//$'\n'/ }
    take all "$command --archive $data/main" half "$command --archive $data/half"
    memory "Everything watched, 1 h on $size prefixes x $peers peers" all 4096
    at_most "- against $half prefixes" wall all half 2.2
}

threads() {
    make_data main $ris $size $hours
    make_data main $rv $size $hours
    local command="rm -rf $tmp/out; $BIN/dropline -q run --archive $data/main --from $from
        --to $(until_hour $hours) $watch -o $tmp/out"
    command=${command//$'\n'/ }
    take two "$command --threads 2" one "$command --threads 1"
    intact any
    faster "Both collectors' RIBs and $hours h of updates, 2 threads against 1" wall two one 1.8
}

# A real file.
measure_file() {
    local name=${file##*/} form=${file##*.} stamp begin step
    stamp=${name#*.} stamp=${stamp%.*}
    begin=$(date -u -d "${stamp%.*} ${stamp#*.}" +%Y-%m-%dT%H:%MZ)
    case $form in
        gz) step=5 collector=${collector:-rrc00} ;;
        bz2) step=15 collector=${collector:-route-views2} ;;
        *) die "$file is neither .gz nor .bz2" ;;
    esac
    case $name in
        updates.*) measure_updates "$form" "$collector" "$begin" \
            "$(date -u -d "$begin + $step minutes" +%Y-%m-%dT%H:%MZ)" "$file" ;;
        bview.* | rib.*) measure_rib "$form" "$file" "$collector" "$begin" ;;
        *) die "$name is none of bview.*, rib.*, updates.*" ;;
    esac
}

cores=$(nproc)
echo "SCALE=$scale, median of $runs, $cores cores, load $(cut -d' ' -f1 /proc/loadavg)"
echo
row work dropline other ratio target
row '---' '--:' '--:' '--:' '---'
if [[ -n $file ]]; then
    measure_file
else
    ((${#rows[@]})) || rows=(rib-gz rib-bz2 updates-gz updates-bz2 watched origins memory everything threads)
    for r in "${rows[@]}"; do
        case $r in
            memory) memory-rows ;;
            rib-gz | rib-bz2 | updates-gz | updates-bz2 | watched | origins | everything | threads) "$r" ;;
            *) die "no such row: $r" ;;
        esac
    done
fi
