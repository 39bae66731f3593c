/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper's processes: limits reached, deaths in the middle, many callers, nothing left over. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/document/client.h"
#include "daemon/error.h"
#include "tests/unit/helper.h"
#include "tests/unit/pdf.h"

static void test_decompression_bomb(void **state)
{
#ifdef PRINTROOM_SANITIZED
    /* No limit on memory can be set; time must end it before it has eaten much. */
    const unsigned timeout_s = 2;
#else
    const unsigned timeout_s = 60;
#endif
    struct document_helper *small = start_helper(timeout_s, UINT64_C(384) << 20, 1);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    pdf_bomb(&pdf, 4);
    int result = try_with(small, pdf.data, pdf.size, message);

#ifdef PRINTROOM_SANITIZED
    assert_int_equal(result, PR_ETIMEOUT);
#else
    assert_int_equal(result, PR_ELIMIT);
    assert_non_null(strstr(message, "memory"));
#endif
    pdf_free(&pdf);
    pdf_small(&pdf);
    assert_int_equal(try_with(small, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    document_helper_stop(small);
}

static void test_timeout(void **state)
{
    struct document_helper *hasty = start_helper(1, UINT64_C(1) << 30, 2);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    pdf_endless(&pdf);
    assert_int_equal(try_with(hasty, pdf.data, pdf.size, message), PR_ETIMEOUT);
    pdf_free(&pdf);
    pdf_small(&pdf);
    assert_int_equal(try_with(hasty, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    document_helper_stop(hasty);
}

/* Processes -------------------------------------------------------------------------------------
 */

/* The children of a process, from /proc; returns how many. */
static size_t children_of(pid_t parent, pid_t *ret_pids, size_t room)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t found = 0;

    assert_non_null(proc);
    while ((entry = readdir(proc)) != NULL) {
        char path[300], line[512];
        int of = 0;

        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;

        if (file == NULL) {
            continue;
        }
        const char *close_bracket =
            fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;

        if (close_bracket != NULL && sscanf(close_bracket, ") %*c %d", &of) == 1 && of == parent &&
            found < room) {
            ret_pids[found++] = (pid_t)atoi(entry->d_name);
        }
        fclose(file);
    }
    closedir(proc);
    return found;
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 20000000}, NULL);
}

struct slow {
    struct document_helper *helper;
    struct pdf pdf;
    int result;
};

static void *inspect_slowly(void *argument)
{
    struct slow *slow = argument;
    char message[DOCUMENT_MESSAGE_BYTES];

    slow->result = try_with(slow->helper, slow->pdf.data, slow->pdf.size, message);
    return NULL;
}

/* The only process of this one started as a helper. */
static pid_t warm_parent(void)
{
    pid_t pids[8];

    assert_int_equal(children_of(getpid(), pids, 8), 1);
    return pids[0];
}

/* Kills processes of a helper while a document is read, and asks again. */
static void killed_in_the_middle(bool whole_helper)
{
    struct slow slow = {.helper = start_helper(60, UINT64_C(1) << 30, 2)};
    char message[DOCUMENT_MESSAGE_BYTES];
    pid_t parent = warm_parent(), pids[16];
    size_t waiting = 0;
    pthread_t thread;

    pdf_endless(&slow.pdf);
    for (unsigned tries = 0; waiting < 2 && tries < 500; tries++, nap()) {
        waiting = children_of(parent, pids, 16);
    }
    assert_int_equal(waiting, 2);
    assert_int_equal(pthread_create(&thread, NULL, inspect_slowly, &slow), 0);
    /* The replacement is the sign that one is at work. */
    for (unsigned tries = 0; waiting < 3 && tries < 500; tries++, nap()) {
        waiting = children_of(parent, pids, 16);
    }
    assert_int_equal(waiting, 3);
    for (size_t i = 0; i < waiting && !whole_helper; i++) {
        kill(pids[i], SIGKILL);
    }
    if (whole_helper) {
        kill(parent, SIGKILL);
    }
    pthread_join(thread, NULL);
    assert_int_equal(slow.result, PR_ECRASHED);
    pdf_free(&slow.pdf);
    pdf_small(&slow.pdf);
    /* A document handed to a child that is just dying is asked about once more by intake, not here.
     */
    for (size_t i = 0; i < waiting && !whole_helper; i++) {
        for (unsigned tries = 0; tries < 500 && kill(pids[i], 0) == 0; tries++) {
            nap();
        }
    }
    assert_int_equal(try_with(slow.helper, slow.pdf.data, slow.pdf.size, message), PR_OK);
    pdf_free(&slow.pdf);
    document_helper_stop(slow.helper);
    /* Nothing of the killed helper is left either: children end with their parent. */
    for (unsigned tries = 0; tries < 500 && children_of(parent, pids, 16) > 0; tries++) {
        nap();
    }
    assert_int_equal(children_of(parent, pids, 16), 0);
    for (size_t i = 0; i < waiting; i++) {
        for (unsigned tries = 0; tries < 500 && kill(pids[i], 0) == 0; tries++) {
            nap();
        }
    }
}

static void test_child_killed(void **state)
{
    (void)state;
    killed_in_the_middle(false);
}

static void test_helper_killed(void **state)
{
    (void)state;
    killed_in_the_middle(true);
}

static void test_nothing_left_over(void **state)
{
    struct document_helper *own = start_helper(60, UINT64_C(1) << 30, 3);
    char message[DOCUMENT_MESSAGE_BYTES];
    pid_t parent = warm_parent(), pids[16];
    struct pdf pdf;

    (void)state;
    pdf_small(&pdf);
    assert_int_equal(try_with(own, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    size_t children = children_of(parent, pids, 16);

    assert_true(children >= 3);
    document_helper_stop(own);
    assert_int_equal(kill(parent, 0), -1);
    for (size_t i = 0; i < children; i++) {
        assert_int_equal(kill(pids[i], 0), -1);
    }
    assert_int_equal(children_of(getpid(), pids, 16), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

enum { THREADS = 8, ROUNDS = 20 };

struct party {
    struct document_helper *helper;
    unsigned number;
    unsigned wrong;
};

/* Each thread's document has another number of pages, so that answers given to the wrong one show.
 */
static void *inspect_often(void *argument)
{
    struct party *party = argument;
    struct pdf pdf;

    pdf_many_pages(&pdf, party->number);
    int fd = pdf_memfd(pdf.data, pdf.size);

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct document_facts facts = {0};
        char message[DOCUMENT_MESSAGE_BYTES];

        party->wrong += document_inspect(party->helper, fd, &facts, message) != PR_OK ||
                        facts.pages != party->number;
        document_facts_clear(&facts);
    }
    close(fd);
    pdf_free(&pdf);
    return NULL;
}

static void test_threads(void **state)
{
    struct document_helper *own = start_helper(60, UINT64_C(1) << 30, 3);
    struct party parties[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        parties[i] = (struct party){.helper = own, .number = i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, inspect_often, &parties[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(parties[i].wrong, 0);
    }
    document_helper_stop(own);
}

static void test_bad_settings(void **state)
{
    struct document_helper_settings settings = {.program = "/nonexistent/printroom-document",
                                                .timeout_s = 1,
                                                .memory_bytes = 1 << 30,
                                                .children = 1};
    struct document_helper *none = NULL;

    (void)state;
    assert_int_equal(document_helper_start(&settings, &none), PR_EUNREACHABLE);
    settings.program = DOCUMENT_PROGRAM;
    settings.children = 0;
    assert_int_equal(document_helper_start(&settings, &none), PR_EINVAL);
    settings.children = 65;
    assert_int_equal(document_helper_start(&settings, &none), PR_EINVAL);
    settings.children = 1;
    settings.timeout_s = 0;
    assert_int_equal(document_helper_start(&settings, &none), PR_EINVAL);
    assert_null(none);
    document_helper_stop(NULL);
}

/* An account that is not there: the helper refuses to run as anything else. */
static void test_unknown_user(void **state)
{
    const struct document_helper_settings settings = {.program = DOCUMENT_PROGRAM,
                                                      .user = "no-such-account",
                                                      .timeout_s = 5,
                                                      .memory_bytes = 1 << 30,
                                                      .children = 1};
    struct document_helper *stranger = NULL;
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    assert_int_equal(document_helper_start(&settings, &stranger), PR_OK);
    pdf_small(&pdf);
    int result = try_with(stranger, pdf.data, pdf.size, message);

    assert_true(result == PR_EUNREACHABLE || result == PR_ECRASHED);
    pdf_free(&pdf);
    document_helper_stop(stranger);
}

/* Started by root for an account, every process of the helper is that account's. */
static void test_account(void **state)
{
    const struct document_helper_settings settings = {.program = DOCUMENT_PROGRAM,
                                                      .user = "nobody",
                                                      .timeout_s = 60,
                                                      .memory_bytes = 1 << 30,
                                                      .children = 2};
    struct document_helper *own = NULL;
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(document_helper_start(&settings, &own), PR_OK);
    pdf_small(&pdf);
    assert_int_equal(try_with(own, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    pid_t pids[16], parent = warm_parent();
    size_t children = children_of(parent, pids, 15);

    assert_true(children >= 1);
    pids[children++] = parent;
    for (size_t i = 0; i < children; i++) {
        char path[64], line[256];
        unsigned uid = 0;

        snprintf(path, sizeof path, "/proc/%d/status", (int)pids[i]);
        FILE *file = fopen(path, "re");

        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            if (sscanf(line, "Uid: %u", &uid) == 1) {
                assert_int_equal(uid, 65534);
            }
        }
        if (file != NULL) {
            fclose(file);
        }
    }
    document_helper_stop(own);
}

static void test_descriptors_are_returned(void **state)
{
    struct document_helper *own = start_helper(60, UINT64_C(1) << 30, 2);
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    close(before);
    pdf_small(&pdf);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(try_with(own, pdf.data, pdf.size, message), PR_OK);
        assert_int_equal(try_with(own, pdf.data, 20, message), PR_EFORMAT);
    }
    pdf_free(&pdf);
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(after);
    assert_int_equal(after, before);
    document_helper_stop(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decompression_bomb),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_child_killed),
        cmocka_unit_test(test_helper_killed),
        cmocka_unit_test(test_nothing_left_over),
        cmocka_unit_test(test_descriptors_are_returned),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_unknown_user),
        cmocka_unit_test(test_account),
    };

    return cmocka_run_group_tests_name("helper processes", tests, NULL, NULL);
}
