/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Printers on USB, against a simulated one under umockdev, as the account "nobody" where that can
 * be. Started without an argument this program starts itself once for each scenario, below the
 * simulator; then it is a plain user of libusb that knows nothing of all this. Skipped (77) without
 * umockdev.
 */
#include <errno.h>
#include <grp.h>
#include <libusb.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/transport-usb.h"
#include "drivers/usb-link.h"

enum {
    OPEN_MS = 5000,
    ANSWER_MS = 5000,
    SHORT_MS = 100,
    WATCH_MS = 3000,
    LOG_BYTES = 8192,
    TEST_SKIPPED = 77
};

static const char uri[] = "usb://Example/Press%202?serial=S0001";
static const char *log_file;

/* Talking -------------------------------------------------------------------------------------- */

static char message[DEVICE_TEXT_BYTES];

static enum device_result try_open(const char *name, int within_ms, struct device_stream **ret)
{
    message[0] = '\0';
    return usb_stream_open(&usb_machine, name, usb_now_ms() + within_ms, ret, message);
}

static struct device_stream *open_it(void)
{
    struct device_stream *stream = NULL;
    const enum device_result result = try_open(uri, OPEN_MS, &stream);
    if (result != DEVICE_OK) {
        fail_msg("not opened: %d, %s", (int)result, message);
    }
    return stream;
}

static void close_it(struct device_stream *stream)
{
    stream->carrier->close(stream);
}

/** @return 0, or what the carrier failed with */
static ssize_t send(struct device_stream *stream, const char *text)
{
    size_t size = strlen(text);
    while (size > 0) {
        const ssize_t written =
            stream->carrier->write(stream, text, size, usb_now_ms() + ANSWER_MS);
        if (written < 0) {
            return written;
        }
        text += written;
        size -= (size_t)written;
    }
    return 0;
}

/** Reads up to a form feed. @return 0, or what the carrier failed with; 1 when nothing came */
static ssize_t receive(struct device_stream *stream, char *to, size_t to_bytes)
{
    size_t length = 0;
    to[0] = '\0';
    while (strchr(to, '\f') == NULL && length + 1 < to_bytes) {
        /* Seven at a time: less than any packet. */
        const size_t room = to_bytes - length - 1;
        const ssize_t got = stream->carrier->read(stream, to + length, room < 7 ? room : 7,
                                                  usb_now_ms() + ANSWER_MS);
        if (got <= 0) {
            return got == 0 ? 1 : got;
        }
        length += (size_t)got;
        to[length] = '\0';
    }
    return 0;
}

static const char *ask(struct device_stream *stream, const char *command)
{
    static char answer[4096];
    assert_int_equal(send(stream, command), 0);
    assert_int_equal(receive(stream, answer, sizeof answer), 0);
    return answer;
}

