# shellcheck shell=bash disable=SC2154 # variables of daemon/quickstart
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by daemon/quickstart: a cupsd of the instance's own, and its queues. Nothing of the machine's CUPS is read or
# written but its programs and data files.

export CUPS_SERVER

write_cupsd_settings() {
    local etc=$place/etc/cups memory=$place/memory/cups port=$1 link
    mkdir -p "$etc/ppd" "$etc/ssl" "$place/cups/bin/backend" "$place/cups/state" "$memory/cache"
    # Converters run as lp and make their files here.
    mkdir -p "$memory/spool" "$memory/tmp"
    chown root:lp "$memory/spool" "$memory/tmp"
    chmod 0710 "$memory/spool"
    chmod 1770 "$memory/tmp"
    for link in /usr/lib/cups/{cgi-bin,daemon,driver,filter,monitor,notifier}; do
        ln -sfn "$link" "$place/cups/bin/${link##*/}"
    done
    for link in ipp ipps socket; do
        ln -sfn "/usr/lib/cups/backend/$link" "$place/cups/bin/backend/$link"
    done
    ln -sfn "$prefix/lib/cups/backend/printroom" "$place/cups/bin/backend/printroom"

    cat >"$etc/cups-files.conf" <<END
User lp
Group lp
SystemGroup root
ServerRoot $etc
ServerBin $place/cups/bin
ServerKeychain $etc/ssl
DataDir /usr/share/cups
DocumentRoot /usr/share/cups/doc-root
RequestRoot $memory/spool
TempDir $memory/tmp
# cupsd keeps the titles of documents here.
CacheDir $memory/cache
StateDir $place/cups/state
# cupsd's logs of pages and errors can hold titles of documents; only errors go into them. The log of accesses has none:
# printroomd reads in it who was refused at a device's queue.
AccessLog $place/log/cups-access.log
PageLog /dev/null
ErrorLog $place/log/cupsd.log
LogFileGroup $service_user
LogFilePerm 0640
# Empty: the machine's list of printers is not touched.
Printcap
END
    cat >"$etc/cupsd.conf" <<END
Listen localhost:$port
Listen $place/run/cups.sock
LogLevel error
AccessLogLevel actions
MaxLogSize 4m
Browsing No
WebInterface No
DefaultAuthType Basic
DefaultEncryption IfRequested
# Documents are gone with the job; the job itself stays known.
PreserveJobFiles No
PreserveJobHistory Yes
MaxJobs 0
# A job that waits for the daemon waits as long as it takes.
MaxJobTime 0
JobRetryInterval 5
JobRetryLimit 0
MaxClients 500
MaxClientsPerHost 500
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Location /admin>
  AuthType Default
  Require user @SYSTEM
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Add-Modify-Class CUPS-Delete-Class CUPS-Set-Default Pause-Printer Resume-Printer Enable-Printer Disable-Printer Pause-Printer-After-Current-Job Hold-New-Jobs Release-Held-New-Jobs Deactivate-Printer Activate-Printer Restart-Printer Shutdown-Printer Startup-Printer Promote-Job Schedule-Job-After Cancel-Jobs CUPS-Accept-Jobs CUPS-Reject-Jobs CUPS-Get-Devices>
    AuthType Default
    Require user @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Send-Document Send-URI Hold-Job Release-Job Restart-Job Purge-Jobs Set-Job-Attributes Create-Job-Subscription Renew-Subscription Cancel-Subscription Get-Notifications Reprocess-Job Cancel-Current-Job Suspend-Current-Job Resume-Job Cancel-My-Jobs Close-Job CUPS-Move-Job CUPS-Get-Document>
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Cancel-Job CUPS-Authenticate-Job>
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
# Device queues: only the service prints on them, and only cupsd's own look at the socket's peer says who that is.
<Policy device>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit Create-Job Print-Job Print-URI Send-Document Send-URI Validate-Job Cancel-Job Cancel-Jobs Cancel-My-Jobs Close-Job Hold-Job Release-Job Restart-Job Reprocess-Job Set-Job-Attributes CUPS-Move-Job CUPS-Get-Document>
    AuthType Default
    Require user $service_user
    Order deny,allow
  </Limit>
  <Limit Pause-Printer Resume-Printer Enable-Printer Disable-Printer CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Set-Default CUPS-Accept-Jobs CUPS-Reject-Jobs>
    AuthType Default
    Require user @SYSTEM $service_user
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
END
}

start_cupsd() {
    CUPS_SERVER=$place/run/cups.sock
    if ! is_running cupsd; then
        write_cupsd_settings "$(port_for cupsd)"
        start_process cupsd cupsd -f -c "$place/etc/cups/cupsd.conf" -s "$place/etc/cups/cups-files.conf"
    fi
    wait_for cupsd lpstat -r
}

# The queue everybody prints to.
add_managed_queue() {
    # The queue's options are this PPD; lpadmin's warning that PPDs will go some day helps nobody here.
    lpadmin -p print-room -E -v "printroom://$place/run/daemon/api.sock" -P "$1" -D "Print room" \
        -o printer-is-shared=false -o printer-error-policy=retry-current-job 2>/dev/null ||
        die "the queue print-room cannot be made; see $place/log/cupsd.log"
    lpadmin -d print-room
}

# The queue of a device: NAME PORT.
add_device_queue() {
    lpadmin -p "$1" -E -v "ipp://localhost:$2/ipp/print" -m everywhere -o printer-is-shared=false \
        -o printer-op-policy=device -o printer-error-policy=retry-current-job ||
        die "the queue $1 cannot be made; see $place/log/cupsd.log"
}
