/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's promise, read from its source: it includes nothing of ours from elsewhere and no
 * header that could open a file, read a clock or allocate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#define POLICY_DIR TEST_SOURCE_DIR "/../policy"

static bool listed(const char *const *list, size_t length, const char *line)
{
    for (size_t i = 0; i < length; i++) {
        if (strstr(line, list[i])) {
            return true;
        }
    }
    return false;
}

/* Why this line may not stand in policy/, or NULL. */
static const char *objection(const char *line)
{
    static const char *const headers[] = {"\"policy/",  "<inttypes.h>", "<stdbool.h>", "<stddef.h>",
                                          "<stdint.h>", "<stdio.h>",    "<string.h>"};
    /* What <stdio.h> and <string.h> bring along; snprintf() is what it is included for. */
    static const char *const calls[] = {"fopen(",  "popen(",  "tmpfile(", "fputs(",
                                        "puts(",   "strdup(", "strndup(", "scanf(",
                                        "perror(", "stdout",  "stderr",   "stdin"};
    if (line[0] == '#' && strstr(line, "include")) {
        return listed(headers, sizeof headers / sizeof headers[0], line) ? NULL : "header";
    }
    if (listed(calls, sizeof calls / sizeof calls[0], line)) {
        return "call";
    }
    const char *print = strstr(line, "printf(");
    return print && (print < line + 2 || strncmp(print - 2, "sn", 2) != 0) ? "printf" : NULL;
}

static void check_file(const char *name)
{
    char path[4096];
    char line[1024];
    snprintf(path, sizeof path, "%s/%s", POLICY_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (objection(line)) {
            fail_msg("%s: %s: %s", name, objection(line), line);
        }
    }
    fclose(file);
}

static void test_objections(void **state)
{
    (void)state;
    assert_null(objection("#include \"policy/level.h\"\n"));
    assert_null(objection("    snprintf(a, 1, b);\n"));
    assert_non_null(objection("#include \"daemon/log.h\"\n"));
    assert_non_null(objection("#include <stdlib.h>\n"));
    assert_non_null(objection("# include <time.h>\n"));
    assert_non_null(objection("printf(\"\");\n"));
    assert_non_null(objection("    fprintf(x, \"\");\n"));
    assert_non_null(objection("    fopen(x, \"\");\n"));
}

static void test_sources(void **state)
{
    (void)state;
    DIR *directory = opendir(POLICY_DIR);
    assert_non_null(directory);
    size_t sources = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0)) {
            check_file(entry->d_name);
            sources++;
        }
    }
    closedir(directory);
    assert_true(sources >= 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objections),
        cmocka_unit_test(test_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
