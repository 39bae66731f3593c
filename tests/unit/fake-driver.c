/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake-driver.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "drivers/listing.h"

static struct fake_session *own(struct device_session *s)
{
    return (struct fake_session *)s;
}

static enum device_result fail(enum device_result result, char *message)
{
    (void)snprintf(message, DEVICE_TEXT_BYTES, "as the test wants it");
    return result;
}

static void add(struct device_listing *listing, const char *name, bool stays)
{
    struct device_item item = {.kind = DEVICE_ITEM_FILE,
                               .nature = stays ? DEVICE_FONT : DEVICE_DATA,
                               .residue = !stays,
                               .size_bytes = 1};
    (void)snprintf(item.key, sizeof item.key, "%s", name);
    (void)snprintf(item.name, sizeof item.name, "%s", name);
    (void)listing_add(listing, &item);
}

static enum device_result fake_list(struct device_session *s, struct device_listing *listing,
                                    char *message)
{
    struct fake_session *fake = own(s);
    fake->listings++;
    if (fake->line_lost) {
        return fail(DEVICE_UNREACHABLE, message);
    }
    if (fake->no_list) {
        return fail(DEVICE_UNSUPPORTED, message);
    }
    const bool later = fake->listings > fake->list_fails_at;
    if (fake->list_fails_at > 0 &&
        (fake->listings == fake->list_fails_at || (later && fake->list_fails_ever_after))) {
        return fail(fake->list_result, message);
    }
    if (fake->listings > 1 && fake->unread != NULL) {
        listing_unread(listing, fake->unread);
        listing_gap(listing, GAP_FOLDER_UNREADABLE, fake->unread);
    }
    for (size_t i = 0; i < FAKE_ITEMS_MAX; i++) {
        const char *name = fake->items[i].name;
        const bool hidden = fake->listings > 1 && fake->unread != NULL && name != NULL &&
                            strncmp(name, fake->unread, strlen(fake->unread)) == 0;
        if (name != NULL && !hidden) {
            add(listing, name, fake->items[i].stays);
        }
    }
    if (fake->listings > 1 && fake->comes_between != NULL) {
        add(listing, fake->comes_between, false);
    }
    return DEVICE_OK;
}

static enum device_result fake_remove(struct device_session *s, const struct device_item *item,
                                      char *code, char *message)
{
    struct fake_session *fake = own(s);
    transcript_clear(&fake->transcript);
    fake->deletions++;
    (void)poll(NULL, 0, (int)fake->delay_ms);
    if (fake->line_lost) {
        return fail(DEVICE_UNREACHABLE, message);
    }
    for (size_t i = 0; i < FAKE_ITEMS_MAX; i++) {
        struct fake_item *found = &fake->items[i];
        if (found->name == NULL || strcmp(found->name, item->key) != 0) {
            continue;
        }
        const struct fake_deletion deletion = found->deletion;
        if (deletion.sends) {
            transcript_request(&fake->transcript, "delete it", 9);
            transcript_reply(&fake->transcript, "yes", 3);
        }
        if (deletion.deletes) {
            found->name = NULL;
        }
        fake->line_lost = deletion.loses_line;
        (void)snprintf(code, DEVICE_CODE_BYTES, "%s", deletion.code != NULL ? deletion.code : "");
        return deletion.result == DEVICE_OK ? DEVICE_OK : fail(deletion.result, message);
    }
    return fail(DEVICE_NOT_FOUND, message);
}

static enum device_result fake_remove_all(struct device_session *s, char *code, char *message)
{
    struct fake_session *fake = own(s);
    (void)code;
    fake->all_deletions++;
    if (!fake->remove_all_works) {
        return fail(DEVICE_UNSUPPORTED, message);
    }
    memset(fake->items, 0, sizeof fake->items);
    return DEVICE_OK;
}

static enum device_result fake_counters(struct device_session *s, struct device_counters *ret,
                                        char *message)
{
    struct fake_session *fake = own(s);
    if (fake->no_counters || fake->line_lost) {
        return fail(fake->line_lost ? DEVICE_UNREACHABLE : DEVICE_UNSUPPORTED, message);
    }
    *ret = (struct device_counters){100 + fake->deletions, DEVICE_UNKNOWN, DEVICE_UNKNOWN};
    return DEVICE_OK;
}

static enum device_result fake_revive(struct device_session *s, char *message)
{
    struct fake_session *fake = own(s);
    fake->revivals++;
    if (fake->cannot_revive) {
        return fail(DEVICE_UNREACHABLE, message);
    }
    fake->line_lost = false;
    return DEVICE_OK;
}

static void fake_set_deadline(struct device_session *s, int64_t deadline_ms)
{
    own(s)->deadline_ms = deadline_ms;
}

static const struct device_transcript *fake_transcript(struct device_session *s)
{
    return &own(s)->transcript;
}

static void fake_close(struct device_session *s)
{
    own(s)->closed++;
}

static const struct device_driver fake_driver = {.name = "fake",
                                                 .counters = fake_counters,
                                                 .list = fake_list,
                                                 .remove = fake_remove,
                                                 .remove_all = fake_remove_all,
                                                 .revive = fake_revive,
                                                 .set_deadline = fake_set_deadline,
                                                 .transcript = fake_transcript,
                                                 .close = fake_close};

struct device_session *fake_session(struct fake_session *fake)
{
    fake->head = (struct device_session){.driver = &fake_driver, .uri = "fake:"};
    return &fake->head;
}
