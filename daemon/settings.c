/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/settings-devices.h"
#include "daemon/settings-levels.h"
#include "daemon/settings-rules.h"
#include "daemon/store/ledger.h"
#include "daemon/vault/trace-token.h"

/* libconfuse tells the line only; the column is found in the text. One reader at a time: its
 * callbacks carry no context, and settings are read once, before threads start. */
static struct {
    const char *path;
    char *text;
    unsigned mistakes;
} reading;

/* Start of a line (from 1) in the text being read. */
static const char *line_start(int line)
{
    const char *at = reading.text;

    for (int i = 1; i < line && at != NULL; i++) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    return at == NULL ? "" : at;
}

/* Column (from 1) of the value, or of the first word when there is none. */
static int column_of(int line, bool value)
{
    const char *start = line_start(line);
    size_t length = strcspn(start, "\n");
    const char *equals = value ? memchr(start, '=', length) : NULL;
    const char *at = equals != NULL ? equals + 1 : start;

    return (int)(at - start + (ptrdiff_t)strspn(at, " \t")) + 1;
}

static void complain(int line, bool value, const char *message)
{
    fprintf(stderr, "%s:%d:%d: %s\n", reading.path, line, column_of(line, value), message);
    reading.mistakes++;
}

void settings_complain(int line, const char *message)
{
    complain(line, false, message);
}

void settings_complain_of(int line, const char *text, const char *message)
{
    const char *start = line_start(line);
    const char *at = memmem(start, strcspn(start, "\n"), text, strlen(text));
    int column = at == NULL || at == start ? column_of(line, false) : (int)(at - start);

    fprintf(stderr, "%s:%d:%d: %s\n", reading.path, line, column, message);
    reading.mistakes++;
}

__attribute__((format(printf, 2, 0))) static void on_parse_error(cfg_t *cfg, const char *format,
                                                                 va_list arguments)
{
    char message[512];

    vsnprintf(message, sizeof message, format, arguments);
    complain(cfg->line, false, message);
}

/* Checks ------------------------------------------------------------------------------------------
 */

static int check_words(cfg_t *cfg, cfg_opt_t *option, const char *const *words)
{
    const char *value = cfg_opt_getnstr(option, 0);
    char message[256];

    for (const char *const *word = words; *word != NULL; word++) {
        if (strcmp(value, *word) == 0) {
            return 0;
        }
    }
    int length = snprintf(message, sizeof message, "%s must be", option->name);
    for (const char *const *word = words; *word != NULL && length < (int)sizeof message; word++) {
        length += snprintf(message + length, sizeof message - (size_t)length, "%s \"%s\"",
                           word == words ? "" : ",", *word);
    }
    complain(cfg->line, true, message);
    return 0;
}

#define WORD_CHECK(name, ...)                                                                      \
    static int name(cfg_t *cfg, cfg_opt_t *option)                                                 \
    {                                                                                              \
        static const char *const words[] = {__VA_ARGS__, NULL};                                    \
                                                                                                   \
        return check_words(cfg, option, words);                                                    \
    }

WORD_CHECK(check_language, "zh-CN", "en")
WORD_CHECK(check_log_level, "error", "warning", "notice", "info", "debug")
WORD_CHECK(check_authentication, "required", "claimed")
WORD_CHECK(check_unknown_person, "hold", "refuse")
WORD_CHECK(check_carry_over, "none", "all", "limited")

static int check_not_empty(cfg_t *cfg, cfg_opt_t *option)
{
    if (cfg_opt_getnstr(option, 0)[0] == '\0') {
        complain(cfg->line, true, "the text must not be empty");
    }
    return 0;
}

static int check_program(cfg_t *cfg, cfg_opt_t *option)
{
    const char *path = cfg_opt_getnstr(option, 0);

    if (path[0] != '\0' && (path[0] != '/' || access(path, X_OK) != 0)) {
        complain(cfg->line, true, "this must be the full path of a program, or \"\" for none");
    }
    return 0;
}

