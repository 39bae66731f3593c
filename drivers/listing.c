/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/text.h"

void listing_clear(struct device_listing *listing)
{
    free(listing->items);
    *listing = (struct device_listing){.items = NULL};
}

const struct device_item *listing_find(const struct device_listing *listing, const char *key)
{
    for (size_t i = 0; i < listing->length; i++) {
        if (strcmp(listing->items[i].key, key) == 0) {
            return &listing->items[i];
        }
    }
    return NULL;
}

static bool grow(struct device_listing *listing)
{
    if (listing->length < listing->capacity) {
        return true;
    }
    size_t capacity = listing->capacity == 0 ? 64 : listing->capacity * 2;
    capacity = capacity < DEVICE_ITEMS_MAX ? capacity : DEVICE_ITEMS_MAX;
    struct device_item *items =
        capacity > listing->length ? realloc(listing->items, capacity * sizeof *items) : NULL;
    if (items == NULL) {
        return false;
    }
    listing->items = items;
    listing->capacity = capacity;
    return true;
}

bool listing_add(struct device_listing *listing, const struct device_item *item)
{
    if (listing_find(listing, item->key) != NULL) {
        return true;
    }
    if (!grow(listing)) {
        listing->incomplete = true;
        listing_gap(listing, GAP_TOO_MANY, item->where);
        return false;
    }
    listing->items[listing->length++] = *item;
    return true;
}

void listing_gap(struct device_listing *listing, enum device_gap_why why, const char *what)
{
    struct device_gap gap = {.why = why};
    text_clean(gap.what, sizeof gap.what, what);
    for (size_t i = 0; i < listing->gaps_length; i++) {
        if (listing->gaps[i].why == why && strcmp(listing->gaps[i].what, gap.what) == 0) {
            return;
        }
    }
    if (listing->gaps_length < DEVICE_GAPS_MAX) {
        listing->gaps[listing->gaps_length++] = gap;
    } else {
        listing->incomplete = listing->incomplete || gap_outcome(why) != OUTCOME_VERIFIED_ABSENT;
    }
}

void listing_unread(struct device_listing *listing, const char *key_prefix)
{
    if (listing->unread_length == DEVICE_UNREAD_MAX) {
        listing->incomplete = true;
        return;
    }
    (void)snprintf(listing->unread[listing->unread_length++], DEVICE_KEY_BYTES, "%s", key_prefix);
}

bool listing_covers(const struct device_listing *listing, const char *key)
{
    for (size_t i = 0; i < listing->unread_length; i++) {
        if (strncmp(key, listing->unread[i], strlen(listing->unread[i])) == 0) {
            return false;
        }
    }
    return !listing->incomplete;
}

size_t listing_residue(const struct device_listing *listing)
{
    size_t residue = 0;
    for (size_t i = 0; i < listing->length; i++) {
        residue += listing->items[i].residue ? 1 : 0;
    }
    return residue;
}

/* Gaps ----------------------------------------------------------------------------------------- */

