# shellcheck shell=bash disable=SC2154 # variables of daemon/quickstart
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by daemon/quickstart: simulated office printers, and the D-Bus and avahi they insist on. Both are the instance's
# own and announce nothing outside this machine.

export DBUS_SYSTEM_BUS_ADDRESS

# ippeveprinter cannot do without ::1.
check_loopback() {
    if ! grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null; then
        warn "this system has no IPv6 loopback address (::1); a shim is put under the simulated printers."
        return 1
    fi
}

start_bus() {
    local bus=$place/run/bus
    mkdir -p "$place/etc/simulators"
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$bus
    if ! is_running dbus; then
        rm -f "$bus"
        cat >"$place/etc/simulators/dbus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path=$bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow send_type="method_call"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
END
        start_process dbus dbus-daemon --config-file="$place/etc/simulators/dbus.conf" --nofork --nopidfile
    fi
    wait_for dbus test -S "$bus"
}

avahi_answers() {
    dbus-send --bus="$DBUS_SYSTEM_BUS_ADDRESS" --print-reply --dest=org.freedesktop.Avahi / \
        org.freedesktop.Avahi.Server.GetVersionString
}

# avahi-daemon has one fixed folder for its socket and pid file. In a mount namespace of its own it gets a private one;
# where that is not permitted it has to use the machine's.
start_avahi() {
    local settings=$place/etc/simulators/avahi.conf
    local run=(avahi-daemon -f "$settings" --no-drop-root --no-chroot --no-rlimits) pid
    if ! is_running avahi; then
        printf '%s\n' '[server]' "host-name=$(basename "$(short_path_of "$place")")" 'use-ipv6=no' 'allow-interfaces=lo' \
            '[publish]' 'publish-workstation=no' 'publish-hinfo=no' >"$settings"
        mkdir -p /run/avahi-daemon
        if unshare -m mount -t tmpfs none /run/avahi-daemon 2>/dev/null; then
            # shellcheck disable=SC2016
            run=(unshare -m sh -c 'mount -t tmpfs none /run/avahi-daemon && exec "$@"' sh "${run[@]}")
        else
            pid=$(cat /run/avahi-daemon/pid 2>/dev/null || true)
            if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != avahi-daemon ]; then
                rm -f /run/avahi-daemon/pid
            fi
        fi
        start_process avahi "${run[@]}"
    fi
    wait_for avahi avahi_answers
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_printer NAME: sets $printer_port.
start_printer() {
    local name=$1 memory=$place/memory/$1 shim=
    mkdir -p "$memory" "$place/output" "$place/control/$name"
    # The printer's memory is closed to everybody else; so is what is inside the paper tray, but not the paper.
    chown daemon:daemon "$memory" "$place/output" "$place/control/$name"
    chmod 0700 "$memory"
    if ! is_running "$name"; then
        printer_port=$(port_for "$name")
        if ! check_loopback; then
            shim=$place/simulators/ipv4-only.so
            [ -e "$shim" ] || gcc -shared -fPIC -O2 -o "$shim" "$place/simulators/ipv4-only.c"
        fi
        start_process "$name" setpriv --reuid daemon --regid daemon --clear-groups --no-new-privs \
            env ${shim:+LD_PRELOAD="$shim"} HOME="$memory" TMPDIR="$memory" \
            "$place/simulators/office-printer" "$name" "$printer_port" "$place/output" \
            "$place/control/$name" "$memory"
    fi
    printer_port=$(cat "$place/etc/port-$name")
    wait_for "$name" port_answers "$printer_port"
}
