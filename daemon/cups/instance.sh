# shellcheck shell=bash disable=SC2154 # variables of daemon/quickstart
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by daemon/quickstart: where an instance lives, and the processes that belong to it.
#
# An instance is everything under one folder. It is used by several accounts (printroom, lp, nobody, the staff), so each of
# them must be able to reach it; and paths of Unix sockets are short (108 bytes). Where the folder's own path is not fit
# for that, the folder is bind-mounted to a short path under /run and used there. $place is the path in use.

# Names of sockets and folders under $place; the longest socket path decides.
readonly socket_path_max=100

say() { printf '%s\n' "$*"; }
die() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}
warn() { printf 'quickstart: WARNING: %s\n' "$*" >&2; }

# --- places ----------------------------------------------------------------------------------------

# May everybody walk through each folder of this path?
traversable() {
    local path=$1 mode
    while [ "$path" != / ]; do
        mode=$(stat -c %a "$path") || return 1
        [ $((8#$mode & 1)) -eq 1 ] || return 1
        path=$(dirname "$path")
    done
}

short_path_of() { printf '/run/printroom-%s' "$(printf %s "$1" | sha256sum | cut -c1-12)"; }

is_mounted() { grep -qF " $1 " /proc/self/mounts; }

# Sets $place for the folder $1, mounting it if need be.
enter_place() {
    local home=$1 short
    mkdir -p "$home"
    chmod 0755 "$home"
    short=$(short_path_of "$home")
    if is_mounted "$short"; then
        place=$short
    elif traversable "$home" && [ $((${#home} + 24)) -le "$socket_path_max" ] &&
        [[ $home =~ ^[A-Za-z0-9/._+-]+$ ]]; then
        place=$home
    else
        mkdir -p "$short"
        if ! mount --bind "$home" "$short" 2>/dev/null; then
            rmdir "$short"
            die "$home cannot be reached by the accounts the parts run as (a folder above it is closed to" \
                "others, its path is too long, or has unusual characters), and this system does not" \
                "permit to mount it elsewhere. Use another folder: --home /var/tmp/printroom"
        fi
        place=$short
    fi
    printf '%s\n' "$place" >"$home/.place"
}

# Sets $place for an instance that exists; fails when there is none.
find_place() {
    [ -r "$1/.place" ] && place=$(cat "$1/.place") && [ -d "$place/pid" ]
}

leave_place() {
    local home=$1
    if is_mounted "$place/memory"; then
        umount "$place/memory" || warn "$place/memory is still in use"
    fi
    if [ "$place" != "$home" ] && is_mounted "$place"; then
        umount "$place" && rmdir "$place"
    fi
}

# A tmpfs for what must not get to a disk: cupsd's spool and the memory of the simulated printers.
mount_memory() {
    mkdir -p "$place/memory"
    is_mounted "$place/memory" && return 0
    if ! mount -t tmpfs -o mode=0755,nosuid,nodev printroom "$place/memory" 2>/dev/null; then
        warn "this system does not permit to mount a tmpfs. cupsd keeps each document, unencrypted, under"
        warn "$place/memory while it converts it. Where that is a disk, deleted"
        warn "documents can be recovered from it. Do not print anything secret with this instance."
    fi
}

# --- ports -----------------------------------------------------------------------------------------

port_is_free() {
    local hex
    printf -v hex ':%04X' "$1"
    # Column 2: local address, column 4: state, 0A is LISTEN.
    ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }'
}

# Prints the port kept under name $1; chooses another when there is none yet or somebody else has it now.
port_for() {
    local file="$place/etc/port-$1" port
    port=$(cat "$file" 2>/dev/null || echo 0)
    while [ "$port" -eq 0 ] || ! port_is_free "$port"; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    done
    printf '%s\n' "$port" >"$file"
    printf '%s\n' "$port"
}

# --- processes -------------------------------------------------------------------------------------
# A process is known by its number and its start time, so that a number used again is never taken for it.

start_time_of() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The name in parentheses may hold anything; state is the first field behind it, the start time the 20th.
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    # A zombie whose threads (18th) are still in a system call may yet write.
    { [ "$1" != Z ] || [ "${18}" -gt 1 ]; } && printf '%s' "${20}"
}

is_running() {
    local pid start
    read -r pid start 2>/dev/null <"$place/pid/$1" || return 1
    [ "$(start_time_of "$pid")" = "$start" ]
}

# start_process NAME COMMAND…: in the background, with its output in log/NAME.log.
start_process() {
    local name=$1 pid start
    shift
    # No descriptor of ours is handed on: the lock must not outlive this script.
    setsid "$@" </dev/null >>"$place/log/$name.log" 2>&1 {lock}>&- &
    pid=$!
    start=$(start_time_of "$pid") || die "$name did not start; see $place/log/$name.log"
    printf '%s %s\n' "$pid" "$start" >"$place/pid/$name"
}

# stop_process NAME [SIGNAL]: waits until it has ended.
stop_process() {
    local name=$1 signal=${2:-TERM} pid tries
    if is_running "$name"; then
        read -r pid _ <"$place/pid/$name"
        kill -s "$signal" "$pid" 2>/dev/null || true
        for ((tries = 0; tries < 600; tries++)); do
            is_running "$name" || break
            sleep 0.05
        done
        if is_running "$name"; then
            warn "$name did not end within 30 seconds; it is killed"
            kill -s KILL "$pid" 2>/dev/null || true
            while is_running "$name"; do sleep 0.05; done
        fi
    fi
    rm -f "$place/pid/$name"
}

# wait_for NAME COMMAND…: until the command succeeds; gives up when the process NAME has ended or after a minute.
wait_for() {
    local name=$1 tries
    shift
    for ((tries = 0; tries < 1200; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        is_running "$name" || break
        sleep 0.05
    done
    tail -n 20 "$place/log/$name.log" >&2
    die "$name is not ready; its log is $place/log/$name.log"
}