static const struct {
    const char *word, *english, *chinese;
    enum device_outcome outcome;
} gaps[] = {
    [GAP_UNREACHABLE] = {"unreachable", "it did not answer", "无应答", OUTCOME_UNREACHABLE},
    [GAP_REFUSED] = {"refused", "the device refused to tell", "设备拒绝提供", OUTCOME_REFUSED},
    [GAP_MALFORMED] = {"malformed", "its answers make no sense", "应答无法理解", OUTCOME_REFUSED},
    [GAP_SCHEME] = {"scheme", "this kind of address cannot be used for that",
                    "此类地址不支持该操作", OUTCOME_UNSUPPORTED},
    [GAP_LANGUAGE_UNKNOWN] = {"language-unknown",
                              "what it understands is not known, so nothing was sent to it; give "
                              "--language once somebody has found out",
                              "不清楚设备懂哪种语言，未发送任何内容；查明后请用 --language 指定",
                              OUTCOME_UNSUPPORTED},
    [GAP_NO_FILE_SYSTEM] = {"no-file-system",
                            "the device says that it has no file system that can be asked",
                            "设备称没有可查询的文件系统", OUTCOME_VERIFIED_ABSENT},
    [GAP_VOLUME_LOCKED] = {"volume-locked", "the volume is locked: nothing on it can be deleted",
                           "卷已锁定：无法删除其中内容", OUTCOME_VERIFIED_ABSENT},
    [GAP_VOLUME_UNREADABLE] = {"volume-unreadable", "what is on the volume cannot be read",
                               "卷中内容无法读取", OUTCOME_REFUSED},
    [GAP_FOLDER_UNREADABLE] = {"folder-unreadable", "what is in the folder cannot be read",
                               "文件夹内容无法读取", OUTCOME_REFUSED},
    [GAP_TOO_MANY] = {"too-many", "there is more than is looked at in one run: run again",
                      "内容过多，一次未能看完：请再次运行", OUTCOME_SENT_UNVERIFIED},
    [GAP_TOO_DEEP] = {"too-deep", "folders lie in folders deeper than is looked at",
                      "文件夹嵌套过深，未继续查看", OUTCOME_SENT_UNVERIFIED},
    [GAP_STORED_JOBS] = {"stored-jobs",
                         "the device offers no list of stored jobs; whether it has any can only be "
                         "seen at its panel",
                         "设备不提供存储作业列表，是否存在只能在面板上查看",
                         OUTCOME_VERIFIED_ABSENT},
    [GAP_JOBS_UNREADABLE] = {"jobs-unreadable", "this list of jobs cannot be read",
                             "该作业列表无法读取", OUTCOME_REFUSED},
    [GAP_OVERWRITE_UNKNOWN] = {"overwrite-unknown",
                               "whether the device overwrites what it deletes was not told: this "
                               "is deletion, below SP 800-88 Clear",
                               "设备未告知删除时是否覆写：仅为删除，未达到 SP 800-88 的 Clear 级",
                               OUTCOME_VERIFIED_ABSENT},
    [GAP_OVERWRITE_OFF] = {"overwrite-off",
                           "the device says that it does not overwrite what it deletes: this is "
                           "deletion, below SP 800-88 Clear",
                           "设备称删除时不覆写：仅为删除，未达到 SP 800-88 的 Clear 级",
                           OUTCOME_VERIFIED_ABSENT},
    [GAP_MAKER_UNKNOWN] = {"maker-unknown",
                           "nothing is known of this maker's ways to store jobs: look at the panel",
                           "不了解该厂商存储作业的方式：请查看面板", OUTCOME_VERIFIED_ABSENT},
    [GAP_QUEUE] = {"queue", "the CUPS queue could not be paused meanwhile",
                   "期间未能暂停 CUPS 队列", OUTCOME_VERIFIED_ABSENT},
};
_Static_assert(sizeof gaps / sizeof gaps[0] == DEVICE_GAP_WHYS, "every gap has its words");

const char *gap_word(enum device_gap_why why)
{
    return gaps[why].word;
}

const char *gap_english(enum device_gap_why why)
{
    return gaps[why].english;
}

const char *gap_chinese(enum device_gap_why why)
{
    return gaps[why].chinese;
}

enum device_outcome gap_outcome(enum device_gap_why why)
{
    return gaps[why].outcome;
}

enum device_outcome listing_outcome(const struct device_listing *listing)
{
    enum device_outcome worst = OUTCOME_VERIFIED_ABSENT;
    for (size_t i = 0; i < listing->gaps_length; i++) {
        const enum device_outcome outcome = gaps[listing->gaps[i].why].outcome;
        worst = outcome > worst ? outcome : worst;
    }
    return worst == OUTCOME_VERIFIED_ABSENT && (listing->incomplete || listing->unread_length > 0)
               ? OUTCOME_SENT_UNVERIFIED
               : worst;
}

static const char *const outcomes[] = {[OUTCOME_VERIFIED_ABSENT] = "verified-absent",
                                       [OUTCOME_OPERATOR_ATTESTED] = "operator-attested",
                                       [OUTCOME_SENT_UNVERIFIED] = "sent-unverified",
                                       [OUTCOME_UNSUPPORTED] = "unsupported",
                                       [OUTCOME_REFUSED] = "refused",
                                       [OUTCOME_UNREACHABLE] = "unreachable"};
_Static_assert(sizeof outcomes / sizeof outcomes[0] == DEVICE_OUTCOMES,
               "every outcome has its word");

const char *outcome_word(enum device_outcome outcome)
{
    return outcomes[outcome];
}

enum device_gap_why gap_for(enum device_result result)
{
    return result == DEVICE_UNREACHABLE   ? GAP_UNREACHABLE
           : result == DEVICE_MALFORMED   ? GAP_MALFORMED
           : result == DEVICE_UNSUPPORTED ? GAP_SCHEME
                                          : GAP_REFUSED;
}
