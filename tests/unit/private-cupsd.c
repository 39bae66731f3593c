/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/private-cupsd.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char cupsd_program[] = "/usr/sbin/cupsd";
static const char system_serverbin[] = "/usr/lib/cups";
static const char service[] = "daemon";
static const char stranger[] = "nobody";

enum { START_TRIES = 400, START_STEP_MS = 25 };

static const char files_conf[] = "User lp\nGroup lp\nSystemGroup root\n"
                                 "ServerRoot %1$s/root\nServerBin %1$s/bin\n"
                                 "RequestRoot %1$s/spool\nTempDir %1$s/spool/tmp\n"
                                 "CacheDir %1$s/cache\nStateDir %1$s/state\n"
                                 "AccessLog %1$s/log/access_log\nErrorLog %1$s/log/error_log\n"
                                 "PageLog %1$s/log/page_log\nServerKeychain %1$s/root/ssl\n";

static const char cupsd_conf[] =
    "Listen %1$s/cups.sock\nLogLevel debug\nMaxLogSize 0\nBrowsing Off\nWebInterface No\n"
    "PreserveJobHistory Yes\nPreserveJobFiles No\nDefaultAuthType Basic\n%2$s\n"
    "<Location />\nOrder allow,deny\nAllow localhost\n</Location>\n"
    "<Policy default>\n<Limit All>\nOrder deny,allow\n</Limit>\n</Policy>\n"
    "<Policy device>\n"
    "<Limit Get-Printer-Attributes>\nOrder deny,allow\n</Limit>\n"
    "<Limit All>\nAuthType Default\nRequire user daemon\nOrder deny,allow\n</Limit>\n"
    "</Policy>\n";

static const char printers_conf[] =
    "NextPrinterId 2\n<Printer device>\nPrinterId 1\nInfo device\nDeviceURI %1$s\n"
    "State Idle\nAccepting Yes\nShared No\nJobSheets standard standard\nOpPolicy device\n"
    "ErrorPolicy abort-job\n</Printer>\n";

static const char backend[] = "#!/bin/sh\n"
                              "[ $# -eq 0 ] && exit 0\numask 022\n"
                              "cd %1$s/output || exit 1\n"
                              "[ -e ../fail ] && { echo 'ERROR: the fuser is cold' >&2; exit 1; }\n"
                              "[ -e ../empty ] && echo 'STATE: +media-empty-error' >&2\n"
                              "while [ -e ../slow ] || [ -e ../empty ]; do sleep 0.05; done\n"
                              "echo 'STATE: -media-empty-error' >&2\n"
                              "printf %%s \"$3\" >$1.title; printf %%s \"$4\" >$1.copies\n"
                              "printf %%s \"$5\" >$1.options\n"
                              "cat ${6:+\"$6\"} >$1.part && mv $1.part $1.data\n";

/* The account ---------------------------------------------------------------------------------- */

static uid_t account(const char *name)
{
    const struct passwd *entry = getpwnam(name);
    return entry != NULL ? entry->pw_uid : (uid_t)-1;
}

/** Switches the effective account; the real one stays the service's, the saved one root. */
static void become(uid_t uid)
{
    if (seteuid(uid) != 0) {
        abort();
    }
}

const char *private_cupsd_missing(void)
{
    if (geteuid() != 0) {
        return "needs root: cupsd tells accounts apart by socket credentials";
    }
    if (access(cupsd_program, X_OK) != 0) {
        return "/usr/sbin/cupsd (cups-daemon) is not installed";
    }
    if (account(service) == (uid_t)-1 || account(stranger) == (uid_t)-1 ||
        account("lp") == (uid_t)-1) {
        return "the accounts daemon, nobody and lp are not all there";
    }
    return NULL;
}

