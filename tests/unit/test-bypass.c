/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From cupsd's log into the register: whom, how often, across rotation, restarts and hostile lines.
 */
#include "tests/unit/store-support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/jobs/bypass.h"
#include "daemon/log.h"
#include "daemon/store/devices.h"
#include "daemon/store/people.h"

/* 2026-11-26 01:48:20 UTC, the time most lines tell. */
static const int64_t then_ms = 1795657700000;

struct scene {
    struct support *support;
    struct settings settings;
    struct office office;
    struct bypass_watch *watch;
    char log[128];
    int64_t now_ms;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct device_record device = {.name = "office-printer",
                                   .queue = "room-1",
                                   .uris_length = 1,
                                   .uris = {"ipp://localhost/x"}};
    void *support = NULL;

    assert_non_null(scene);
    support_set_up(&support);
    scene->support = support;
    snprintf(scene->log, sizeof scene->log, "%s/access_log", scene->support->folder);
    scene->settings.state_directory = scene->support->folder;
    scene->settings.cups_access_log = scene->log;
    scene->settings.managed_queue = strdup("print-room");
    scene->settings.user = strdup("printroom");
    scene->settings.queue_authenticated = true;
    scene->office.settings = &scene->settings;
    scene->office.store = scene->support->store;
    scene->now_ms = then_ms + 5000;

    struct store_tx *tx = support_begin(scene->support);

    assert_int_equal(department_add(tx, "academic", "教务处", "admin", NULL), PR_OK);
    assert_int_equal(person_add(tx, "wang", "王", "academic", 1U << ROLE_STAFF, "admin", NULL),
                     PR_OK);
    assert_int_equal(device_add(tx, &device, "admin", NULL), PR_OK);
    assert_int_equal(store_commit(tx), PR_OK);
    assert_int_equal(bypass_watch_new(&scene->settings, &scene->watch), PR_OK);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    void *support = scene->support;

    bypass_watch_free(scene->watch);
    free(scene->settings.managed_queue);
    free(scene->settings.user);
    free(scene);
    return support_tear_down(&support);
}

static void append(const struct scene *scene, const char *text)
{
    FILE *file = fopen(scene->log, "a");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/** A line of 01:48 and so many seconds. */
static void log_line(const struct scene *scene, int second, const char *user, const char *resource,
                     int status)
{
    char line[512];

    snprintf(line, sizeof line,
             "localhost - %s [26/Nov/2026:01:48:%02d +0000] \"POST %s HTTP/1.1\" %d 336 Create-Job"
             " successful-ok\n",
             user, second, resource, status);
    append(scene, line);
}

static void run(struct scene *scene)
{
    bypass_watch_run(scene->watch, &scene->office, scene->now_ms);
}

static void restart(struct scene *scene)
{
    bypass_watch_free(scene->watch);
    scene->watch = NULL;
    assert_int_equal(bypass_watch_new(&scene->settings, &scene->watch), PR_OK);
}

static int64_t count(const struct scene *scene, const char *where)
{
    char sql[512];
    struct store_tx *tx = support_begin(scene->support);

    snprintf(sql, sizeof sql, "SELECT count(*) FROM violation WHERE %s", where);
    int64_t number = support_number(tx, sql);

    store_rollback(tx);
    return number;
}

#define ALL "kind = 'queue-bypass'"

static void a_person_who_is_refused(void **state)
{
    struct scene *scene = *state;

    run(scene); /* there is no log yet: what appears is new */
    log_line(scene, 20, "-", "/printers/room-1", 401);
    log_line(scene, 20, "wang", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene,
                           ALL " AND person = 'wang' AND device = 1 AND department = 1"
                               " AND month = '2026-11' AND at = 1795657700000"
                               " AND detail = '{\"host\":\"localhost\",\"queue\":\"room-1\"}'"),
                     1);
    /* Her challenge was answered by her. */
    scene->now_ms += 60000;
    run(scene);
    assert_int_equal(count(scene, ALL), 1);
    struct store_tx *tx = support_begin(scene->support);
    assert_int_equal(support_number(tx, "SELECT count(*) FROM audit_leaf WHERE"
                                        " body ->> '$.event' = 'violation.add'"
                                        " AND body ->> '$.actor' = 'printroomd'"
                                        " AND body ->> '$.object' = 'wang'"),
                     1);
    assert_int_equal(support_number(tx, "SELECT violations FROM figure WHERE month = '2026-11'"
                                        " AND dimension = 'person' AND key = 'wang'"),
                     1);
    store_rollback(tx);
}