/* Tried as codes will have it. */
static int check_web_address(cfg_t *cfg, cfg_opt_t *option)
{
    static const char token[TRACE_TEXT_BYTES] = TRACE_PREFIX "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const char *host = cfg_opt_getnstr(option, 0);
    char address[TRACE_ADDRESS_BYTES];

    if (host[0] != '\0' && trace_token_address(token, host, address) != PR_OK) {
        complain(cfg->line, true,
                 "this must be a host name, with \":port\" where it needs one, of at most 48 "
                 "characters, or \"\" for none");
    }
    return 0;
}

static int check_full_path(cfg_t *cfg, cfg_opt_t *option)
{
    const char *path = cfg_opt_getnstr(option, 0);

    if (path[0] != '\0' && path[0] != '/') {
        complain(cfg->line, true, "this must be the full path of a file, or \"\" for none");
    }
    return 0;
}

/* The zone's file must exist: TZ with an unknown name silently means UTC. */
static int check_time_zone(cfg_t *cfg, cfg_opt_t *option)
{
    const char *zone = cfg_opt_getnstr(option, 0);
    char path[512];

    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    FILE *file =
        strstr(zone, "..") != NULL || zone[0] == '/' || zone[0] == '\0' ? NULL : fopen(path, "r");
    if (file == NULL) {
        complain(cfg->line, true, "no such time zone; take an IANA name such as \"Asia/Shanghai\"");
    } else {
        fclose(file);
    }
    return 0;
}

static const struct settings_range ranges[] = {
    {"timeout", 1, 3600},
    {"memory-mib", 64, 1048576},
    {"children", 1, 64},
    {"pages-max", 0, 1000000},
    {"copies-max", 0, 9999},
    {"poll-interval-ms", 50, 60000},
    {"device-timeout", 1, 3600},
    {"document-mib", 1, 65536},
    {"connections", 2, 4096},
    {"remind-after-hours", 0, 8784},
    {"expire-after-hours", 1, 8784},
    {"carry-over-max", 0, 1000000},
};

int settings_check_range(cfg_t *cfg, cfg_opt_t *option, const struct settings_range *allowed,
                         size_t length)
{
    long value = cfg_opt_getnint(option, 0);
    char message[128];

    for (size_t i = 0; i < length; i++) {
        if (strcmp(allowed[i].name, option->name) == 0 &&
            (value < allowed[i].min || value > allowed[i].max)) {
            snprintf(message, sizeof message, "%s must be between %ld and %ld", option->name,
                     allowed[i].min, allowed[i].max);
            complain(cfg->line, true, message);
        }
    }
    return 0;
}

static int check_range(cfg_t *cfg, cfg_opt_t *option)
{
    return settings_check_range(cfg, option, ranges, sizeof ranges / sizeof ranges[0]);
}

static int check_level_id(cfg_t *cfg, cfg_opt_t *option)
{
    const char *id = cfg_title(cfg_opt_getnsec(option, cfg_opt_size(option) - 1));

    if (id[0] == '\0' || strlen(id) >= POLICY_LEVEL_ID_BYTES ||
        strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id)) {
        complain(cfg->line, false, "a level's id is made of small letters, digits and '-'");
    }
    if (cfg_opt_size(option) > POLICY_LEVELS_MAX) {
        complain(cfg->line, false, "there can be at most eight levels");
    }
    return 0;
}

static int check_level_name(cfg_t *cfg, cfg_opt_t *option)
{
    size_t length = strlen(cfg_opt_getnstr(option, 0));

    if (length == 0 || length >= POLICY_LEVEL_NAME_BYTES) {
        complain(cfg->line, true, "a level's name has between 1 and 47 bytes");
    }
    return 0;
}

static void set_checks(cfg_t *cfg)
{
    static const struct {
        const char *option;
        cfg_validate_callback_t check;
    } checks[] = {
        {"state-directory", check_not_empty},
        {"run-directory", check_not_empty},
        {"user", check_not_empty},
        {"managed-queue", check_not_empty},
        {"cups-server", check_not_empty},
        {"cups-access-log", check_full_path},
        {"web-address", check_web_address},
        {"language", check_language},
        {"log-level", check_log_level},
        {"time-zone", check_time_zone},
        {"queue-authentication", check_authentication},
        {"policy|unknown-person", check_unknown_person},
        {"policy|copies-max", check_range},
        {"quota|carry-over", check_carry_over},
        {"quota|carry-over-max", check_range},
        {"document|timeout", check_range},
        {"document|memory-mib", check_range},
        {"document|children", check_range},
        {"document|pages-max", check_range},
        {"delivery|poll-interval-ms", check_range},
        {"delivery|device-timeout", check_range},
        {"sendmail", check_program},
        {"approvals|remind-after-hours", check_range},
        {"approvals|expire-after-hours", check_range},
        {"release|expire-after-hours", check_range},
        {"limits|document-mib", check_range},
        {"limits|connections", check_range},
        {"level", check_level_id},
        {"level|name-zh", check_level_name},
        {"level|name-en", check_level_name},
        {"level|copies-max", check_range},
    };

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        cfg_set_validate_func(cfg, checks[i].option, checks[i].check);
    }
    settings_rules_set_checks(cfg);
    settings_levels_set_checks(cfg);
    settings_devices_set_checks(cfg);
}

