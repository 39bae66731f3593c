/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Problem. Those who may decide should hear of it, by a program that is not ours, may hang, and may
 * be away; and no request may wait for it.
 *
 * Chosen way. What was told stands in the approval's row, and the main loop looks for rows that
 * were not. The program gets the mail as sealed memory on its standard input and the addressees
 * (login names: local mail) as arguments after "--", in a session of its own, with an empty
 * environment, few descriptors and limits on time and files. It has some seconds; then its whole
 * session is ended. A mail names job, sender and numbers, never a document's title.
 * Mails go in turn, and the next call begins behind the last one that was tried: a mail that cannot
 * be sent holds the others up for one round at most, and a call takes no longer than a slow program
 * and a half of its patience.
 *
 * Left out. Addresses elsewhere than at this machine: people have none; the machine's aliases(5)
 * lead further.
 */
#include "daemon/jobs/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/jobs/approvals.h"
#include "daemon/jobs/plaintext.h"
#include "daemon/jobs/states.h"
#include "daemon/log.h"

enum {
    ADDRESSEES_MAX = 32,
    MAILS_A_CALL = 16,
    TEXT_BYTES = 4096,
    QUESTION_BYTES = 1024,
    PATIENCE_MS = 10000,
    STEP_MS = 20,
    CPU_S = 10,
    FILE_BYTES = 16 << 20,
    DESCRIPTORS = 64
};

struct mail {
    size_t addressees;
    char addressee[ADDRESSEES_MAX][PERSON_LOGIN_BYTES];
    char text[TEXT_BYTES];
};

struct gathering {
    size_t length;
    struct person *person;
};

static int gather_person(void *context, const struct person *person)
{
    struct gathering *gathering = context;
    struct person *grown =
        reallocarray(gathering->person, gathering->length + 1, sizeof *gathering->person);

    if (grown == NULL) {
        return PR_ENOMEM;
    }
    gathering->person = grown;
    gathering->person[gathering->length++] = *person;
    return PR_OK;
}

/* Who may decide today on this question: everybody but the job's sender. */
static int gather_addressees(const struct office *office, struct store_tx *tx,
                             const struct job_record *job, enum approval_kind kind,
                             struct mail *mail)
{
    struct gathering gathering = {.length = 0};
    int result = person_each(tx, gather_person, &gathering);

    for (size_t i = 0; i < gathering.length && result == PR_OK; i++) {
        const struct person *person = &gathering.person[i];
        /* A login that begins with '-' would be taken for an option by some programs. */
        bool fit = strcmp(person->login, job->request.person) != 0 && person->login[0] != '-' &&
                   mail->addressees < ADDRESSEES_MAX;
        int may = fit ? approvals_may_answer(office, tx, person, job, kind) : PR_EACCESS;

        if (may == PR_OK) {
            memcpy(mail->addressee[mail->addressees++], person->login, sizeof person->login);
        } else if (may != PR_EACCESS) {
            result = may;
        }
    }
    free(gathering.person);
    return result;
}

/* RFC 2047: an encoded word; the texts here stay below its 75 characters. */
static void write_subject(const char *subject, char *buffer, size_t size)
{
    char encoded[sodium_base64_ENCODED_LEN(128, sodium_base64_VARIANT_ORIGINAL)];

    sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)subject, strlen(subject),
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(buffer, size, "=?UTF-8?B?%s?=", encoded);
}

/* What is asked. */
static void write_question(const struct office *office, const struct job_record *job,
                           const struct approval *approval, char *buffer, size_t size)
{
    const struct policy_ladder *ladder = &office->settings->policy.ladder;
    int rank = policy_ladder_find(ladder, approval->level);
    bool chinese = office->settings->language == POLICY_CHINESE;
    const char *level = rank < 0  ? approval->level
                        : chinese ? ladder->level[rank].name_zh
                                  : ladder->level[rank].name_en;

    if (approval->kind == APPROVAL_CLASSIFIED) {
        snprintf(buffer, size,
                 chinese ? "作业 %s（%s，%s）为“%s”级，等待审批。"
                         : "Job %s (%s, %s) is of level %s and waits for a word.",
                 job->id, job->request.person, job->department_name, level);
    } else {
        snprintf(buffer, size,
                 chinese ? "作业 %s（%s，%s）需要 %lld 张，超出额度 %lld 张，等待审批。"
                         : "Job %s (%s, %s) needs %lld sheets, %lld more than there are left, and "
                           "waits for a word.",
                 job->id, job->request.person, job->department_name, (long long)job->sheets,
                 (long long)approval->sheets_missing);
    }
}

