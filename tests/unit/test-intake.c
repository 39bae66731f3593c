/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may send the document of a job, and when nobody is waited for any longer. */
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/jobs/intake.h"
#include "daemon/keyring.h"
#include "tests/unit/store-support.h"

struct desk {
    struct support *support;
    struct settings settings;
    struct office office;
};

static struct desk desk;

static int set_up(void **state)
{
    struct age_recipient recipient;
    char day[DAY_BYTES];

    if (support_set_up(state) != 0) {
        return -1;
    }
    desk = (struct desk){.support = *state};
    policy_ladder_default(&desk.settings.policy.ladder);
    desk.office = (struct office){.settings = &desk.settings, .store = desk.support->store};
    /* Keys, spool and store share the folder: whoever empties it knows no other. */
    desk.office.spool_fd = open(desk.support->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(desk.office.spool_fd >= 0);
    assert_int_equal(intake_desk_new(&desk.office.desk), PR_OK);
    assert_int_equal(keyring_open(desk.support->folder, desk.office.store, &desk.office.keyring),
                     PR_OK);
    assert_int_equal(keyring_today(desk.office.keyring, day, &recipient), PR_OK);
    return 0;
}

static int tear_down(void **state)
{
    keyring_close(desk.office.keyring);
    intake_desk_free(desk.office.desk);
    close(desk.office.spool_fd);
    return support_tear_down(state);
}

static struct job_record open_job(const char *origin)
{
    struct job_request request = {.document = 1, .copies = 1};
    struct job_record job;
    bool created = false;

    (void)snprintf(request.origin, sizeof request.origin, "%s", origin);
    (void)snprintf(request.person, sizeof request.person, "li");
    assert_int_equal(intake_open(&desk.office, &request, "li", &job, &created), PR_OK);
    assert_true(created);
    return job;
}

static enum job_state state_of(const struct job_record *job)
{
    struct store_tx *tx = NULL;
    struct job_record now;

    assert_int_equal(store_begin_read(desk.office.store, &tx), PR_OK);
    assert_int_equal(job_get(tx, job->key, &now), PR_OK);
    store_rollback(tx);
    return now.state;
}

static pthread_barrier_t meeting;

static void *write_between_meetings(void *context)
{
    struct store_tx *tx = NULL;
    int result = store_begin(context, &tx);

    pthread_barrier_wait(&meeting);
    pthread_barrier_wait(&meeting);
    if (result == PR_OK) {
        store_rollback(tx);
    }
    return NULL;
}

static void *abandon_none(void *context)
{
    intake_abandon_stale(context, store_now_ms() - 3600000);
    return NULL;
}

/* The look for stale jobs comes round while others write: no sender may meet it. */
static void a_fresh_job_is_left_to_its_sender(void **state)
{
    struct job_record job = open_job("one");
    struct intake *intake = NULL;
    pthread_t writer;
    pthread_t look;

    (void)state;
    assert_int_equal(pthread_barrier_init(&meeting, NULL, 2), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_between_meetings, desk.office.store), 0);
    pthread_barrier_wait(&meeting);
    assert_int_equal(pthread_create(&look, NULL, abandon_none, &desk.office), 0);
    nanosleep(&(struct timespec){.tv_nsec = 200000000L}, NULL);
    int result = intake_begin(&desk.office, job.id, &intake);

    pthread_barrier_wait(&meeting);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(pthread_join(look, NULL), 0);
    pthread_barrier_destroy(&meeting);
    assert_int_equal(result, PR_OK);
    intake_free(intake);
    assert_int_equal(state_of(&job), JOB_INCOMING);
}

static void a_job_has_one_sender_at_a_time(void **state)
{
    struct job_record job = open_job("one");
    struct job_record other = open_job("two");
    struct intake *first = NULL;
    struct intake *second = NULL;

    (void)state;
    assert_int_equal(intake_begin(&desk.office, job.id, &first), PR_OK);
    assert_int_equal(intake_begin(&desk.office, job.id, &second), PR_EBUSY);
    assert_int_equal(intake_begin(&desk.office, other.id, &second), PR_OK);
    intake_free(second);
    intake_free(first);
    assert_int_equal(intake_begin(&desk.office, job.id, &first), PR_OK);
    intake_free(first);
}

static void a_stale_job_ends_unless_it_is_being_sent(void **state)
{
    struct job_record stale = open_job("one");
    struct job_record sent = open_job("two");
    struct intake *intake = NULL;

    (void)state;
    assert_int_equal(intake_begin(&desk.office, sent.id, &intake), PR_OK);
    intake_abandon_stale(&desk.office, store_now_ms() + 1);
    assert_int_equal(state_of(&stale), JOB_ABORTED);
    assert_int_equal(state_of(&sent), JOB_INCOMING);
    intake_free(intake);
    intake_abandon_stale(&desk.office, store_now_ms() + 1);
    assert_int_equal(state_of(&sent), JOB_ABORTED);
    assert_int_equal(intake_begin(&desk.office, sent.id, &intake), PR_ESTATE);
}

#define AT_THE_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_THE_DESK(a_fresh_job_is_left_to_its_sender),
        AT_THE_DESK(a_job_has_one_sender_at_a_time),
        AT_THE_DESK(a_stale_job_ends_unless_it_is_being_sent),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
