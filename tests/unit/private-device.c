/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/private-device.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 8631, START_TRIES = 400, START_STEP_MS = 25 };

static const char *const programs[] = {"/usr/bin/dbus-daemon", "/usr/sbin/avahi-daemon",
                                       "/usr/sbin/ippeveprinter"};

static const char bus_conf[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig><type>custom</type><listen>unix:path=%1$s/bus</listen><auth>EXTERNAL</auth>\n"
    "<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>\n"
    "<allow send_type=\"method_call\"/><allow send_destination=\"*\"/>\n"
    "<allow receive_sender=\"*\"/></policy></busconfig>\n";

static const char names_conf[] =
    "[server]\nhost-name=printroom-test\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lo\n"
    "[publish]\npublish-workstation=no\npublish-hinfo=no\n";

static const char command[] =
    "#!/bin/sh\ncd %1$s || exit 1\n"
    "[ -e fail ] && { echo 'ERROR: the fuser is cold' >&2; exit 1; }\n"
    "[ -e impressions ] && echo \"ATTR: job-impressions-completed=$(cat impressions)\" >&2\n"
    "while [ -e slow ]; do sleep 0.05; done\nexit 0\n";

const char *private_device_missing(void)
{
    if (geteuid() != 0) {
        return "needs root: the simulated device gets namespaces of its own";
    }
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (access(programs[i], X_OK) != 0) {
            return "dbus-daemon, avahi-daemon and ippeveprinter (cups-ipp-utils) are not all there";
        }
    }
    return NULL;
}

/* Namespaces ----------------------------------------------------------------------------------- */

static bool loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool up = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    (void)close(fd);
    return up;
}

bool private_device_enter(void)
{
    /* avahi-daemon keeps its pid file there, wherever its configuration lies. */
    return unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           (mkdir("/run/avahi-daemon", 0755) == 0 || access("/run/avahi-daemon", F_OK) == 0) &&
           mount("none", "/run/avahi-daemon", "tmpfs", 0, NULL) == 0 && loopback_up();
}

/* Files ---------------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static bool write_file(const struct private_device *device,
                                                             const char *name, mode_t mode,
                                                             const char *format, ...)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", device->folder, name);
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

bool private_device_set(const struct private_device *device, const char *name, const char *value)
{
    return write_file(device, name, 0644, "%s", value);
}

bool private_device_unset(const struct private_device *device, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", device->folder, name);
    return unlink(path) == 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

/* Processes ------------------------------------------------------------------------------------ */

static pid_t run(const struct private_device *device, const char *const *argv)
{
    const pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    char log[128];
    (void)snprintf(log, sizeof log, "%s/log", device->folder);
    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    char *arguments[24];
    size_t length = 0;
    for (; argv[length] != NULL && length < 23; length++) {
        arguments[length] = strdup(argv[length]);
    }
    arguments[length] = NULL;
    (void)execv(arguments[0], arguments);
    _exit(127);
}

static bool appears(const struct sockaddr *address, socklen_t length)
{
    for (int i = 0; i < START_TRIES; i++) {
        const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool connected = connect(fd, address, length) == 0;
        (void)close(fd);
        if (connected) {
            return true;
        }
        (void)poll(NULL, 0, START_STEP_MS);
    }
    return false;
}

static bool unix_appears(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    return appears((const struct sockaddr *)&address, sizeof address);
}

static bool start_printer(struct private_device *device)
{
    char script[128];
    char spool[128];
    char keys[128];
    char port[16];
    (void)snprintf(script, sizeof script, "%s/command", device->folder);
    (void)snprintf(spool, sizeof spool, "%s/spool", device->folder);
    (void)snprintf(keys, sizeof keys, "%s/keys", device->folder);
    (void)snprintf(port, sizeof port, "%d", PORT);
    const char *const argv[] = {
        programs[2], "-n",  "localhost", "-p",   port, "-f",   "application/pdf",
        "-d",        spool, "-K",        keys,   "-c", script, "-M",
        "Example",   "-m",  "Press 1",   "Test", NULL};
    device->printer = run(device, argv);
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    return appears((const struct sockaddr *)&address, sizeof address);
}

bool private_device_start(struct private_device *device)
{
    *device = (struct private_device){.folder = "/tmp/printroom-device-XXXXXX"};
    char path[128];
    char bus[128];
    if (mkdtemp(device->folder) == NULL || chmod(device->folder, 0755) != 0) {
        return false;
    }
    (void)snprintf(device->uri, sizeof device->uri, "ipp://localhost:%d/ipp/print", PORT);
    (void)snprintf(path, sizeof path, "%s/spool", device->folder);
    (void)snprintf(bus, sizeof bus, "%s/keys", device->folder);
    if (mkdir(path, 0755) != 0 || mkdir(bus, 0700) != 0 ||
        !write_file(device, "bus.conf", 0644, bus_conf, device->folder) ||
        !write_file(device, "names.conf", 0644, names_conf) ||
        !write_file(device, "command", 0755, command, device->folder)) {
        return false;
    }
    (void)snprintf(path, sizeof path, "--config-file=%s/bus.conf", device->folder);
    device->bus =
        run(device, (const char *const[]){programs[0], path, "--nofork", "--nopidfile", NULL});
    (void)snprintf(bus, sizeof bus, "%s/bus", device->folder);
    if (!unix_appears(bus)) {
        return false;
    }
    (void)snprintf(bus, sizeof bus, "unix:path=%s/bus", device->folder);
    (void)snprintf(path, sizeof path, "%s/names.conf", device->folder);
    if (setenv("DBUS_SYSTEM_BUS_ADDRESS", bus, 1) != 0) {
        return false;
    }
    device->names = run(device, (const char *const[]){programs[1], "-f", path, "--no-drop-root",
                                                      "--no-chroot", "--no-rlimits", NULL});
    return unix_appears("/run/avahi-daemon/socket") && start_printer(device);
}

static void end(pid_t *pid)
{
    if (*pid > 0 && kill(*pid, SIGKILL) == 0) {
        (void)waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

void private_device_remove(struct private_device *device)
{
    /* A test may have left this process as the service's account. */
    if (seteuid(0) != 0) {
        abort();
    }
    end(&device->printer);
    end(&device->names);
    end(&device->bus);
    (void)nftw(device->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
