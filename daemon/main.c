/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printroomd. What each process may do stands here and is readable from top to bottom:
 *   as root        read settings, make the folders, start printroom-document under its own account;
 *   as `user`      everything else: store, keys, spool, devices' queues, the API's socket.
 * The network is never listened on, no PDF is parsed, no device is opened in this process.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/route.h"
#include "daemon/api/server.h"
#include "daemon/clock.h"
#include "daemon/cups/ppd.h"
#include "daemon/devices/rounds.h"
#include "daemon/document/client.h"
#include "daemon/error.h"
#include "daemon/fault.h"
#include "daemon/jobs/approvals.h"
#include "daemon/jobs/bypass.h"
#include "daemon/jobs/dispatch.h"
#include "daemon/jobs/expire.h"
#include "daemon/jobs/intake.h"
#include "daemon/jobs/month.h"
#include "daemon/jobs/notify.h"
#include "daemon/jobs/reconsider.h"
#include "daemon/jobs/recover.h"
#include "daemon/json-memory.h"
#include "daemon/keyring.h"
#include "daemon/log.h"
#include "daemon/office.h"
#include "daemon/store/custody.h"
#include "daemon/store/store.h"

enum { TICK_S = 20, STOP_PATIENCE_MS = 10000 };
/* A sender that has not come back for its document within a day does not come any more. */
static const int64_t stale_after_ms = 24LL * 3600 * 1000;

struct arguments {
    const char *settings_path;
    bool test;
    bool ppd;
    bool routes;
};

static int usage(FILE *stream, int status)
{
    fputs("usage: printroomd [-n] [-c FILE]\n"
          "       printroomd [-c FILE] --ppd\n"
          "       printroomd --routes\n",
          stream);
    return status;
}

/* Returns -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"test", no_argument, NULL, 'n'},
        {"ppd", no_argument, NULL, 'p'},
        {"routes", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "c:nhV", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->settings_path = optarg;
            break;
        case 'n':
            arguments->test = true;
            break;
        case 'p':
            arguments->ppd = true;
            break;
        case 'r':
            arguments->routes = true;
            break;
        case 'h':
            return usage(stdout, 0);
        case 'V':
            puts("printroomd " VERSION);
            return 0;
        default:
            return usage(stderr, 2);
        }
    }
    return optind < argc ? usage(stderr, 2) : -1;
}

/* Nothing of this process is for others to see, and it leaves no core behind. */
static void close_doors(void)
{
    const struct rlimit none = {0, 0};

    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

static int make_folder(const char *path, mode_t mode, const struct passwd *owner)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        log_write(LOG_LEVEL_ERROR, "%s: %s", path, strerror(errno));
        return pr_error_from_errno(errno);
    }
    if (owner != NULL &&
        (chown(path, owner->pw_uid, owner->pw_gid) != 0 || chmod(path, mode) != 0)) {
        log_write(LOG_LEVEL_ERROR, "%s: %s", path, strerror(errno));
        return pr_error_from_errno(errno);
    }
    return PR_OK;
}

static int become(const struct passwd *account)
{
    if (initgroups(account->pw_name, account->pw_gid) != 0 || setgid(account->pw_gid) != 0 ||
        setuid(account->pw_uid) != 0 || setuid(0) == 0) {
        log_write(LOG_LEVEL_ERROR, "cannot become %s: %s", account->pw_name, strerror(errno));
        return PR_EACCESS;
    }
    return PR_OK;
}

/* What needs root, if it was started as root; afterwards it is gone for good. */
static int prepare(const struct settings *settings, struct office *office)
{
    const struct passwd *account = NULL;
    bool root = geteuid() == 0;

    if (root) {
        account = getpwnam(settings->user);
        if (account == NULL || account->pw_uid == 0) {
            log_write(LOG_LEVEL_ERROR,
                      "the account %s (setting `user`) does not exist or is root; "
                      "make it with: useradd --system %s",
                      settings->user, settings->user);
            return PR_ENOENT;
        }
    }
    int result = make_folder(settings->state_directory, 0700, account);
    if (result == PR_OK) {
        result = make_folder(settings->run_directory, 0755, account);
    }
    const struct document_helper_settings helper = {
        .program = settings->document_program,
        .user = root ? settings->document_user : NULL,
        .timeout_s = settings->document.timeout_s,
        .memory_bytes = settings->document.memory_bytes,
        .children = settings->document.children,
        .pages_max = settings->document.pages_max,
    };
    if (result == PR_OK) {
        result = document_helper_start(&helper, &office->documents);
    }
    if (result == PR_OK && root) {
        result = become(account);
        /* Changing ids makes a process dumpable again. */
        prctl(PR_SET_DUMPABLE, 0);
    }
    return result;
}

static int open_spool(const char *path, int *ret_fd)
{
    int result = make_folder(path, 0700, NULL);

    if (result != PR_OK) {
        return result;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        log_write(LOG_LEVEL_ERROR, "%s: %s", path, strerror(errno));
        return pr_error_from_errno(errno);
    }
    *ret_fd = fd;
    return PR_OK;
}

static int open_rooms(const struct settings *settings, struct office *office)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/printroom.db", settings->state_directory);
    int result = store_open(path, &office->store);
    if (result == PR_OK) {
        snprintf(path, sizeof path, "%s/keys", settings->state_directory);
        result = keyring_open(path, office->store, &office->keyring);
    }
    if (result == PR_OK) {
        office->trace_key = keyring_trace_key(office->keyring);
        snprintf(path, sizeof path, "%s/spool", settings->state_directory);
        result = open_spool(path, &office->spool_fd);
    }
    if (result == PR_OK) {
        result = intake_desk_new(&office->desk);
    }
    if (result == PR_OK) {
        result = jobs_recover(office);
    }
    return result;
}