/* Taking over -------------------------------------------------------------------------------------
 */

static void take_policy(cfg_t *cfg, struct policy_settings *policy)
{
    cfg_t *section = cfg_getsec(cfg, "policy");

    policy_settings_default(policy);
    settings_levels_take(cfg, &policy->ladder);
    policy->default_level =
        policy_ladder_find(&policy->ladder, cfg_getstr(section, "default-level"));
    if (policy->default_level < 0) {
        complain(section->line, false, "default-level names no level of the ladder");
    }
    policy->unknown_person = strcmp(cfg_getstr(section, "unknown-person"), "refuse") == 0
                                 ? POLICY_UNKNOWN_PERSON_REFUSE
                                 : POLICY_UNKNOWN_PERSON_HOLD;
    policy->copies_max = (uint32_t)cfg_getint(section, "copies-max");
    policy->pages_max = (uint32_t)cfg_getint(cfg_getsec(cfg, "document"), "pages-max");
    settings_rules_take(cfg, policy);
}

static int64_t take_carry_over(cfg_t *section)
{
    const char *rule = cfg_getstr(section, "carry-over");

    if (strcmp(rule, "all") == 0) {
        return LEDGER_SHEETS_MAX;
    }
    return strcmp(rule, "limited") == 0 ? cfg_getint(section, "carry-over-max") : 0;
}

static char *copy_or(cfg_t *cfg, const char *key, const char *folder, const char *name)
{
    const char *value = cfg_getstr(cfg, key);
    char *copy;

    if (value != NULL && value[0] != '\0') {
        return strdup(value);
    }
    return asprintf(&copy, "%s/%s", folder, name) < 0 ? NULL : copy;
}

static bool take_texts(cfg_t *cfg, struct settings *settings)
{
    settings->state_directory = strdup(cfg_getstr(cfg, "state-directory"));
    settings->run_directory = strdup(cfg_getstr(cfg, "run-directory"));
    settings->socket = copy_or(cfg, "socket", cfg_getstr(cfg, "run-directory"), "printroom.sock");
    settings->user = strdup(cfg_getstr(cfg, "user"));
    settings->backend_user = strdup(cfg_getstr(cfg, "backend-user"));
    settings->document_user = strdup(cfg_getstr(cfg, "document-user"));
    settings->cups_server = strdup(cfg_getstr(cfg, "cups-server"));
    settings->cups_access_log = strdup(cfg_getstr(cfg, "cups-access-log"));
    settings->web_address = strdup(cfg_getstr(cfg, "web-address"));
    settings->managed_queue = strdup(cfg_getstr(cfg, "managed-queue"));
    settings->sendmail = strdup(cfg_getstr(cfg, "sendmail"));
    settings->time_zone = strdup(cfg_getstr(cfg, "time-zone"));
    settings->document_program =
        copy_or(cfg, "document-program", PRINTROOM_LIBEXECDIR, "printroom-document");
    settings->device_program =
        copy_or(cfg, "device-program", PRINTROOM_LIBEXECDIR, "printroom-device");
    settings->report_program =
        copy_or(cfg, "report-program", PRINTROOM_LIBEXECDIR, "printroom-report");
    settings->scan_program = copy_or(cfg, "scan-program", PRINTROOM_LIBEXECDIR, "printroom-scan");
    return settings->state_directory != NULL && settings->run_directory != NULL &&
           settings->socket != NULL && settings->user != NULL && settings->backend_user != NULL &&
           settings->document_user != NULL && settings->cups_server != NULL &&
           settings->cups_access_log != NULL && settings->web_address != NULL &&
           settings->managed_queue != NULL && settings->sendmail != NULL &&
           settings->time_zone != NULL && settings->document_program != NULL &&
           settings->device_program != NULL && settings->report_program != NULL &&
           settings->scan_program != NULL;
}

