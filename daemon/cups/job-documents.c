/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * printroom-job-documents: prints how many documents a CUPS job has, for the backend
 * (daemon/cups/backend/main.c), which needs to know it seldom.
 *
 *   printroom-job-documents JOB-NUMBER
 *
 * Prints 0 when cupsd does not say.
 */
#include <cups/cups.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    static const char *const requested[] = {"number-of-documents"};
    char uri[64];
    long number = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

    if (number <= 0) {
        fputs("usage: printroom-job-documents JOB-NUMBER\n", stderr);
        return 2;
    }
    ipp_t *request = ippNewRequest(IPP_OP_GET_JOB_ATTRIBUTES);

    snprintf(uri, sizeof uri, "ipp://localhost/jobs/%ld", number);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "job-uri", NULL, uri);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL,
                 cupsUser());
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", 1, NULL,
                  requested);

    ipp_t *answer = cupsDoRequest(CUPS_HTTP_DEFAULT, request, "/");
    ipp_attribute_t *documents = ippFindAttribute(answer, requested[0], IPP_TAG_INTEGER);

    printf("%d\n", documents != NULL ? ippGetInteger(documents, 0) : 0);
    ippDelete(answer);
    return 0;
}