/** How often the simulated kernel was asked that. */
static unsigned logged(const char *words)
{
    char line[128];
    unsigned times = 0;
    FILE *file = fopen(log_file, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        times += strcmp(line, words) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return times;
}

/* Obedient ------------------------------------------------------------------------------------- */

static void test_talks(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_string_equal(stream->carrier->name, "usb");
    assert_string_equal(usb_stream_device_id(stream),
                        "MFG:Example;MDL:Press 2;CMD:PJL,PCL,POSTSCRIPT;CLS:PRINTER;SN:S0001;");
    assert_int_equal(usb_stream_port_status(stream), USB_PORT_SELECTED | USB_PORT_SOUND);
    assert_true(usb_stream_two_way(stream));
    assert_string_equal(ask(stream, "\033%-12345X@PJL\r\n@PJL INFO PAGECOUNT\r\n"),
                        "@PJL INFO PAGECOUNT\r\nPAGECOUNT=4711\r\n\f");
    const char *listing = ask(stream, "@PJL FSDIRLIST NAME=\"0:\\saved\" ENTRY=1 COUNT=99\r\n");
    assert_non_null(strstr(listing, "job1.prn TYPE=FILE SIZE=31337"));
    listing = ask(stream, "@PJL FSDELETE NAME=\"0:\\saved\\job1.prn\"\r\n"
                          "@PJL FSDIRLIST NAME=\"0:\\saved\" ENTRY=1 COUNT=99\r\n");
    assert_null(strstr(listing, "job1.prn"));
    assert_non_null(strstr(listing, "job2.prn"));
    close_it(stream);
    /* Everything is as it was before; nothing was done that was not needed. */
    assert_int_equal(logged("driver-detached"), 1);
    assert_int_equal(logged("driver-attached"), 1);
    assert_int_equal(logged("claimed"), 1);
    assert_int_equal(logged("released"), 1);
    assert_int_equal(logged("configured"), 0);
    assert_int_equal(logged("setting-chosen"), 0);
    assert_int_equal(logged("soft-reset"), 0);
}

static void test_read_ends_at_the_deadline(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    char bytes[16];
    const int64_t began_ms = usb_now_ms();
    assert_int_equal(stream->carrier->read(stream, bytes, sizeof bytes, began_ms + SHORT_MS), 0);
    assert_true(usb_now_ms() - began_ms >= SHORT_MS);
    assert_true(usb_now_ms() - began_ms < ANSWER_MS);
    assert_int_equal(send(stream, "\033%-12345X@PJL ECHO now\r\n"), 0);
    /* What came while nobody read is not lost. */
    (void)usleep(SHORT_MS * 1000);
    assert_true(stream->carrier->read(stream, bytes, sizeof bytes, usb_now_ms() + ANSWER_MS) > 0);
    close_it(stream);
}

static void test_much_at_a_time(void **state)
{
    (void)state;
    enum { SIZE = 3 << 20 };
    struct device_stream *stream = open_it();
    char *page = malloc(SIZE + 1);
    assert_non_null(page);
    memset(page, 'x', SIZE);
    page[SIZE - 1] = '\f';
    page[SIZE] = '\0';
    assert_int_equal(send(stream, page), 0);
    free(page);
    assert_non_null(strstr(ask(stream, "\033%-12345X@PJL INFO PAGECOUNT\r\n"), "PAGECOUNT=4712"));
    close_it(stream);
}

static void test_other_names(void **state)
{
    (void)state;
    struct device_stream *stream = NULL;
    static const struct {
        const char *name;
        enum device_result result;
    } cases[] = {{"usb://Example/Press%202", DEVICE_OK},
                 {"usb://Example/Press%202?serial=S0001&interface=0", DEVICE_OK},
                 {"usb://Example/Press%203?serial=S0001", DEVICE_UNREACHABLE},
                 {"usb://Example/Press%202?serial=S0002", DEVICE_UNREACHABLE},
                 {"usb://Example/Press%202?serial=S0001&interface=1", DEVICE_UNREACHABLE},
                 {"usb:Example", DEVICE_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(try_open(cases[i].name, OPEN_MS, &stream), cases[i].result);
        if (cases[i].result == DEVICE_OK) {
            close_it(stream);
        } else {
            assert_string_not_equal(message, "");
        }
    }
    /* The two it is, and the model that only the 1284 id can tell; with another serial number or
     * interface it was not touched. */
    assert_int_equal(logged("released"), 3);
}

struct seen {
    unsigned times;
    struct usb_found last;
    char device_id[USB_DEVICE_ID_BYTES];
    char trouble[DEVICE_TEXT_BYTES];
    char ipp_uri[USB_URI_BYTES];
};

static void see(const struct usb_found *found, void *seen_)
{
    struct seen *seen = seen_;
    seen->times++;
    seen->last = *found;
    (void)snprintf(seen->device_id, sizeof seen->device_id, "%s", found->device_id);
    (void)snprintf(seen->trouble, sizeof seen->trouble, "%s", found->trouble);
    (void)snprintf(seen->ipp_uri, sizeof seen->ipp_uri, "%s", found->ipp_uri);
}

static struct seen list_all(void)
{
    struct seen seen = {0};
    assert_int_equal(usb_list(&usb_machine, see, &seen, message), DEVICE_OK);
    return seen;
}

static void test_listed(void **state)
{
    (void)state;
    const struct seen seen = list_all();
    assert_int_equal(seen.times, 1);
    assert_string_equal(seen.last.uri, uri);
    assert_string_equal(seen.last.name.make, "Example");
    assert_string_equal(seen.last.name.model, "Press 2");
    assert_string_equal(seen.trouble, "");
    assert_string_equal(seen.ipp_uri, "");
    assert_non_null(strstr(seen.device_id, "CMD:PJL"));
    assert_true(seen.last.two_way);
    assert_int_equal(logged("driver-detached"), logged("driver-attached"));
}

/* Odd ones ------------------------------------------------------------------------------------- */

static void test_one_way(void **state)
{
    (void)state;
    char bytes[16];
    struct device_stream *stream = open_it();
    assert_false(usb_stream_two_way(stream));
    assert_int_equal(send(stream, "a page\f"), 0);
    const int64_t began_ms = usb_now_ms();
    assert_int_equal(stream->carrier->read(stream, bytes, sizeof bytes, began_ms + ANSWER_MS),
                     -DEVICE_UNSUPPORTED);
    assert_true(usb_now_ms() - began_ms < ANSWER_MS);
    assert_non_null(strstr(usb_stream_words(stream), "one-way"));
    assert_int_equal(usb_stream_port_status(stream), 0x18);
    close_it(stream);
}

static void test_best_of_alternates(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_true(usb_stream_two_way(stream));
    assert_int_equal(logged("setting-chosen"), 1);
    close_it(stream);
}

static void test_little_endian(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_non_null(strstr(usb_stream_device_id(stream), "MDL:Press 2;"));
    close_it(stream);
}

static void test_quirk_unidir(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_false(usb_stream_two_way(stream));
    close_it(stream);
}

static void test_quirk_no_reattach(void **state)
{
    (void)state;
    close_it(open_it());
    assert_int_equal(logged("driver-detached"), 1);
    assert_int_equal(logged("released"), 1);
    assert_int_equal(logged("driver-attached"), 0);
}

static void test_quirk_soft_reset(void **state)
{
    (void)state;
    /* Not for having been looked at. */
    close_it(open_it());
    assert_int_equal(logged("soft-reset"), 0);
    struct device_stream *stream = open_it();
    assert_int_equal(send(stream, "a page\f"), 0);
    close_it(stream);
    assert_int_equal(logged("soft-reset"), 1);
}

static void test_quirk_blacklist(void **state)
{
    (void)state;
    struct device_stream *stream = NULL;
    assert_int_equal(try_open(uri, OPEN_MS, &stream), DEVICE_UNREACHABLE);
    assert_int_equal(list_all().times, 0);
    assert_int_equal(logged("claimed") + logged("driver-detached"), 0);
}

/* In use, stalled, gone ------------------------------------------------------------------------ */

static void test_busy(void **state)
{
    (void)state;
    struct device_stream *stream = NULL;
    const int64_t began_ms = usb_now_ms();
    assert_int_equal(try_open(uri, 1500, &stream), DEVICE_REFUSED);
    assert_true(usb_now_ms() - began_ms >= 1500);
    assert_true(usb_now_ms() - began_ms < 1500 + ANSWER_MS);
    assert_non_null(strstr(message, "lpstat"));
    assert_non_null(strstr(message, "ipp-usb"));
    assert_true(logged("claim-refused") >= 2);
    const struct seen seen = list_all();
    assert_int_equal(seen.times, 1);
    assert_string_equal(seen.last.uri, uri);
    assert_non_null(strstr(seen.trouble, "another program"));
    assert_string_equal(seen.device_id, "");
    assert_int_equal(logged("driver-attached"), logged("driver-detached"));
}

static void test_busy_for_a_moment(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_int_equal(logged("claim-refused"), 1);
    assert_non_null(strstr(ask(stream, "\033%-12345X@PJL INFO STATUS\r\n"), "CODE=10001"));
    close_it(stream);
    assert_int_equal(logged("driver-attached"), 1);
}

static void test_stall(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_int_equal(send(stream, "\033%-12345X@PJL INFO STATUS\r\n"), -DEVICE_REFUSED);
    assert_non_null(strstr(usb_stream_words(stream), "stalled"));
    assert_int_equal(logged("halt-cleared"), 1);
    /* It is not cleared again and again. */
    assert_int_equal(send(stream, "\033%-12345X@PJL INFO STATUS\r\n"), -DEVICE_REFUSED);
    assert_int_equal(logged("halt-cleared"), 1);
    close_it(stream);
    assert_int_equal(logged("driver-attached"), 1);
}

static void test_stall_once(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    assert_non_null(strstr(ask(stream, "\033%-12345X@PJL INFO STATUS\r\n"), "CODE=10001"));
    assert_int_equal(logged("halt-cleared"), 1);
    close_it(stream);
}

static void test_unplugged(void **state)
{
    (void)state;
    char answer[4096];
    struct device_stream *stream = open_it();
    assert_non_null(strstr(ask(stream, "\033%-12345X@PJL INFO STATUS\r\n"), "CODE=10001"));
    const int64_t began_ms = usb_now_ms();
    assert_int_equal(send(stream, "@PJL FSDELETE NAME=\"0:\\saved\\job1.prn\"\r\n@PJL ECHO n\r\n"),
                     0);
    assert_int_equal(receive(stream, answer, sizeof answer), -DEVICE_UNREACHABLE);
    assert_true(usb_now_ms() - began_ms < ANSWER_MS);
    assert_non_null(strstr(usb_stream_words(stream), "unplugged"));
    assert_int_equal(send(stream, "@PJL ECHO n\r\n"), -DEVICE_UNREACHABLE);
    close_it(stream);
    assert_int_equal(try_open(uri, OPEN_MS, &stream), DEVICE_UNREACHABLE);
}

/* Hot-plug ------------------------------------------------------------------------------------- */

struct traffic {
    struct device_stream *stream;
    unsigned came, went;
    struct usb_event last;
};

static void count_event(const struct usb_event *event, void *traffic_)
{
    struct traffic *traffic = traffic_;
    /* Unplugs it: not before it was seen. */
    if (event->coming && traffic->came == 0) {
        assert_int_equal(
            send(traffic->stream, "\033%-12345X@PJL FSDELETE NAME=\"0:\\saved\\job1.prn\"\r\n"), 0);
    }
    traffic->came += event->coming;
    traffic->went += !event->coming;
    traffic->last = *event;
}

static void test_comes_back(void **state)
{
    (void)state;
    struct device_stream *stream = open_it();
    struct traffic traffic = {.stream = stream};
    assert_int_equal(usb_watch(usb_now_ms() + WATCH_MS, count_event, &traffic, message), DEVICE_OK);
    close_it(stream);
    assert_int_equal(traffic.came, 2); /* it was there, and it came again */
    assert_int_equal(traffic.went, 1);
    assert_int_equal(traffic.last.vendor, 0x1209);
    assert_int_equal(traffic.last.bus, 1);
    close_it(open_it());
}

/* Scenarios ------------------------------------------------------------------------------------ */

static const struct scenario {
    const char *personality;
    struct CMUnitTest test;
} scenarios[] = {
    {"obedient", cmocka_unit_test(test_talks)},
    {"obedient", cmocka_unit_test(test_read_ends_at_the_deadline)},
    {"obedient", cmocka_unit_test(test_much_at_a_time)},
    {"obedient", cmocka_unit_test(test_other_names)},
    {"obedient", cmocka_unit_test(test_listed)},
    {"one-way", cmocka_unit_test(test_one_way)},
    {"alternates", cmocka_unit_test(test_best_of_alternates)},
    {"little-endian", cmocka_unit_test(test_little_endian)},
    {"quirk-unidir", cmocka_unit_test(test_quirk_unidir)},
    {"quirk-no-reattach", cmocka_unit_test(test_quirk_no_reattach)},
    {"quirk-soft-reset", cmocka_unit_test(test_quirk_soft_reset)},
    {"quirk-blacklist", cmocka_unit_test(test_quirk_blacklist)},
    {"busy", cmocka_unit_test(test_busy)},
    {"busy-once", cmocka_unit_test(test_busy_for_a_moment)},
    {"stall", cmocka_unit_test(test_stall)},
    {"stall-once", cmocka_unit_test(test_stall_once)},
    {"unplugged", cmocka_unit_test(test_unplugged)},
    {"unplugged", cmocka_unit_test(test_comes_back)},
};

static void run_scenario(size_t i, const char *folder)
{
    char log[64];
    char index[16];
    (void)snprintf(log, sizeof log, "%s/log-%zu", folder, i);
    (void)snprintf(index, sizeof index, "%zu", i);
    (void)execlp("umockdev-wrapper", "umockdev-wrapper", TEST_USB_PRINTER, "--personality",
                 scenarios[i].personality, "--log", log, "--replug", "--", TEST_SELF, index, log,
                 (char *)NULL);
    _exit(127);
}

static bool ends_well(pid_t pid)
{
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/** Becomes nobody, unless the tree cannot be read as nobody. */
static void leave_root(void)
{
    const struct passwd *nobody = geteuid() == 0 ? getpwnam("nobody") : NULL;
    if (nobody == NULL) {
        return;
    }
    const uid_t uid = nobody->pw_uid;
    const gid_t gid = nobody->pw_gid;
    if (setgroups(0, NULL) != 0 || setegid(gid) != 0 || seteuid(uid) != 0) {
        abort();
    }
    const bool readable = eaccess(TEST_SELF, X_OK) == 0 && eaccess(TEST_USB_PRINTER, X_OK) == 0;
    if (seteuid(0) != 0 || setegid(0) != 0 ||
        (readable && (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0))) {
        abort();
    }
}

static int run_all(void)
{
    char folder[] = "/tmp/printroom-usb-XXXXXX";
    char command[64];
    bool good = true;
    if (access("/usr/bin/umockdev-wrapper", X_OK) != 0) {
        (void)fprintf(stderr, "skipped: no umockdev-wrapper\n");
        return TEST_SKIPPED;
    }
    leave_root();
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        (void)fflush(stdout);
        const pid_t pid = fork();
        if (pid == 0) {
            run_scenario(i, folder);
        }
        good = ends_well(pid) && good;
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 && good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return run_all();
    }
    const unsigned long i = strtoul(argv[1], NULL, 10);
    log_file = argv[2];
    const struct CMUnitTest one[] = {scenarios[i].test};
    return cmocka_run_group_tests_name(scenarios[i].test.name, one, NULL, NULL);
}
