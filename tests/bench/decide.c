/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions a second on one core: `tests/bench/decide [ROUNDS]`, raw figures, one line a series.
 * The jobs vary in all that the rules look at, and all rules are set; the series vary in the number
 * of runs of page sizes, because that is what a decision's cost grows with. Prints and never
 * judges: a slow machine is no failure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy/decide.h"

enum { JOBS = 1024, RUNS_MAX = 1000, SERIES = 5 };

struct job {
    struct policy_facts facts;
    struct policy_request request;
    struct policy_person person;
    struct policy_balance balance;
};

struct tally {
    uint64_t outcomes[POLICY_REFUSE + 1];
    uint64_t sheets;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void make_jobs(const struct policy_page_run *runs, size_t runs_length, struct job *ret_jobs)
{
    for (unsigned i = 0; i < JOBS; i++) {
        ret_jobs[i] = (struct job){
            .facts = {.runs = runs,
                      .runs_length = runs_length,
                      .marked_level = (int)(i / 3 % 6) - 1,
                      .color_pages = i % 9,
                      .duplicate_minutes = i % 17 == 0 ? i % 90 : 0,
                      .urgent_this_week = i % 4,
                      .minute_of_week = i * 97 % POLICY_WEEK_MINUTES},
            .request = {.level = (int)(i % 6) - 1,
                        .copies = 1 + i % 7,
                        .number_up = 1 + i % 2,
                        .sides = (enum policy_sides)(i % 3),
                        .urgent = i % 5 == 0,
                        .document_number = ""},
            .person = {.known = i % 11 != 0, .active = i % 13 != 0, .department_active = true},
            .balance = {.allotted = 1000, .reserved = i, .used = i % 5},
        };
    }
}

/* The tally is printed, so that no decision can be left out. */
static void decide_all(const struct policy_settings *settings, const struct job *jobs,
                       unsigned long rounds, struct tally *tally)
{
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < JOBS; i++) {
            struct policy_decision decision;
            policy_decide(settings, &jobs[i].facts, &jobs[i].request, &jobs[i].person,
                          &jobs[i].balance, &decision);
            tally->outcomes[decision.outcome]++;
            tally->sheets += decision.cost.sheets;
        }
    }
}

static void run_series(const struct policy_settings *settings, const struct policy_page_run *runs,
                       size_t runs_length, unsigned long rounds)
{
    static struct job jobs[JOBS];
    struct tally tally = {0};
    make_jobs(runs, runs_length, jobs);
    decide_all(settings, jobs, 1, &tally);
    for (int i = 0; i < SERIES; i++) {
        tally = (struct tally){0};
        const double begin = now_s();
        decide_all(settings, jobs, rounds, &tally);
        const double spent = now_s() - begin;
        const double decisions = (double)rounds * JOBS;
        printf("decide runs=%zu decisions=%.0f cpu_s=%.3f per_s=%.0f print=%" PRIu64
               " hold=%" PRIu64 " refuse=%" PRIu64 " sheets=%" PRIu64 "\n",
               runs_length, decisions, spent, decisions / spent, tally.outcomes[POLICY_PRINT],
               tally.outcomes[POLICY_HOLD], tally.outcomes[POLICY_REFUSE], tally.sheets);
    }
}

int main(int argc, char **argv)
{
    static struct policy_page_run runs[RUNS_MAX];
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        runs[i] = i % 2 ? (struct policy_page_run){1, 297000, 420000}
                        : (struct policy_page_run){3, 210000, 297000};
    }
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    rounds = rounds ? rounds : 1;
    struct policy_settings settings;
    policy_settings_default(&settings);
    /* Every rule of the print room is asked. */
    settings.sheets_max = 2000;
    settings.duplex_above = 10;
    settings.grayscale_above = 4;
    settings.electronic_copies = 5;
    settings.urgent_per_week = 2;
    for (int day = 0; day < 5; day++) {
        const uint16_t midnight = (uint16_t)(day * 24 * 60);
        settings.hours[settings.hours_length++] =
            (struct policy_hours){(uint16_t)(midnight + 8 * 60), (uint16_t)(midnight + 18 * 60)};
    }
    run_series(&settings, runs, 1, rounds);
    run_series(&settings, runs, 10, rounds);
    run_series(&settings, runs, RUNS_MAX, rounds / 100 + 1);
    return 0;
}