static int take_over(cfg_t *cfg, struct settings *settings)
{
    static const int64_t hour_ms = 3600000;
    cfg_t *document = cfg_getsec(cfg, "document");
    cfg_t *delivery = cfg_getsec(cfg, "delivery");
    cfg_t *approvals = cfg_getsec(cfg, "approvals");
    cfg_t *limits = cfg_getsec(cfg, "limits");

    if (!take_texts(cfg, settings)) {
        return PR_ENOMEM;
    }
    log_level_parse(cfg_getstr(cfg, "log-level"), &settings->log_level);
    settings->language = policy_language_parse(cfg_getstr(cfg, "language"));
    settings->queue_authenticated =
        strcmp(cfg_getstr(cfg, "queue-authentication"), "required") == 0;
    settings->document.timeout_s = (unsigned)cfg_getint(document, "timeout");
    settings->document.memory_bytes = (uint64_t)cfg_getint(document, "memory-mib") << 20;
    settings->document.children = (unsigned)cfg_getint(document, "children");
    settings->document.pages_max = (uint32_t)cfg_getint(document, "pages-max");
    settings->delivery.poll_interval_ms = (unsigned)cfg_getint(delivery, "poll-interval-ms");
    settings->delivery.device_timeout_s = (unsigned)cfg_getint(delivery, "device-timeout");
    settings->approvals.remind_ms = cfg_getint(approvals, "remind-after-hours") * hour_ms;
    settings->approvals.expire_ms = cfg_getint(approvals, "expire-after-hours") * hour_ms;
    settings->release_expire_ms =
        cfg_getint(cfg_getsec(cfg, "release"), "expire-after-hours") * hour_ms;
    settings_devices_take(cfg, &settings->devices);
    settings->limits.document_bytes = (uint64_t)cfg_getint(limits, "document-mib") << 20;
    settings->limits.connections = (unsigned)cfg_getint(limits, "connections");
    take_policy(cfg, &settings->policy);
    settings->carry_over_sheets = take_carry_over(cfg_getsec(cfg, "quota"));
    return reading.mistakes == 0 ? PR_OK : PR_EINVAL;
}

