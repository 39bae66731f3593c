/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hostile, broken and too large documents, and a helper that dies: each costs its document an error
 * and no more. */
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
#include "tests/unit/pdf.h"

enum { PAGES_MAX = 5000 };

static struct document_helper *start_helper(unsigned timeout_s, uint64_t memory_bytes,
                                            unsigned children)
{
    const struct document_helper_settings settings = {.program = DOCUMENT_PROGRAM,
                                                      .timeout_s = timeout_s,
                                                      .memory_bytes = memory_bytes,
                                                      .children = children};
    struct document_helper *helper = NULL;

    assert_int_equal(document_helper_start(&settings, &helper), PR_OK);
    return helper;
}

static struct document_helper *helper;

static int start(void **state)
{
    (void)state;
    helper = start_helper(60, UINT64_C(1) << 30, 2);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    document_helper_stop(helper);
    return 0;
}

static int try_with(struct document_helper *with, const void *data, size_t size, char *ret_message)
{
    struct document_facts facts = {0};
    int fd = pdf_memfd(data, size);
    int result = document_inspect(with, fd, &facts, ret_message);

    close(fd);
    document_facts_clear(&facts);
    return result;
}

/* The result, and that a refusal comes with words. */
static int try_bytes(const void *data, size_t size)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    int result = try_with(helper, data, size, message);

    assert_int_equal(message[0] == '\0', result == PR_OK);
    return result;
}

static int try_pdf(struct pdf *pdf)
{
    int result = try_bytes(pdf->data, pdf->size);

    pdf_free(pdf);
    return result;
}

static void small_document(struct pdf *pdf)
{
    pdf_document(pdf, &(struct pdf_page){.content = "BT /F1 12 Tf 72 700 Td (Hello) Tj ET"}, 1);
}

/* Broken ----------------------------------------------------------------------------------------
 */

static void test_no_pdf(void **state)
{
    static const char text[] = "%!PS\n/Times findfont pop showpage\n";
    unsigned char noise[4096];
    unsigned value = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++) {
        value = value * 1103515245U + 12345U;
        noise[i] = (unsigned char)(value >> 16);
    }
    assert_int_equal(try_bytes("", 0), PR_EFORMAT);
    assert_int_equal(try_bytes("%PDF-1.7\n", 9), PR_EFORMAT);
    assert_int_equal(try_bytes(text, sizeof text - 1), PR_EFORMAT);
    assert_int_equal(try_bytes(noise, sizeof noise), PR_EFORMAT);
}

/* At every length the answer is one of the two; the whole is accepted. */
static void test_truncated(void **state)
{
    struct pdf pdf;
    size_t refused = 0, accepted = 0;

    (void)state;
    small_document(&pdf);
    for (size_t size = 0; size < pdf.size; size += 37) {
        int result = try_bytes(pdf.data, size);

        assert_true(result == PR_OK || result == PR_EFORMAT);
        refused += result == PR_EFORMAT;
        accepted += result == PR_OK;
    }
    /* Without its pages' objects nothing can be repaired; without its table it can. */
    assert_true(refused > 10);
    assert_true(accepted > 0);
    assert_int_equal(try_pdf(&pdf), PR_OK);
}

static void test_no_pages(void **state)
{
    struct pdf pdf;

    (void)state;
    pdf_document(&pdf, NULL, 0);
    assert_int_equal(try_pdf(&pdf), PR_EFORMAT);
}

/* A picture that cannot be decoded leaves a hole in the page; content that cannot be is no page. */
static int damaged_stream(bool content)
{
    static const char filter[] = "/Filter/FlateDecode";
    static const char picture[] = "/Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8"
                                  "/ColorSpace/DeviceGray/Filter/FlateDecode";
    struct pdf pdf;

    pdf_begin(&pdf);
    unsigned painted = pdf_stream(&pdf, content ? filter : "", "/X Do broken", 12);
    unsigned image = pdf_stream(&pdf, picture, "no deflated data", 16);
    unsigned tree = pdf_reserve(&pdf);
    unsigned page = pdf_object(&pdf,
                               "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents %u 0 R"
                               "/Resources<</XObject<</X %u 0 R>>>>>>",
                               tree, painted, image);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    return try_pdf(&pdf);
}

