/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a document becomes a durable encrypted file, beside Debian's `age` in the same run, on
 * the same medium:
 *
 *   spool    spool_writer: SHA-256, encryption, fsync of file and folder
 *   archive  age_writer into a new file: encryption, fsync of file and folder
 *   age      `age -r`, then fsync of file and folder
 *   copy     read and write alone, with the same fsyncs: what the medium does
 *
 * and how long a small document takes, one after the other, each replacing the one before and each
 * to a fresh name.
 *
 *     vault [MEBIBYTES [ROUNDS [FOLDER]]]
 */
#include "config.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/vault/new-file.h"
#include "daemon/vault/spool.h"

extern char **environ;

enum { ROUNDS_MAX = 99, SMALL_DOCUMENTS = 500, READ_BYTES = 65536, PATH_BYTES = 512 };

struct bench {
    char folder[PATH_BYTES / 2];
    char source[PATH_BYTES];
    char target[PATH_BYTES];
    int folder_fd;
    struct age_recipient recipient;
    char recipient_text[AGE_RECIPIENT_TEXT_BYTES];
};

static void check(bool right, const char *what)
{
    if (!right) {
        perror(what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;

    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock");
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Gives the source file piece by piece to a sink. */
static void feed(const struct bench *bench, age_sink sink, void *context)
{
    static uint8_t buffer[READ_BYTES];
    int fd = open(bench->source, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    check(fd >= 0, bench->source);
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        check(sink(context, buffer, (size_t)got) == PR_OK, "write");
    }
    check(got == 0, "read");
    close(fd);
}

static int into_spool(void *context, const uint8_t *data, size_t size)
{
    return spool_writer_write(context, data, size);
}

static int into_age(void *context, const uint8_t *data, size_t size)
{
    return age_writer_write(context, data, size);
}

static int into_file(void *context, const uint8_t *data, size_t size)
{
    return new_file_write(context, data, size);
}

static void run_spool(const struct bench *bench)
{
    struct spool_writer *writer;
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint64_t size;

    check(spool_writer_open(bench->folder_fd, &bench->recipient, 1, &writer) == PR_OK, "spool");
    feed(bench, into_spool, writer);
    check(spool_writer_commit(writer, "target", sha256, &size) == PR_OK, "commit");
    spool_writer_free(writer);
}

static void run_archive(const struct bench *bench)
{
    struct new_file file;
    struct age_writer *writer;

    check(new_file_open(bench->folder_fd, &file) == PR_OK, "file");
    check(age_writer_open(&bench->recipient, 1, into_file, &file, &writer) == PR_OK, "age");
    feed(bench, into_age, writer);
    check(age_writer_finish(writer) == PR_OK, "finish");
    age_writer_free(writer);
    check(new_file_commit(&file, "target.age", true) == PR_OK, "commit");
}

static void run_copy(const struct bench *bench)
{
    struct new_file file;

    check(new_file_open(bench->folder_fd, &file) == PR_OK, "file");
    feed(bench, into_file, &file);
    check(new_file_commit(&file, "target.age", true) == PR_OK, "commit");
}

static void run_age(const struct bench *bench)
{
    char *argv[] = {strdup("age"), strdup("-r"),          strdup(bench->recipient_text),
                    strdup("-o"),  strdup(bench->target), strdup(bench->source),
                    NULL};
    pid_t pid;
    int status;

    check(posix_spawnp(&pid, "age", NULL, NULL, argv, environ) == 0, "age (package age)");
    check(waitpid(pid, &status, 0) == pid && status == 0, "age");
    for (size_t i = 0; argv[i] != NULL; i++) {
        free(argv[i]);
    }
    int fd = open(bench->target, O_RDONLY | O_CLOEXEC);
    check(fd >= 0 && fsync(fd) == 0 && fsync(bench->folder_fd) == 0, bench->target);
    close(fd);
}

static const struct {
    const char *name;
    void (*run)(const struct bench *bench);
} works[] = {{"spool", run_spool}, {"archive", run_archive}, {"age", run_age}, {"copy", run_copy}};

enum { WORKS = sizeof works / sizeof works[0], AGE_WORK = 2 };

static int compare(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;

    return (difference > 0) - (difference < 0);
}

static void report(double times[WORKS][ROUNDS_MAX], size_t rounds, unsigned long mebibytes)
{
    double medians[WORKS];
    struct rusage usage;

    for (size_t i = 0; i < WORKS; i++) {
        printf("%-8s", works[i].name);
        for (size_t j = 0; j < rounds; j++) {
            printf(" %.3f", times[i][j]);
        }
        qsort(times[i], rounds, sizeof times[i][0], compare);
        medians[i] = times[i][rounds / 2];
        printf(" s, median %.3f s, %.0f MiB/s\n", medians[i], (double)mebibytes / medians[i]);
    }
    for (size_t i = 0; i < WORKS; i++) {
        printf("%-8s %.2f of age -r\n", works[i].name, medians[AGE_WORK] / medians[i]);
    }
    check(getrusage(RUSAGE_SELF, &usage) == 0, "rusage");
    printf("peak memory of this process %ld KiB\n", usage.ru_maxrss);
}

/* Documents of 32 KiB, durable one by one. */
static void run_small(const struct bench *bench, bool fresh_names)
{
    static const uint8_t document[32768];
    uint8_t sha256[SPOOL_SHA256_BYTES];
    uint64_t size;
    double start = now_s();

    for (unsigned i = 0; i < SMALL_DOCUMENTS; i++) {
        struct spool_writer *writer;
        char name[16];
        (void)snprintf(name, sizeof name, "small-%u", fresh_names ? i : 0);
        check(spool_writer_open(bench->folder_fd, &bench->recipient, 1, &writer) == PR_OK, "spool");
        check(spool_writer_write(writer, document, sizeof document) == PR_OK, "write");
        check(spool_writer_commit(writer, name, sha256, &size) == PR_OK, "commit");
        spool_writer_free(writer);
    }
    double each_ms = (now_s() - start) * 1000 / SMALL_DOCUMENTS;
    printf("small document of 32 KiB, %s: %.2f ms\n", fresh_names ? "fresh name" : "replacing",
           each_ms);
    for (unsigned i = 0; i < SMALL_DOCUMENTS; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "small-%u.age", i);
        (void)unlinkat(bench->folder_fd, name, 0);
    }
}

static void make_source(const struct bench *bench, unsigned long mebibytes)
{
    static uint8_t block[1024 * 1024];
    int fd = open(bench->source, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    check(fd >= 0, bench->source);
    for (unsigned long i = 0; i < mebibytes; i++) {
        memset(block, (int)(i & 255), sizeof block);
        check(write(fd, block, sizeof block) == (ssize_t)sizeof block, "write");
    }
    check(fsync(fd) == 0, "fsync");
    close(fd);
}

static void prepare(struct bench *bench, const char *base, unsigned long mebibytes)
{
    struct age_identity *identity;

    (void)snprintf(bench->folder, sizeof bench->folder, "%s/printroom-bench-XXXXXX", base);
    check(mkdtemp(bench->folder) != NULL, bench->folder);
    (void)snprintf(bench->source, sizeof bench->source, "%s/source", bench->folder);
    (void)snprintf(bench->target, sizeof bench->target, "%s/target.age", bench->folder);
    bench->folder_fd = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(bench->folder_fd >= 0, bench->folder);
    check(age_identity_generate(&identity) == PR_OK, "identity");
    age_identity_recipient(identity, &bench->recipient);
    age_recipient_format(&bench->recipient, bench->recipient_text);
    age_identity_free(identity);
    make_source(bench, mebibytes);
}

int main(int argc, char **argv)
{
    static double times[WORKS][ROUNDS_MAX];
    static struct bench bench;
    unsigned long mebibytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 256;
    unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;

    if (mebibytes == 0 || rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: vault [MEBIBYTES [ROUNDS [FOLDER]]]\n");
        return 2;
    }
    prepare(&bench, argc > 3 ? argv[3] : "/var/tmp", mebibytes);
    for (unsigned long round = 0; round < rounds; round++) {
        for (size_t i = 0; i < WORKS; i++) {
            (void)unlink(bench.target);
            double start = now_s();
            works[i].run(&bench);
            times[i][round] = now_s() - start;
        }
    }
    report(times, rounds, mebibytes);
    run_small(&bench, true);
    run_small(&bench, false);
    (void)unlink(bench.target);
    (void)unlink(bench.source);
    (void)rmdir(bench.folder);
    return 0;
}
