/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/jobs/titles.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"

struct waiting {
    int64_t job; /* 0: the place is free */
    char title[JOB_TITLE_BYTES];
};

struct titles {
    pthread_mutex_t lock;
    size_t next; /* the place that is taken next, whoever has it */
    struct waiting waiting[TITLES_MAX];
};

int titles_new(struct titles **ret_titles)
{
    struct titles *titles = calloc(1, sizeof *titles);

    if (titles == NULL) {
        return PR_ENOMEM;
    }
    pthread_mutex_init(&titles->lock, NULL);
    *ret_titles = titles;
    return PR_OK;
}

void titles_free(struct titles *titles)
{
    if (titles != NULL) {
        pthread_mutex_destroy(&titles->lock);
        sodium_memzero(titles, sizeof *titles);
        free(titles);
    }
}

static struct waiting *find(struct titles *titles, int64_t job)
{
    for (size_t i = 0; i < TITLES_MAX; i++) {
        if (titles->waiting[i].job == job) {
            return &titles->waiting[i];
        }
    }
    return NULL;
}

void titles_put(struct titles *titles, int64_t job, const char *title)
{
    pthread_mutex_lock(&titles->lock);
    struct waiting *place = find(titles, job);

    if (place == NULL) {
        place = &titles->waiting[titles->next];
        titles->next = (titles->next + 1) % TITLES_MAX;
    }
    sodium_memzero(place, sizeof *place);
    place->job = job;
    snprintf(place->title, sizeof place->title, "%s", title);
    pthread_mutex_unlock(&titles->lock);
}

bool titles_get(struct titles *titles, int64_t job, char ret_title[JOB_TITLE_BYTES])
{
    pthread_mutex_lock(&titles->lock);
    const struct waiting *place = find(titles, job);

    if (place != NULL) {
        memcpy(ret_title, place->title, sizeof place->title);
    }
    pthread_mutex_unlock(&titles->lock);
    return place != NULL;
}

void titles_forget(struct titles *titles, int64_t job)
{
    pthread_mutex_lock(&titles->lock);
    struct waiting *place = find(titles, job);

    if (place != NULL) {
        sodium_memzero(place, sizeof *place);
    }
    pthread_mutex_unlock(&titles->lock);
}

bool title_is_secret(const struct policy_settings *settings, const struct job_record *job)
{
    const struct policy_ladder *ladder = &settings->ladder;
    const char *level = job->level[0] != '\0' ? job->level : job->request.level;
    int rank = level[0] != '\0' ? policy_ladder_find(ladder, level) : settings->default_level;

    /* A level that is not on the ladder any more was perhaps one. */
    return rank < 0 || ladder->level[rank].supervised;
}
