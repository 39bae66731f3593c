/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPP answers (RFC 8010) as devices send them, by every reader of them; and `printer-supply` as
 * text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ipp-exchange.h"
#include "drivers/ipp-read.h"
#include "drivers/listing.h"
#include "drivers/vendors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

struct input {
    const uint8_t *at, *end;
};

static ssize_t take(void *input_, ipp_uchar_t *bytes, size_t size)
{
    struct input *input = input_;
    const size_t left = (size_t)(input->end - input->at);
    const size_t taken = left < size ? left : size;
    if (taken > 0) {
        memcpy(bytes, input->at, taken);
        input->at += taken;
    }
    return (ssize_t)taken;
}

static void read_answer(ipp_t *response)
{
    static const struct residue_rules rules;
    static struct device_supplies supplies;
    struct device_listing listing = {.items = NULL};
    struct device_facts facts = {.make = ""};
    struct device_counters counters;
    struct device_reasons reasons;
    char state[DEVICE_KEYWORD_BYTES];
    (void)ipp_read_jobs(response, "completed", &rules, &listing);
    (void)ipp_read_jobs(response, "saved", &rules, &listing);
    (void)ipp_read_jobs(response, IPP_JOBS_KEPT, &rules, &listing);
    for (size_t i = 0; i < listing.length; i++) {
        require(listing.items[i].job_id > 0);
    }
    listing_clear(&listing);
    ipp_read_facts(response, &facts);
    (void)vendor_of(&facts);
    if (ipp_read_counters(response, &counters)) {
        require(counters.impressions >= 0 || counters.media_sheets >= 0);
    }
    ipp_read_supplies(response, &supplies);
    require(supplies.length <= DEVICE_SUPPLIES_MAX);
    ipp_read_reasons(&reasons, response, "printer-state-reasons");
    (void)ipp_read_state(state, response, "printer-state", IPP_PSTATE_IDLE, IPP_PSTATE_STOPPED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct device_supply supply;
    ipp_t *response = ippNew();
    ipp_read_supply((const char *)data, size, "", &supply);
    require(supply.level_percent >= DEVICE_UNKNOWN && supply.level_percent <= 100);
    if (ippReadIO(&input, take, 1, NULL, response) == IPP_STATE_DATA) {
        read_answer(response);
    }
    ippDelete(response);
    return 0;
}
