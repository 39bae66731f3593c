/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/devices/turns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct turn {
    struct turn *next;
    struct device_record device; /* as it was then */
    char day[DAY_BYTES];
    int64_t again_ms; /* not before that on the same day */
};
struct device_turns {
    struct turn *first;
};

struct device_turns *device_turns_new(void)
{
    return calloc(1, sizeof(struct device_turns));
}

void device_turns_free(struct device_turns *turns)
{
    while (turns != NULL && turns->first != NULL) {
        struct turn *turn = turns->first;

        turns->first = turn->next;
        free(turn);
    }
    free(turns);
}

static struct turn *find(const struct device_turns *turns, int64_t device)
{
    struct turn *turn = turns->first;

    while (turn != NULL && turn->device.key != device) {
        turn = turn->next;
    }
    return turn;
}

static bool has_moved(const struct device_record *then, const struct device_record *now)
{
    bool moved = then->uris_length != now->uris_length;

    for (unsigned i = 0; i < now->uris_length && !moved; i++) {
        moved = strcmp(then->uris[i], now->uris[i]) != 0;
    }
    return moved;
}

bool device_turn_take(struct device_turns *turns, const struct device_record *device,
                      const char *day, int64_t now_ms)
{
    struct turn *turn = find(turns, device->key);

    if (turn == NULL) {
        turn = calloc(1, sizeof *turn);
        if (turn == NULL) {
            return false;
        }
        turn->next = turns->first;
        turns->first = turn;
    } else if (strcmp(turn->day, day) == 0 && now_ms < turn->again_ms &&
               !has_moved(&turn->device, device)) {
        return false;
    }
    turn->device = *device;
    snprintf(turn->day, sizeof turn->day, "%s", day);
    turn->again_ms = now_ms + DEVICE_SILENT_MS;
    return true;
}

void device_turn_note(struct device_turns *turns, int64_t device, enum device_found found)
{
    struct turn *turn = find(turns, device);

    if (turn != NULL && found != DEVICE_FOUND_ANSWERING) {
        turn->again_ms = found == DEVICE_FOUND_BUSY ? 0 : INT64_MAX;
    }
}