/* The folder ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static bool write_file(const char *path, mode_t mode,
                                                             const char *format, ...)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    const bool written = vfprintf(file, format, arguments) >= 0;
    va_end(arguments);
    return fclose(file) == 0 && written && chmod(path, mode) == 0;
}

static bool make_folders(const char *folder)
{
    static const struct {
        const char *name;
        bool of_lp;
        mode_t mode;
    } folders[] = {{"root", false, 0755}, {"root/ssl", false, 0700},
                   {"bin", false, 0755},  {"bin/backend", false, 0755},
                   {"spool", true, 0710}, {"spool/tmp", true, 01770},
                   {"cache", true, 0770}, {"state", true, 0755},
                   {"log", false, 0755},  {"output", true, 0755}};
    const struct passwd *lp = getpwnam("lp");
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, folders[i].name);
        if (mkdir(path, folders[i].mode) != 0 || chmod(path, folders[i].mode) != 0 ||
            (folders[i].of_lp && chown(path, lp->pw_uid, lp->pw_gid) != 0)) {
            return false;
        }
    }
    return true;
}

static bool link_serverbin(const char *folder)
{
    static const char *const names[] = {"daemon",  "filter",  "notifier",
                                        "monitor", "cgi-bin", "driver"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char from[256];
        char to[256];
        (void)snprintf(from, sizeof from, "%s/%s", system_serverbin, names[i]);
        (void)snprintf(to, sizeof to, "%s/bin/%s", folder, names[i]);
        if (symlink(from, to) != 0) {
            return false;
        }
    }
    return true;
}

bool private_cupsd_prepare(struct private_cupsd *cupsd, const char *more_configuration,
                           const char *device_uri)
{
    *cupsd = (struct private_cupsd){.folder = "/tmp/printroom-cupsd-XXXXXX"};
    char path[256];
    become(0);
    if (mkdtemp(cupsd->folder) == NULL || chmod(cupsd->folder, 0755) != 0) {
        return false;
    }
    (void)snprintf(cupsd->socket, sizeof cupsd->socket, "%s/cups.sock", cupsd->folder);
    (void)snprintf(cupsd->output, sizeof cupsd->output, "%s/output", cupsd->folder);
    if (!make_folders(cupsd->folder) || !link_serverbin(cupsd->folder)) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/cups-files.conf", cupsd->folder);
    bool made = write_file(path, 0644, files_conf, cupsd->folder);
    (void)snprintf(path, sizeof path, "%s/cupsd.conf", cupsd->folder);
    made = made && write_file(path, 0644, cupsd_conf, cupsd->folder, more_configuration);
    (void)snprintf(path, sizeof path, "%s/root/printers.conf", cupsd->folder);
    made = made && write_file(path, 0600, printers_conf, device_uri);
    (void)snprintf(path, sizeof path, "%s/bin/backend/keep", cupsd->folder);
    made = made && write_file(path, 0755, backend, cupsd->folder);
    (void)snprintf(path, sizeof path, "%s/bin/backend/ipp", cupsd->folder);
    made = made && symlink("/usr/lib/cups/backend/ipp", path) == 0;
    return made && setresuid(account(service), account(service), 0) == 0;
}

/* The process ---------------------------------------------------------------------------------- */

static void run_cupsd(const struct private_cupsd *cupsd)
{
    char configuration[128];
    char files[128];
    (void)snprintf(configuration, sizeof configuration, "%s/cupsd.conf", cupsd->folder);
    (void)snprintf(files, sizeof files, "%s/cups-files.conf", cupsd->folder);
    if (setresuid(0, 0, 0) == 0) {
        (void)execl(cupsd_program, "cupsd", "-f", "-c", configuration, "-s", files, (char *)NULL);
    }
    _exit(127);
}

static bool answers(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return connected;
}

bool private_cupsd_start(struct private_cupsd *cupsd)
{
    cupsd->pid = fork();
    if (cupsd->pid == 0) {
        run_cupsd(cupsd);
    }
    for (int i = 0; i < START_TRIES && cupsd->pid > 0; i++) {
        if (answers(cupsd->socket)) {
            return true;
        }
        (void)poll(NULL, 0, START_STEP_MS);
    }
    return false;
}

void private_cupsd_end(struct private_cupsd *cupsd, int signal_number)
{
    if (cupsd->pid <= 0) {
        return;
    }
    become(0);
    if (kill(cupsd->pid, signal_number) == 0) {
        (void)waitpid(cupsd->pid, NULL, 0);
    }
    become(account(service));
    cupsd->pid = 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void private_cupsd_remove(struct private_cupsd *cupsd)
{
    private_cupsd_end(cupsd, SIGTERM);
    become(0);
    (void)nftw(cupsd->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    become(account(service));
}

bool private_cupsd_leave_account(void)
{
    become(0);
    /* A change of account made the process one that nobody may trace, the leak checker included. */
    return setresuid(0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

/* The device ----------------------------------------------------------------------------------- */

bool private_cupsd_device(struct private_cupsd *cupsd, const char *behaviour, bool on)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", cupsd->folder, behaviour);
    become(0);
    const bool done = on ? write_file(path, 0644, "%s", "") : unlink(path) == 0;
    become(account(service));
    return done;
}

ssize_t private_cupsd_kept(const struct private_cupsd *cupsd, int job_id, const char *part,
                           void *buffer, size_t size)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%d.%s", cupsd->output, job_id, part);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    const ssize_t length = read(fd, buffer, size);
    (void)close(fd);
    return length;
}

int private_cupsd_spooled(const struct private_cupsd *cupsd)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/spool", cupsd->folder);
    become(0);
    DIR *folder = opendir(path);
    become(account(service));
    if (folder == NULL) {
        return -1;
    }
    int documents = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        /* dNNNNN-NNN are queued documents, eight hexadecimal digits one that is arriving. */
        documents += entry->d_name[0] == 'd' || strlen(entry->d_name) == 8 ? 1 : 0;
    }
    (void)closedir(folder);
    return documents;
}

/* Other processes ------------------------------------------------------------------------------ */

int private_cupsd_as_stranger(int (*function)(const struct private_cupsd *),
                              const struct private_cupsd *cupsd)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const uid_t uid = account(stranger);
        if (seteuid(0) != 0 || setresuid(uid, uid, uid) != 0) {
            _exit(255);
        }
        _exit(function(cupsd));
    }
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        return -1;
    }
    return WEXITSTATUS(status);
}

bool private_cupsd_in_killed_child(void (*function)(const struct private_cupsd *, int),
                                   const struct private_cupsd *cupsd, int argument)
{
    const pid_t pid = fork();
    if (pid == 0) {
        function(cupsd, argument);
        (void)kill(getpid(), SIGKILL);
        _exit(255);
    }
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGKILL;
}