static void test_damaged_streams(void **state)
{
    (void)state;
    assert_int_equal(damaged_stream(false), PR_OK);
    assert_int_equal(damaged_stream(true), PR_EFORMAT);
}

static void test_page_tree_loop(void **state)
{
    struct pdf pdf;

    (void)state;
    pdf_begin(&pdf);
    unsigned tree = pdf_reserve(&pdf);
    unsigned inner =
        pdf_object(&pdf, "<</Type/Pages/Parent %u 0 R/Count 1/Kids[%u 0 R]>>", tree, tree);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", inner);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    assert_int_equal(try_pdf(&pdf), PR_EFORMAT);
}

/* What /Count says is not believed. */
static void count_lies(unsigned kids, long count, int expected)
{
    struct document_facts facts = {0};
    char message[DOCUMENT_MESSAGE_BYTES];
    char list[256] = "";
    struct pdf pdf;

    pdf_begin(&pdf);
    unsigned tree = pdf_reserve(&pdf);

    for (unsigned i = 0; i < kids; i++) {
        unsigned page =
            pdf_object(&pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 100 100]>>", tree);

        snprintf(list + strlen(list), sizeof list - strlen(list), "%u 0 R ", page);
    }
    pdf_put(&pdf, tree, "<</Type/Pages/Count %ld/Kids[%s]>>", count, list);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    int fd = pdf_memfd(pdf.data, pdf.size);
    int result = document_inspect(helper, fd, &facts, message);

    close(fd);
    if (result != expected) {
        fail_msg("%u pages said to be %ld: %s, %s", kids, count, pr_strerror(result), message);
    }
    if (expected == PR_OK) {
        assert_int_equal(facts.pages, kids);
        document_facts_clear(&facts);
    }
    pdf_free(&pdf);
}

static void test_count_lies(void **state)
{
    (void)state;
    count_lies(3, 3, PR_OK);
    count_lies(3, 1, PR_OK);
    count_lies(3, 2, PR_OK);
    count_lies(3, 4, PR_OK);
    count_lies(3, 1000000, PR_OK);
    count_lies(3, 0, PR_OK);
    count_lies(3, -7, PR_OK);
    count_lies(0, 5, PR_EFORMAT);
}

/* Encrypted -------------------------------------------------------------------------------------
 */

static int try_encrypted(const char *options)
{
    static char data[1 << 16];
    char command[256], folder[] = "/tmp/printroom-test-XXXXXX", in[64], out[64];
    struct pdf pdf;

    assert_non_null(mkdtemp(folder));
    snprintf(in, sizeof in, "%s/in.pdf", folder);
    snprintf(out, sizeof out, "%s/out.pdf", folder);
    small_document(&pdf);
    FILE *file = fopen(in, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(pdf.data, 1, pdf.size, file), pdf.size);
    fclose(file);
    pdf_free(&pdf);
    snprintf(command, sizeof command, "qpdf --allow-weak-crypto --encrypt %s -- %s %s", options, in,
             out);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    file = fopen(out, "re");
    assert_non_null(file);
    size_t size = fread(data, 1, sizeof data, file);

    fclose(file);
    unlink(in);
    unlink(out);
    rmdir(folder);
    return try_bytes(data, size);
}

static void test_encrypted(void **state)
{
    (void)state;
    assert_int_equal(try_encrypted("user owner 256"), PR_EUNSUPPORTED);
    assert_int_equal(try_encrypted("user owner 128 --use-aes=y"), PR_EUNSUPPORTED);
    assert_int_equal(try_encrypted("user owner 40"), PR_EUNSUPPORTED);
    assert_int_equal(try_encrypted("'' owner 256"), PR_OK);
    assert_int_equal(try_encrypted("'' owner 256 --print=none --modify=none"), PR_OK);
}