/* The whole file as text, for columns; settings files are small. */
static char *read_text(const char *path)
{
    enum { SETTINGS_BYTES_MAX = 1 << 20 };
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : calloc(1, SETTINGS_BYTES_MAX);

    if (text != NULL && fread(text, 1, SETTINGS_BYTES_MAX - 1, file) == 0 && ferror(file)) {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static int parse(cfg_t *cfg, struct settings **ret_settings)
{
    struct settings *settings = calloc(1, sizeof *settings);
    int result = settings == NULL ? PR_ENOMEM : PR_OK;

    if (result == PR_OK && cfg_parse_buf(cfg, reading.text) != CFG_SUCCESS) {
        if (reading.mistakes == 0) {
            complain(cfg->line, false, "the file cannot be understood from here");
        }
        result = PR_EINVAL;
    }
    if (result == PR_OK) {
        result = take_over(cfg, settings);
    }
    if (result != PR_OK) {
        settings_free(settings);
        return result;
    }
    *ret_settings = settings;
    return PR_OK;
}

/* The keys and their defaults; policy/printroom.conf explains them. */
static cfg_opt_t release_options[] = {
    CFG_INT("expire-after-hours", 72, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t document_options[] = {
    CFG_INT("timeout", 60, CFGF_NONE),
    CFG_INT("memory-mib", 1024, CFGF_NONE),
    CFG_INT("children", 2, CFGF_NONE),
    CFG_INT("pages-max", 5000, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t policy_options[] = {
    CFG_STR("default-level", "public", CFGF_NONE),
    CFG_STR("unknown-person", "hold", CFGF_NONE),
    CFG_INT("copies-max", 200, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t quota_options[] = {
    CFG_STR("carry-over", "none", CFGF_NONE),
    CFG_INT("carry-over-max", 100, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t delivery_options[] = {
    CFG_INT("poll-interval-ms", 500, CFGF_NONE),
    CFG_INT("device-timeout", 60, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t approvals_options[] = {
    CFG_INT("remind-after-hours", 24, CFGF_NONE),
    CFG_INT("expire-after-hours", 168, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t limits_options[] = {
    CFG_INT("document-mib", 2048, CFGF_NONE),
    CFG_INT("connections", 64, CFGF_NONE),
    CFG_END(),
};
static cfg_opt_t options[] = {
    CFG_STR("state-directory", PRINTROOM_STATEDIR, CFGF_NONE),
    CFG_STR("run-directory", PRINTROOM_RUNDIR, CFGF_NONE),
    CFG_STR("socket", "", CFGF_NONE),
    CFG_STR("user", "printroom", CFGF_NONE),
    CFG_STR("backend-user", "lp", CFGF_NONE),
    CFG_STR("document-user", "nobody", CFGF_NONE),
    CFG_STR("document-program", "", CFGF_NONE),
    CFG_STR("device-program", "", CFGF_NONE),
    CFG_STR("report-program", "", CFGF_NONE),
    CFG_STR("scan-program", "", CFGF_NONE),
    CFG_STR("log-level", "info", CFGF_NONE),
    CFG_STR("time-zone", "Asia/Shanghai", CFGF_NONE),
    CFG_STR("language", "zh-CN", CFGF_NONE),
    CFG_STR("cups-server", "/run/cups/cups.sock", CFGF_NONE),
    CFG_STR("cups-access-log", "/var/log/cups/access_log", CFGF_NONE),
    CFG_STR("web-address", "", CFGF_NONE),
    CFG_STR("managed-queue", "print-room", CFGF_NONE),
    CFG_STR("queue-authentication", "required", CFGF_NONE),
    CFG_STR("sendmail", "", CFGF_NONE),
    CFG_SEC("document", document_options, CFGF_NONE),
    CFG_SEC("policy", policy_options, CFGF_NONE),
    CFG_SEC("duplicates", settings_duplicates_options, CFGF_NONE),
    CFG_SEC("largest-job", settings_largest_job_options, CFGF_NONE),
    CFG_SEC("duplex", settings_duplex_options, CFGF_NONE),
    CFG_SEC("grayscale", settings_grayscale_options, CFGF_NONE),
    CFG_SEC("e-copy", settings_electronic_options, CFGF_NONE),
    CFG_SEC("urgent", settings_urgent_options, CFGF_NONE),
    CFG_SEC("hours", settings_hours_options, CFGF_NONE),
    CFG_SEC("quota", quota_options, CFGF_NONE),
    CFG_SEC("level", settings_level_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
    CFG_SEC("delivery", delivery_options, CFGF_NONE),
    CFG_SEC("approvals", approvals_options, CFGF_NONE),
    CFG_SEC("release", release_options, CFGF_NONE),
    CFG_SEC("devices", settings_devices_options, CFGF_NONE),
    CFG_SEC("limits", limits_options, CFGF_NONE),
    CFG_END(),
};

int settings_read(const char *path, struct settings **ret_settings)
{
    reading.path = path;
    reading.mistakes = 0;
    reading.text = read_text(path);
    if (reading.text == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return PR_ENOENT;
    }
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    int result = PR_ENOMEM;

    if (cfg != NULL) {
        cfg_set_error_function(cfg, on_parse_error);
        set_checks(cfg);
        result = parse(cfg, ret_settings);
        cfg_free(cfg);
    }
    free(reading.text);
    reading.text = NULL;
    return result;
}

void settings_free(struct settings *settings)
{
    if (settings == NULL) {
        return;
    }
    free(settings->state_directory);
    free(settings->run_directory);
    free(settings->socket);
    free(settings->user);
    free(settings->backend_user);
    free(settings->document_user);
    free(settings->document_program);
    free(settings->device_program);
    free(settings->report_program);
    free(settings->scan_program);
    free(settings->cups_server);
    free(settings->cups_access_log);
    free(settings->web_address);
    free(settings->managed_queue);
    free(settings->sendmail);
    free(settings->time_zone);
    free(settings);
}