static void close_rooms(struct office *office)
{
    intake_desk_free(office->desk);
    if (office->spool_fd >= 0) {
        close(office->spool_fd);
    }
    keyring_close(office->keyring);
    store_close(office->store);
    document_helper_stop(office->documents);
}

/* The day's key is made in the morning, not when the first document waits for it. */
static void begin_day(struct office *office)
{
    char day[DAY_BYTES];
    struct age_recipient recipient;
    int result = keyring_today(office->keyring, day, &recipient);

    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "no document can be accepted today: %s", pr_strerror(result));
    }
}

/* Copies that are not back in time get into the register of violations when their day is over. */
static void note_overdue(struct office *office, int64_t now_ms)
{
    char today[DAY_BYTES];
    char month[POLICY_MONTH_BYTES];
    struct store_tx *tx = NULL;
    unsigned noted = 0;
    int result = store_begin(office->store, &tx);

    clock_day(now_ms, today);
    clock_month(now_ms, month);
    if (result == PR_OK) {
        result = custody_note_overdue(tx, today, month, &noted);
        if (result == PR_OK && noted > 0) {
            result = store_commit(tx);
        } else {
            store_rollback(tx);
        }
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "overdue copies cannot be noted: %s", pr_strerror(result));
    } else if (noted > 0) {
        log_write(LOG_LEVEL_WARNING, "%u numbered copies are overdue", noted);
    }
}

static bool hours_open(const struct settings *settings, int64_t now_ms)
{
    uint32_t minute;
    int64_t week_ms;

    clock_week(now_ms, &week_ms, &minute);
    return policy_hours_open(&settings->policy, minute);
}

/* Until somebody ends it; what time alone brings about is done here. */
static void run(struct office *office, struct bypass_watch *bypass, const sigset_t *signals)
{
    const struct timespec tick = {.tv_sec = fault_tick_s(TICK_S)};
    char month[POLICY_MONTH_BYTES] = "";
    char now_month[POLICY_MONTH_BYTES];
    struct notify_round round = {0};
    bool open = false;
    unsigned again = 0;
    int signal_number;

    jobs_reconsider_held(office);
    do {
        int64_t now_ms = store_now_ms();
        bool now_open = hours_open(office->settings, now_ms);

        clock_month(now_ms, now_month);
        if (strcmp(month, now_month) != 0 || (now_open && !open)) {
            memcpy(month, now_month, sizeof month);
            month_begin(office, month);
            again = office->settings->policy.hours_length > 0 ? 2 : 1;
        }
        open = now_open;
        /* Twice, since a job may be held by the hour of before just after the first. */
        if (again > 0) {
            again--;
            jobs_reconsider(office);
        }
        jobs_reconsider_duplicates(office);
        begin_day(office);
        intake_abandon_stale(office, now_ms - stale_after_ms);
        approvals_expire(office, now_ms);
        jobs_expire(office, now_ms);
        bypass_watch_run(bypass, office, now_ms);
        approvals_notify(office, &round, now_ms);
        note_overdue(office, now_ms);
        signal_number = sigtimedwait(signals, NULL, &tick);
    } while (signal_number < 0);
    log_write(LOG_LEVEL_NOTICE, "stopping (%s)", strsignal(signal_number));
}

static int serve(const struct settings *settings)
{
    struct office office = {.settings = settings, .spool_fd = -1};
    struct api_server *server = NULL;
    struct bypass_watch *bypass = NULL;
    struct device_rounds *rounds = NULL;
    sigset_t signals;

    /* Before any thread or helper: they inherit it, and only main() takes these signals. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    close_doors();
    int result = prepare(settings, &office);

    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (result == PR_OK) {
        result = open_rooms(settings, &office);
    }
    if (result == PR_OK) {
        result = bypass_watch_new(settings, &bypass);
    }
    if (result == PR_OK) {
        result = dispatcher_start(&office, &office.dispatcher);
    }
    if (result == PR_OK) {
        result = device_rounds_start(&office, &rounds);
    }
    if (result == PR_OK) {
        result = api_server_start(&office, &api_routes, &server);
    }
    if (result == PR_OK) {
        log_write(LOG_LEVEL_NOTICE, "printroomd " VERSION " serves at %s", settings->socket);
        run(&office, bypass, &signals);
    } else {
        log_write(LOG_LEVEL_ERROR, "cannot start: %s", pr_strerror(result));
    }
    api_server_stop(server, STOP_PATIENCE_MS);
    device_rounds_stop(rounds);
    dispatcher_stop(office.dispatcher);
    bypass_watch_free(bypass);
    close_rooms(&office);
    return result == PR_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.settings_path = PRINTROOM_SYSCONFDIR "/printroom.conf"};
    struct settings *settings;
    int status = read_arguments(argc, argv, &arguments);

    if (status >= 0) {
        return status;
    }
    if (arguments.routes) {
        api_routes_print(stdout);
        return 0;
    }
    json_memory_wipe();
    if (sodium_init() < 0 || settings_read(arguments.settings_path, &settings) != PR_OK) {
        return 1;
    }
    setenv("TZ", settings->time_zone, 1);
    tzset();
    log_set_level(settings->log_level);
    if (arguments.test) {
        printf("%s: in order\n", arguments.settings_path);
    } else if (arguments.ppd) {
        status = managed_queue_ppd_write(&settings->policy.ladder, settings->policy.default_level,
                                         stdout) == PR_OK
                     ? 0
                     : 1;
    } else {
        status = serve(settings);
    }
    settings_free(settings);
    return status > 0 ? status : 0;
}