static void write_mail(const struct office *office, const struct job_record *job,
                       const struct approval *approval, bool reminder, struct mail *mail)
{
    static const char *const subjects[POLICY_LANGUAGES][2] = {
        [POLICY_ENGLISH] = {"Approval wanted", "Reminder: approval"},
        [POLICY_CHINESE] = {"待审批", "审批提醒"},
    };
    bool chinese = office->settings->language == POLICY_CHINESE;
    char expires[CLOCK_TEXT_BYTES];
    char question[QUESTION_BYTES];
    char subject[100];
    char encoded[200];

    clock_format(approval->asked_at + office->settings->approvals.expire_ms, expires);
    snprintf(subject, sizeof subject, "%s %s", subjects[office->settings->language][reminder],
             job->id);
    write_subject(subject, encoded, sizeof encoded);
    int length = snprintf(mail->text, sizeof mail->text,
                          "Subject: %s\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
                          "Content-Type: text/plain; charset=UTF-8\n"
                          "Content-Transfer-Encoding: 8bit\nTo: ",
                          encoded);

    for (size_t i = 0; i < mail->addressees && (size_t)length < sizeof mail->text; i++) {
        length += snprintf(mail->text + length, sizeof mail->text - (size_t)length, "%s%s",
                           i > 0 ? ",\n " : "", mail->addressee[i]);
    }
    if ((size_t)length >= sizeof mail->text) {
        return;
    }
    write_question(office, job, approval, question, sizeof question);
    snprintf(mail->text + length, sizeof mail->text - (size_t)length,
             chinese ? "\n\n%s\n"
                       "查看：printroom approvals；printroom preview %s -o 文件\n"
                       "批准：printroom approve %s　否决：printroom deny %s --comment 意见\n"
                       "截止时间：%s\n"
                     : "\n\n%s\nLook: printroom approvals; printroom preview %s -o FILE\n"
                       "Approve: printroom approve %s   Deny: printroom deny %s --comment WHY\n"
                       "It ends at %s if nobody decides.\n",
             question, job->id, job->id, job->id, expires);
}

/* The program ------------------------------------------------------------------------------------
 */

static int spawn(char *program, struct mail *mail, int input, pid_t *ret_pid)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char locale[] = "LC_ALL=C.UTF-8";
    static char dots_are_text[] = "-oi";
    static char no_more_options[] = "--";
    char *environment[] = {path, locale, NULL};
    char *arguments[ADDRESSEES_MAX + 4] = {program, dots_are_text, no_more_options};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;

    for (size_t i = 0; i < mail->addressees; i++) {
        arguments[3 + i] = mail->addressee[i];
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    int failed = posix_spawn(ret_pid, program, &actions, &attributes, arguments, environment);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        log_write(LOG_LEVEL_ERROR, "sendmail %s: %s", program, strerror(failed));
        return PR_EUNREACHABLE;
    }
    return PR_OK;
}

static void limit(pid_t pid)
{
    static const struct {
        int resource;
        rlim_t most;
    } rows[] = {{RLIMIT_CPU, CPU_S}, {RLIMIT_FSIZE, FILE_BYTES}, {RLIMIT_NOFILE, DESCRIPTORS}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct rlimit most = {rows[i].most, rows[i].most};

        /* It may have ended already, or be privileged: then its time is the only limit. */
        (void)prlimit(pid, (__rlimit_resource_t)rows[i].resource, &most, NULL);
    }
}

static int wait_for(const char *program, pid_t pid)
{
    const struct timespec step = {0, STEP_MS * 1000000L};
    int status = 0;
    pid_t ended;
    int waited = 0;

    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && waited < PATIENCE_MS) {
        nanosleep(&step, NULL);
        waited += STEP_MS;
    }
    if (ended == 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, &status, 0);
        log_write(LOG_LEVEL_ERROR, "sendmail %s took longer than %d s and was ended", program,
                  PATIENCE_MS / 1000);
        return PR_ETIMEOUT;
    }
    if (ended < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        log_write(LOG_LEVEL_ERROR, "sendmail %s did not take the mail (status %#x)", program,
                  (unsigned)status);
        return PR_EREFUSED;
    }
    return PR_OK;
}