/* Too large -------------------------------------------------------------------------------------
 */

static void many_pages(struct pdf *pdf, unsigned pages)
{
    char *kids = calloc(pages, 12);

    assert_non_null(kids);
    pdf_begin(pdf);
    unsigned tree = pdf_reserve(pdf);
    char *end = kids;

    for (unsigned i = 0; i < pages; i++) {
        unsigned page = pdf_object(pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 595 842]>>", tree);

        end += sprintf(end, "%u 0 R ", page);
    }
    pdf_put(pdf, tree, "<</Type/Pages/Count %u/Kids[%s]>>", pages, kids);
    free(kids);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

static void test_pages_limit(void **state)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    many_pages(&pdf, PAGES_MAX);
    assert_int_equal(try_pdf(&pdf), PR_OK);
    many_pages(&pdf, PAGES_MAX + 1);
    assert_int_equal(try_pdf(&pdf), PR_ELIMIT);
    many_pages(&pdf, 10000);
    assert_int_equal(try_with(helper, pdf.data, pdf.size, message), PR_ELIMIT);
    assert_non_null(strstr(message, "10000"));
    assert_non_null(strstr(message, "5000"));
    pdf_free(&pdf);
}

static void test_paper_limit(void **state)
{
    struct pdf pdf;

    (void)state;
    pdf_document(&pdf, &(struct pdf_page){"/MediaBox[0 0 1000000000 100]", NULL, ""}, 1);
    assert_int_equal(try_pdf(&pdf), PR_ELIMIT);
    pdf_document(
        &pdf, &(struct pdf_page){"/MediaBox[0 0 14400 14400]/UserUnit 1000000000000", NULL, ""}, 1);
    assert_int_equal(try_pdf(&pdf), PR_ELIMIT);
    /* Long and thin is odd and printable. */
    pdf_document(&pdf, &(struct pdf_page){"/MediaBox[0 0 14400 1]", NULL, "1 0 0 rg 0 0 9 1 re f"},
                 1);
    assert_int_equal(try_pdf(&pdf), PR_OK);
}

