/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of cupsd and its queues. */
#include <cups/cups.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/api/doctor.h"
#include "daemon/error.h"
#include "daemon/store/devices.h"
#include "daemon/store/store.h"

enum { CONNECT_TIMEOUT_MS = 5000 };

static const char *no_password(const char *prompt, http_t *http, const char *method,
                               const char *resource, void *context)
{
    (void)prompt;
    (void)http;
    (void)method;
    (void)resource;
    (void)context;
    return NULL;
}

/** cupsd's latest words, without the full stop: they become part of a sentence. */
static void copy_last_words(char *buffer, size_t size)
{
    const char *words = cupsLastErrorString();
    size_t length = words != NULL ? strlen(words) : 0;

    while (length > 0 && words[length - 1] == '.') {
        length--;
    }
    snprintf(buffer, size, "%.*s", (int)length, words != NULL ? words : "");
}

static http_t *reach(const struct settings *settings)
{
    /* Both are this thread's own. */
    cupsSetServer(settings->cups_server);
    cupsSetPasswordCB2(no_password, NULL);
    return httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, HTTP_ENCRYPTION_IF_REQUESTED, 1,
                        CONNECT_TIMEOUT_MS, NULL);
}

/** Attributes of a queue, to be freed with ippDelete(); NULL with *ret_problem set. */
static ipp_t *ask_queue(http_t *http, const char *queue, char *problem, size_t size)
{
    static const char *const wanted[] = {"device-uri", "printer-op-policy",
                                         "printer-is-accepting-jobs", "printer-is-shared",
                                         "printer-state"};
    char uri[HTTP_MAX_URI];

    if (httpAssembleURIf(HTTP_URI_CODING_ALL, uri, sizeof uri, "ipp", NULL, "localhost", 0,
                         "/printers/%s", queue) != HTTP_URI_STATUS_OK) {
        snprintf(problem, size, "%s", "name too long");
        return NULL;
    }
    ipp_t *request = ippNewRequest(IPP_OP_GET_PRINTER_ATTRIBUTES);

    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                  (int)(sizeof wanted / sizeof wanted[0]), NULL, wanted);
    ipp_t *answer = cupsDoRequest(http, request, "/");

    if (answer == NULL || ippGetStatusCode(answer) >= IPP_STATUS_REDIRECTION_OTHER_SITE) {
        copy_last_words(problem, size);
        ippDelete(answer);
        return NULL;
    }
    return answer;
}

static const char *text_attribute(ipp_t *answer, const char *name)
{
    ipp_attribute_t *attribute = ippFindAttribute(answer, name, IPP_TAG_ZERO);
    const char *value = attribute != NULL ? ippGetString(attribute, 0, NULL) : NULL;

    return value != NULL ? value : "";
}

void doctor_cups(struct office *office, struct doctor_finding *finding)
{
    http_t *http = reach(office->settings);

    snprintf(finding->a, sizeof finding->a, "%s", office->settings->cups_server);
    copy_last_words(finding->b, sizeof finding->b);
    if (http != NULL) {
        finding->result = DOCTOR_OK;
        httpClose(http);
    }
}

