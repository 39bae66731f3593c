/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the resources about devices share. */
#ifndef DAEMON_API_DEVICES_H
#define DAEMON_API_DEVICES_H

#include "daemon/api/route.h"
#include "daemon/devices/answers.h"
#include "daemon/store/devices.h"

/** The device named by the path's first parameter; false after a refusal. */
bool api_device_take(struct api_request *request, struct device_record *ret_device);

/** Makes moments of the members whose names end in "_at", or are "at", and are numbers
 * (milliseconds); in objects and arrays, whatever their depth. */
void api_moments(json_t *value);

/** Refuses in the words for what a device, or its helper, did not do. */
void api_refuse_device(struct api_request *request, const struct device_record *device, int error,
                       const struct device_answer *answer);

/** Answers with the whole Device document, `probe` (stolen, may be NULL) added. */
void api_reply_device(struct api_request *request, unsigned status, const char *name,
                      json_t *probe);

/** The number in a path; 0 when it is none. */
int64_t api_number(const char *text);

#endif