/* One a person, queue and day, whatever the number of tries. */
static void once_a_day(void **state)
{
    struct scene *scene = *state;

    run(scene);
    for (int i = 0; i < 300; i++) {
        log_line(scene, i % 60, "wang", "/printers/room-1", 403);
        log_line(scene, i % 60, i % 2 == 0 ? "li" : "zhao", "/printers/room-1", 403);
    }
    scene->now_ms += 60000;
    run(scene);
    assert_int_equal(count(scene, ALL), 3);
    append(scene,
           "10.0.0.9 - wang [26/Nov/2026:23:59:59 +0000] \"POST /printers/room-1 HTTP/1.1\" 403 1"
           " Print-Job successful-ok\n");
    scene->now_ms += 86400000;
    run(scene);
    assert_int_equal(count(scene, ALL), 3);
    append(scene,
           "10.0.0.9 - wang [27/Nov/2026:01:49:00 +0000] \"POST /printers/room-1 HTTP/1.1\" 403 1"
           " Print-Job successful-ok\n");
    run(scene);
    assert_int_equal(count(scene, ALL), 4);
}

static void a_challenge_nobody_answers(void **state)
{
    struct scene *scene = *state;

    run(scene);
    log_line(scene, 20, "-", "/printers/room-1", 401);
    log_line(scene, 21, "-", "/printers/room-1", 401);
    /* The service is let in, and so answers one of them. */
    log_line(scene, 21, "printroom", "/printers/room-1", 200);
    run(scene);
    scene->now_ms += 29000;
    run(scene);
    assert_int_equal(count(scene, ALL), 0);
    scene->now_ms += 1000;
    run(scene);
    assert_int_equal(count(scene, ALL " AND person = '' AND device = 1"), 1);
    assert_int_equal(count(scene, ALL), 1);
}

/* Other resources: what the sender writes there proves little. */
static void other_resources(void **state)
{
    struct scene *scene = *state;

    run(scene);
    log_line(scene, 20, "wang", "/printers/print-room", 403);
    log_line(scene, 20, "printroom", "/printers/room-1", 403);
    log_line(scene, 20, "-", "/", 401);
    log_line(scene, 20, "-", "/printers/print-room", 401);
    scene->now_ms += 40000;
    run(scene);
    assert_int_equal(count(scene, ALL), 0);
    /* However many names somebody makes up: one entry. */
    for (int i = 0; i < 200; i++) {
        char resource[64];

        snprintf(resource, sizeof resource, "/printers/made-up-%d", i);
        log_line(scene, 21, "wang", resource, 403);
    }
    run(scene);
    assert_int_equal(count(scene, ALL " AND device IS NULL AND detail LIKE '%\"queue\":\"\"%'"), 1);
    assert_int_equal(count(scene, ALL), 1);
    /* Where nobody is asked who they are on the managed queue, a challenge is one by a device's
     * queue. */
    scene->settings.queue_authenticated = false;
    log_line(scene, 22, "-", "/printers/print-room", 401);
    run(scene);
    scene->now_ms += 40000;
    run(scene);
    assert_int_equal(count(scene, ALL " AND person = ''"), 1);
}

static void hostile_lines(void **state)
{
    struct scene *scene = *state;
    char *long_line = malloc(200001);

    run(scene);
    assert_non_null(long_line);
    memset(long_line, 'a', 200000);
    long_line[200000] = '\0';
    append(scene, long_line);
    run(scene);
    append(scene, " - wang [26/Nov/2026:01:48:20 +0000] \"POST /printers/room-1 HTTP/1.1\" 403 1 "
                  "Print-Job -\n");
    append(scene, "\n\n\x01\xff\n- - -\nlocalhost - wang [] \"\" 403\n");
    run(scene);
    assert_int_equal(count(scene, ALL), 0);
    /* A time nobody believes gives the time it was read. */
    append(scene,
           "localhost - wang [26/Nov/9999:01:48:20 +0000] \"POST /printers/room-1 HTTP/1.1\" 403 1"
           " Print-Job -\n"
           "localhost - li [01/Jan/1970:00:00:00 +0000] \"POST /printers/room-1 HTTP/1.1\" 403 1"
           " Print-Job -\n");
    run(scene);
    assert_int_equal(count(scene, ALL " AND at = 1795657705000"), 2);
    free(long_line);
}

static void half_a_line_waits_for_its_end(void **state)
{
    struct scene *scene = *state;

    run(scene);
    append(scene, "localhost - wang [26/Nov/2026:01:48:20 +0000] \"POST /printers/ro");
    run(scene);
    restart(scene);
    run(scene);
    append(scene, "om-1 HTTP/1.1\" 403 1 Print-Job -\n");
    run(scene);
    assert_int_equal(count(scene, ALL), 1);
}