void doctor_managed_queue(struct office *office, struct doctor_finding *finding)
{
    const char *queue = office->settings->managed_queue;
    http_t *http = reach(office->settings);
    ipp_t *answer = NULL;

    snprintf(finding->a, sizeof finding->a, "%s", queue);
    if (http == NULL) {
        copy_last_words(finding->b, sizeof finding->b);
        return;
    }
    answer = ask_queue(http, queue, finding->b, sizeof finding->b);
    if (answer != NULL) {
        const char *uri = text_attribute(answer, "device-uri");
        ipp_attribute_t *accepting =
            ippFindAttribute(answer, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
        ipp_attribute_t *state = ippFindAttribute(answer, "printer-state", IPP_TAG_ENUM);

        if (strncmp(uri, "printroom:", strlen("printroom:")) != 0) {
            snprintf(finding->b, sizeof finding->b, "device-uri = %.200s", uri);
        } else if (accepting == NULL || !ippGetBoolean(accepting, 0) || state == NULL ||
                   ippGetInteger(state, 0) == IPP_PSTATE_STOPPED) {
            snprintf(finding->b, sizeof finding->b, "%s", "stopped or not accepting jobs");
        } else {
            finding->result = DOCTOR_OK;
        }
    }
    ippDelete(answer);
    httpClose(http);
}

/** Operation policies every cupsd comes with: they let anybody print. */
static bool policy_is_open(const char *policy)
{
    static const char *const open_policies[] = {"", "default", "authenticated", "kerberos"};

    for (size_t i = 0; i < sizeof open_policies / sizeof open_policies[0]; i++) {
        if (strcmp(policy, open_policies[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_shared(ipp_t *answer)
{
    ipp_attribute_t *shared = ippFindAttribute(answer, "printer-is-shared", IPP_TAG_BOOLEAN);

    return shared != NULL && ippGetBoolean(shared, 0);
}

static void check_device(http_t *http, const struct device_record *device,
                         struct doctor_finding *finding)
{
    if (!device->active || finding->result != DOCTOR_OK) {
        return;
    }
    ipp_t *answer = ask_queue(http, device->queue, finding->b, sizeof finding->b);

    if (answer == NULL) {
        finding->result = DOCTOR_FAILED;
    } else if (policy_is_open(text_attribute(answer, "printer-op-policy"))) {
        snprintf(finding->b, sizeof finding->b, "printer-op-policy = %.200s",
                 text_attribute(answer, "printer-op-policy"));
        finding->result = DOCTOR_WARNING;
    } else if (is_shared(answer)) {
        snprintf(finding->b, sizeof finding->b, "%s", "printer-is-shared = true");
        finding->result = DOCTOR_WARNING;
    }
    if (finding->result != DOCTOR_OK) {
        snprintf(finding->a, sizeof finding->a, "%s", device->queue);
    }
    ippDelete(answer);
}

/* Devices are remembered while cupsd is asked, so that no reading of the store waits for cupsd. */
struct devices {
    size_t length;
    struct device_record *records;
};

static int remember(void *context, const struct device_record *device)
{
    struct devices *devices = context;
    struct device_record *grown =
        realloc(devices->records, (devices->length + 1) * sizeof *devices->records);

    if (grown == NULL) {
        return PR_ENOMEM;
    }
    devices->records = grown;
    devices->records[devices->length++] = *device;
    return PR_OK;
}

void doctor_device_queues(struct office *office, struct doctor_finding *finding)
{
    struct devices devices = {0, NULL};
    struct store_tx *tx = NULL;
    int error = store_begin_read(office->store, &tx);

    if (error == PR_OK) {
        error = device_each(tx, remember, &devices);
        store_rollback(tx);
    }
    http_t *http = error == PR_OK ? reach(office->settings) : NULL;

    if (http == NULL) {
        snprintf(finding->a, sizeof finding->a, "%s", "-");
        if (error == PR_OK) {
            copy_last_words(finding->b, sizeof finding->b);
        } else {
            snprintf(finding->b, sizeof finding->b, "%s", pr_strerror(error));
        }
        free(devices.records);
        return;
    }
    finding->result = DOCTOR_OK;
    for (size_t i = 0; i < devices.length; i++) {
        check_device(http, &devices.records[i], finding);
    }
    httpClose(http);
    free(devices.records);
}

void doctor_access_log(struct office *office, struct doctor_finding *finding)
{
    const char *path = office->settings->cups_access_log;
    struct stat status;

    finding->result = DOCTOR_WARNING;
    snprintf(finding->a, sizeof finding->a, "%s", path[0] != '\0' ? path : "cups-access-log");
    if (path[0] == '\0') {
        snprintf(finding->b, sizeof finding->b, "%s", "\"\"");
        return;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        snprintf(finding->b, sizeof finding->b, "%s", strerror(errno));
        return;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        finding->result = DOCTOR_OK;
    } else {
        snprintf(finding->b, sizeof finding->b, "%s", "no regular file");
    }
    close(fd);
}
