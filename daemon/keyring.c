/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/store/custody.h"
#include "daemon/store/days.h"

struct open_key {
    struct open_key *next;
    char day[DAY_BYTES];
    struct age_identity *identity;
};

struct keyring {
    pthread_mutex_t lock;
    struct store *store;
    int directory_fd;
    struct open_key *keys;
    struct trace_key *trace; /**< NULL: gone */
};

/* The key file is made before it is remembered: a crash in between leaves a key nobody used, which
 * is taken. */
static int remember_trace_key(struct keyring *keyring)
{
    struct store_tx *tx;
    int result = store_begin(keyring->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    (void)custody_remember_trace_key(tx, trace_key_id(keyring->trace));
    return store_commit(tx);
}

/* Without it the office works on, but no classified job is stamped. */
static void open_trace_key(struct keyring *keyring)
{
    char id[TRACE_KEY_ID_BYTES];
    struct store_tx *tx;
    int known = store_begin_read(keyring->store, &tx);

    if (known == PR_OK) {
        known = custody_trace_key(tx, id);
        store_rollback(tx);
    }
    int result = known == PR_OK || known == PR_ENOENT
                     ? trace_key_load_or_create(keyring->directory_fd, known == PR_OK ? id : NULL,
                                                &keyring->trace)
                     : known;
    if (result == PR_OK && known == PR_ENOENT) {
        result = remember_trace_key(keyring);
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "no copy can be stamped or traced: %s", pr_strerror(result));
        trace_key_free(keyring->trace);
        keyring->trace = NULL;
    }
}

int keyring_open(const char *key_directory, struct store *store, struct keyring **ret_keyring)
{
    struct keyring *keyring = calloc(1, sizeof *keyring);

    if (keyring == NULL) {
        return PR_ENOMEM;
    }
    if (mkdir(key_directory, 0700) != 0 && errno != EEXIST) {
        goto failed;
    }
    keyring->directory_fd = open(key_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (keyring->directory_fd < 0) {
        goto failed;
    }
    pthread_mutex_init(&keyring->lock, NULL);
    keyring->store = store;
    open_trace_key(keyring);
    *ret_keyring = keyring;
    return PR_OK;
failed:
    log_write(LOG_LEVEL_ERROR, "%s: %s", key_directory, strerror(errno));
    free(keyring);
    return pr_error_from_errno(errno);
}

void keyring_close(struct keyring *keyring)
{
    if (keyring == NULL) {
        return;
    }
    while (keyring->keys != NULL) {
        struct open_key *key = keyring->keys;

        keyring->keys = key->next;
        age_identity_free(key->identity);
        free(key);
    }
    trace_key_free(keyring->trace);
    close(keyring->directory_fd);
    pthread_mutex_destroy(&keyring->lock);
    free(keyring);
}

/* Writes down that a day has begun, with its key's recipient. */
static int remember_day(struct keyring *keyring, const char *day,
                        const struct age_identity *identity)
{
    struct age_recipient recipient;
    char text[AGE_RECIPIENT_TEXT_BYTES];
    struct store_tx *tx;
    int result = store_begin(keyring->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    age_identity_recipient(identity, &recipient);
    age_recipient_format(&recipient, text);
    day_add(tx, day, text);
    return store_commit(tx);
}

static int find_day(struct keyring *keyring, const char *day, struct day_record *ret_day)
{
    struct store_tx *tx;
    int result = store_begin_read(keyring->store, &tx);

    if (result != PR_OK) {
        return result;
    }
    result = day_find(tx, day, ret_day);
    store_rollback(tx);
    return result;
}

/* The key file is made before the day is written down: a crash in between leaves a key nobody used,
 * which is taken. */
static int begin_day(struct keyring *keyring, const char *day, struct age_identity **ret_identity)
{
    int result = day_key_create(keyring->directory_fd, day, ret_identity);

    if (result == PR_EEXIST) {
        result = day_key_load(keyring->directory_fd, day, NULL, ret_identity);
    }
    if (result != PR_OK) {
        return result;
    }
    result = remember_day(keyring, day, *ret_identity);
    if (result != PR_OK) {
        age_identity_free(*ret_identity);
    } else {
        log_write(LOG_LEVEL_NOTICE, "day %s has begun with a key of its own", day);
    }
    return result;
}

/* The day's key from memory, else from its file; may_begin: a day the store does not know is begun.
 */
static int get(struct keyring *keyring, const char *day, bool may_begin,
               const struct age_identity **ret_identity)
{
    struct age_identity *identity;
    struct age_recipient expected;
    struct day_record record;
    int result;

    for (struct open_key *key = keyring->keys; key != NULL; key = key->next) {
        if (strcmp(key->day, day) == 0) {
            *ret_identity = key->identity;
            return PR_OK;
        }
    }
    struct open_key *key = calloc(1, sizeof *key);

    if (key == NULL) {
        return PR_ENOMEM;
    }
    result = find_day(keyring, day, &record);
    if (result == PR_ENOENT && may_begin) {
        result = begin_day(keyring, day, &identity);
    } else if (result == PR_OK && !record.destroyed) {
        result = age_recipient_parse(record.recipient, &expected);
        if (result == PR_OK) {
            result = day_key_load(keyring->directory_fd, day, &expected, &identity);
        }
    } else if (result == PR_OK || result == PR_ENOENT) {
        result = PR_ENOKEY;
    }
    if (result != PR_OK) {
        log_write(LOG_LEVEL_ERROR, "the key of day %s cannot be used: %s", day,
                  pr_strerror(result));
        free(key);
        return result;
    }
    memcpy(key->day, day, DAY_BYTES);
    key->identity = identity;
    key->next = keyring->keys;
    keyring->keys = key;
    *ret_identity = identity;
    return PR_OK;
}

int keyring_today(struct keyring *keyring, char ret_day[DAY_BYTES],
                  struct age_recipient *ret_recipient)
{
    const struct age_identity *identity;
    char day[DAY_BYTES];

    clock_day(store_now_ms(), day);
    pthread_mutex_lock(&keyring->lock);
    int result = get(keyring, day, true, &identity);
    pthread_mutex_unlock(&keyring->lock);
    if (result == PR_OK) {
        memcpy(ret_day, day, DAY_BYTES);
        age_identity_recipient(identity, ret_recipient);
    }
    return result;
}

int keyring_identity(struct keyring *keyring, const char *day,
                     const struct age_identity **ret_identity)
{
    pthread_mutex_lock(&keyring->lock);
    int result = get(keyring, day, false, ret_identity);
    pthread_mutex_unlock(&keyring->lock);
    return result;
}

const struct trace_key *keyring_trace_key(const struct keyring *keyring)
{
    return keyring->trace;
}