static void what_was_there_before(void **state)
{
    struct scene *scene = *state;

    log_line(scene, 20, "wang", "/printers/room-1", 403);
    append(scene, "localhost - li [26/Nov/2026:01:48:20 +0000] \"POST /printers/ro");
    run(scene);
    append(scene, "om-1 HTTP/1.1\" 403 1 Print-Job -\n");
    run(scene);
    assert_int_equal(count(scene, ALL), 0);
    log_line(scene, 21, "zhao", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene, ALL), 1);
}

static void move_away(const struct scene *scene, const char *ending)
{
    char path[160];

    snprintf(path, sizeof path, "%s%s", scene->log, ending);
    assert_int_equal(rename(scene->log, path), 0);
}

static void rotation(void **state)
{
    struct scene *scene = *state;

    run(scene);
    log_line(scene, 1, "a", "/printers/room-1", 403);
    run(scene);
    log_line(scene, 2, "b", "/printers/room-1", 403);
    move_away(scene, ".O");
    run(scene); /* there is no log now */
    log_line(scene, 3, "c", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene, ALL), 3);
    /* Moved while nobody looked. */
    log_line(scene, 4, "d", "/printers/room-1", 403);
    move_away(scene, ".1");
    restart(scene);
    run(scene);
    assert_int_equal(count(scene, ALL), 4);
    log_line(scene, 5, "e", "/printers/room-1", 403);
    restart(scene);
    run(scene);
    assert_int_equal(count(scene, ALL), 5);
    /* Emptied in its place. */
    assert_int_equal(truncate(scene->log, 0), 0);
    run(scene);
    log_line(scene, 6, "f", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene, ALL), 6);
    /* Moved, and the old one is gone. */
    restart(scene);
    assert_int_equal(unlink(scene->log), 0);
    log_line(scene, 7, "g", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene, ALL), 7);
}

/* Nothing is read twice after a restart, and reading it twice would add nothing. */
static void restarts(void **state)
{
    struct scene *scene = *state;
    char place[160];

    run(scene);
    log_line(scene, 1, "wang", "/printers/room-1", 403);
    run(scene);
    restart(scene);
    log_line(scene, 2, "li", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene, ALL), 2);
    snprintf(place, sizeof place, "%s/cups-access.place", scene->support->folder);
    struct stat status;
    assert_int_equal(stat(scene->log, &status), 0);
    FILE *file = fopen(place, "w");
    assert_non_null(file);
    fprintf(file, "%llu %llu 0 cbf29ce484222325\n", (unsigned long long)status.st_dev,
            (unsigned long long)status.st_ino);
    assert_int_equal(fclose(file), 0);
    restart(scene);
    run(scene);
    assert_int_equal(count(scene, ALL), 2);
    /* A damaged place is none. */
    file = fopen(place, "w");
    assert_non_null(file);
    fputs("1 2 -3 4\n", file);
    assert_int_equal(fclose(file), 0);
    restart(scene);
    run(scene);
    log_line(scene, 3, "zhao", "/printers/room-1", 403);
    run(scene);
    assert_int_equal(count(scene, ALL), 3);
}

/* Nothing put in the place of the log makes the service wait or follow. */
static void no_regular_file(void **state)
{
    struct scene *scene = *state;
    char other[160];

    log_set_level(LOG_LEVEL_ERROR);
    assert_int_equal(mkfifo(scene->log, 0600), 0);
    run(scene);
    assert_int_equal(unlink(scene->log), 0);
    snprintf(other, sizeof other, "%s.elsewhere", scene->log);
    assert_int_equal(symlink(other, scene->log), 0);
    run(scene);
    assert_int_equal(unlink(scene->log), 0);
    assert_int_equal(count(scene, ALL), 0);
}

static void none_is_read(void **state)
{
    const struct settings settings = {.cups_access_log = (char[]){""}};
    struct bypass_watch *watch = (void *)state;

    assert_int_equal(bypass_watch_new(&settings, &watch), PR_OK);
    assert_null(watch);
    bypass_watch_run(watch, NULL, 0);
    bypass_watch_free(watch);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_person_who_is_refused),
        SCENE(once_a_day),
        SCENE(a_challenge_nobody_answers),
        SCENE(other_resources),
        SCENE(hostile_lines),
        SCENE(half_a_line_waits_for_its_end),
        SCENE(what_was_there_before),
        SCENE(rotation),
        SCENE(restarts),
        SCENE(no_regular_file),
        cmocka_unit_test(none_is_read),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