/* RunLengthDecode turns bytes of 0x81 into 64 times as many of them: `stages` of it make a bomb. */
static void bomb(struct pdf *pdf, unsigned stages)
{
    char keys[256] = "/Filter[";
    char fuse[4096];

    memset(fuse, 0x81, sizeof fuse);
    for (unsigned i = 0; i < stages; i++) {
        strcat(keys, "/RunLengthDecode");
    }
    strcat(keys, "]");
    pdf_begin(pdf);
    unsigned content = pdf_stream(pdf, keys, fuse, sizeof fuse);
    unsigned tree = pdf_reserve(pdf);
    unsigned page = pdf_object(
        pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents %u 0 R>>", tree, content);

    pdf_put(pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(pdf, pdf_object(pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
}

static void test_decompression_bomb(void **state)
{
    struct document_helper *small = start_helper(60, UINT64_C(384) << 20, 1);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;

    (void)state;
    bomb(&pdf, 4);
    int result = try_with(small, pdf.data, pdf.size, message);

#ifdef PRINTROOM_SANITIZED
    assert_int_not_equal(result, PR_OK); /* no limit on memory can be set; time ends it */
#else
    assert_int_equal(result, PR_ELIMIT);
    assert_non_null(strstr(message, "memory"));
#endif
    pdf_free(&pdf);
    small_document(&pdf);
    assert_int_equal(try_with(small, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    document_helper_stop(small);
}

/* Twenty forms that each paint the next one ten times: 10^20 paintings. */
static void test_timeout(void **state)
{
    struct document_helper *hasty = start_helper(1, UINT64_C(1) << 30, 2);
    char message[DOCUMENT_MESSAGE_BYTES];
    struct pdf pdf;
    unsigned form = 0;

    (void)state;
    pdf_begin(&pdf);
    unsigned leaf = pdf_stream(&pdf, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>",
                               "0 0 5 5 re f", 12);

    form = leaf;
    for (unsigned i = 0; i < 20; i++) {
        static const char content[] = "/X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do /X Do";
        char keys[160];

        snprintf(keys, sizeof keys,
                 "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %u 0 R>>>>",
                 form);
        form = pdf_stream(&pdf, keys, content, sizeof content - 1);
    }
    unsigned content = pdf_stream(&pdf, "", "/X Do", 5);
    unsigned tree = pdf_reserve(&pdf);
    unsigned page = pdf_object(&pdf,
                               "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents %u 0 R"
                               "/Resources<</XObject<</X %u 0 R>>>>>>",
                               tree, content, form);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    assert_int_equal(try_with(hasty, pdf.data, pdf.size, message), PR_ETIMEOUT);
    pdf_free(&pdf);
    small_document(&pdf);
    assert_int_equal(try_with(hasty, pdf.data, pdf.size, message), PR_OK);
    pdf_free(&pdf);
    document_helper_stop(hasty);
}

/* Forms nested deeper than any stack: poppler stops, or its process dies; the helper lives. */
static void test_deep_nesting(void **state)
{
    char *arrays = malloc(200001);
    struct pdf pdf;

    (void)state;
    assert_non_null(arrays);
    memset(arrays, '[', 200000);
    arrays[200000] = '\0';
    pdf_begin(&pdf);
    pdf_object(&pdf, "%s", arrays);
    unsigned tree = pdf_reserve(&pdf);
    unsigned page = pdf_object(
        &pdf, "<</Type/Page/Parent %u 0 R/MediaBox[0 0 9 9]/Contents 1 0 R/Resources 1 0 R>>",
        tree);

    pdf_put(&pdf, tree, "<</Type/Pages/Count 1/Kids[%u 0 R]>>", page);
    pdf_end(&pdf, pdf_object(&pdf, "<</Type/Catalog/Pages %u 0 R>>", tree));
    int result = try_pdf(&pdf);

    assert_true(result == PR_EFORMAT || result == PR_ECRASHED || result == PR_OK);
    free(arrays);
    small_document(&pdf);
    assert_int_equal(try_pdf(&pdf), PR_OK);
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

    bomb(&slow.pdf, 3); /* a gigabyte: long enough to be caught at it */
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
    small_document(&slow.pdf);
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
    small_document(&pdf);
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

static void test_descriptors_are_returned(void **state)
{
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct pdf pdf;

    (void)state;
    close(before);
    small_document(&pdf);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(try_bytes(pdf.data, pdf.size), PR_OK);
        assert_int_equal(try_bytes(pdf.data, 20), PR_EFORMAT);
    }
    pdf_free(&pdf);
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(after);
    assert_int_equal(after, before);
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

    many_pages(&pdf, party->number);
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
    small_document(&pdf);
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
    small_document(&pdf);
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

int main(void)
{
    const struct CMUnitTest shared[] = {
        cmocka_unit_test(test_no_pdf),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_no_pages),
        cmocka_unit_test(test_damaged_streams),
        cmocka_unit_test(test_page_tree_loop),
        cmocka_unit_test(test_count_lies),
        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_pages_limit),
        cmocka_unit_test(test_paper_limit),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_descriptors_are_returned),
    };
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(test_decompression_bomb),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_child_killed),
        cmocka_unit_test(test_helper_killed),
        cmocka_unit_test(test_nothing_left_over),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_unknown_user),
        cmocka_unit_test(test_account),
    };
    int failed = cmocka_run_group_tests_name("refused documents", shared, start, stop);

    return failed + cmocka_run_group_tests_name("helper processes", alone, NULL, NULL);
}
