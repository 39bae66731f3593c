/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/ppd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/error.h"

static const struct policy_ladder ladder = {
    .levels = 3,
    .level =
        {
            {.id = "public", .name_zh = "公开", .name_en = "Public"},
            {.id = "internal", .name_zh = "内部", .name_en = "Internal: \"ours\" 内"},
            {.id = "secret", .name_zh = "机密", .name_en = "Secret"},
        },
};

/** The PPD as one string, to be freed. */
static char *ppd_text(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(managed_queue_ppd_write(&ladder, 1, stream), PR_OK);
    fclose(stream);
    return text;
}

static void the_only_output_is_pdf(void **state)
{
    char *text = ppd_text();
    const char *filter = strstr(text, "*cupsFilter");

    (void)state;
    assert_non_null(filter);
    assert_memory_equal(filter, "*cupsFilter2: \"application/vnd.cups-pdf application/pdf 0 -\"\n",
                        60);
    assert_null(strstr(filter + 1, "*cupsFilter"));
    free(text);
}

static void levels_come_from_the_ladder(void **state)
{
    char *text = ppd_text();

    (void)state;
    assert_non_null(strstr(text, "*DefaultClassification: internal\n"));
    assert_non_null(strstr(text, "*Classification secret/Secret: \"\"\n"));
    assert_non_null(strstr(text, "*zh_CN.Classification secret/机密: \"\"\n"));
    assert_non_null(strstr(text, "*Classification internal/Internal<3A> <22>ours<22> ?: \"\"\n"));
    assert_null(strstr(text, "top-secret"));
    free(text);
}

/** cupstestppd judges independently. */
static void cups_finds_no_fault(void **state)
{
    char path[] = "/tmp/test-ppd-XXXXXX";
    char command[64];
    int fd = mkstemp(path);
    FILE *stream = fdopen(fd, "w");

    (void)state;
    assert_non_null(stream);
    assert_int_equal(managed_queue_ppd_write(&ladder, 2, stream), PR_OK);
    fclose(stream);
    snprintf(command, sizeof command, "cupstestppd -q %s", path);
    int status = system(command); /* NOLINT(cert-env33-c): a fixed command in a test */

    unlink(path);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_default_off_the_ladder_is_refused(void **state)
{
    (void)state;
    assert_int_equal(managed_queue_ppd_write(&ladder, 3, stderr), PR_EINVAL);
    assert_int_equal(managed_queue_ppd_write(&ladder, -1, stderr), PR_EINVAL);
}

static void a_full_disk_is_noticed(void **state)
{
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(full);
    assert_int_equal(managed_queue_ppd_write(&ladder, 1, full), PR_ENOSPC);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_output_is_pdf),
        cmocka_unit_test(levels_come_from_the_ladder),
        cmocka_unit_test(cups_finds_no_fault),
        cmocka_unit_test(a_default_off_the_ladder_is_refused),
        cmocka_unit_test(a_full_disk_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