static int send_mail(char *program, struct mail *mail)
{
    int fd = -1;
    pid_t pid = 0;
    int result = plaintext_new(&fd);

    if (result != PR_OK) {
        return result;
    }
    result = plaintext_append(fd, (const uint8_t *)mail->text, strlen(mail->text));
    if (result == PR_OK) {
        result = plaintext_seal(fd);
    }
    if (result == PR_OK) {
        result = spawn(program, mail, fd, &pid);
    }
    close(fd);
    if (result == PR_OK) {
        limit(pid);
        result = wait_for(program, pid);
    }
    return result;
}

/* Which are due ----------------------------------------------------------------------------------
 */

/* What is due of an approval: PR_OK with a mail, PR_ENOENT when nothing is. */
static int prepare(struct office *office, int64_t key, int64_t now_ms,
                   struct approval *ret_approval, struct job_record *ret_job, bool *ret_reminder,
                   struct mail *mail)
{
    int64_t remind_ms = office->settings->approvals.remind_ms;
    struct store_tx *tx;
    int result = store_begin_read(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = approval_get(tx, key, ret_approval);
    if (result == PR_OK) {
        bool late = remind_ms > 0 && now_ms - ret_approval->asked_at >= remind_ms &&
                    ret_approval->reminded_at == 0;

        *ret_reminder = ret_approval->told_at != 0;
        result =
            ret_approval->state == APPROVAL_OPEN && (!*ret_reminder || late) ? PR_OK : PR_ENOENT;
    }
    if (result == PR_OK) {
        result = job_get(tx, ret_approval->job, ret_job);
    }
    if (result == PR_OK) {
        result = gather_addressees(office, tx, ret_job, ret_approval->kind, mail);
    }
    store_rollback(tx);
    if (result == PR_OK && mail->addressees == 0) {
        result = PR_ENOENT;
    }
    if (result == PR_OK) {
        write_mail(office, ret_job, ret_approval, *ret_reminder, mail);
    }
    return result;
}

static int remember(struct office *office, const struct approval *approval, const char *job_id,
                    bool reminder)
{
    struct approval now;
    struct store_tx *tx;
    int result = store_begin(office->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = approval_get(tx, approval->key, &now);
    /* Decided while the mail went out: nothing is left to remember. */
    if (result == PR_OK && now.state == APPROVAL_OPEN) {
        result = approval_set_told(tx, approval, job_id, reminder, JOB_ACTOR_DAEMON);
    }
    if (result != PR_OK) {
        store_rollback(tx);
        return result;
    }
    return store_commit(tx);
}

/* One approval: PR_OK also when nothing is due; *ret_tried says whether the program ran. */
static int notify_one(struct office *office, int64_t key, int64_t now_ms, bool *ret_tried)
{
    struct mail mail = {.addressees = 0};
    struct approval approval;
    struct job_record job;
    bool reminder = false;
    int result = prepare(office, key, now_ms, &approval, &job, &reminder, &mail);

    if (result != PR_OK) {
        return result == PR_ENOENT ? PR_OK : result;
    }
    *ret_tried = true;
    result = send_mail(office->settings->sendmail, &mail);
    return result == PR_OK ? remember(office, &approval, job.id, reminder) : result;
}

static int64_t elapsed_ms(const struct timespec *since)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* Where a round begins: behind the approval that was tried last. Keys are in no order. */
static size_t first_of_round(const int64_t *keys, size_t length, int64_t last)
{
    for (size_t i = 0; i < length; i++) {
        if (keys[i] == last) {
            return i + 1;
        }
    }
    return 0;
}

void approvals_notify(struct office *office, struct notify_round *round, int64_t now_ms)
{
    int64_t *keys = NULL;
    size_t length = 0;
    unsigned tried = 0;
    struct timespec start;
    struct store_tx *tx;

    if (office->settings->sendmail[0] == '\0' || store_begin_read(office->store, &tx) != PR_OK) {
        return;
    }
    int result = approval_open_keys(tx, &keys, &length);

    store_rollback(tx);
    clock_gettime(CLOCK_MONOTONIC, &start);
    size_t first = result == PR_OK ? first_of_round(keys, length, round->last) : 0;

    for (size_t i = 0; i < length && tried < MAILS_A_CALL && elapsed_ms(&start) < PATIENCE_MS / 2;
         i++) {
        int64_t key = keys[(first + i) % length];
        bool now_tried = false;
        int one = notify_one(office, key, now_ms, &now_tried);

        if (now_tried) {
            tried++;
            round->last = key;
        }
        result = one != PR_OK ? one : result;
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_WARNING, "mail on approvals is tried again later: %s",
                  pr_strerror(result));
    }
    free(keys);
}
