/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cli/devices.h"

#include <cups/cups.h>
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/error.h"

bool device_queue_exists(const char *queue)
{
    char uri[HTTP_MAX_URI];
    ipp_t *request = ippNewRequest(IPP_OP_GET_PRINTER_ATTRIBUTES);

    if (httpAssembleURIf(HTTP_URI_CODING_ALL, uri, sizeof uri, "ipp", NULL, "localhost", 0,
                         "/printers/%s", queue) != HTTP_URI_STATUS_OK) {
        ippDelete(request);
        return false;
    }
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", NULL,
                 "printer-name");
    ipp_t *answer = cupsDoRequest(CUPS_HTTP_DEFAULT, request, "/");
    bool there = answer != NULL && ippGetStatusCode(answer) < IPP_STATUS_REDIRECTION_OTHER_SITE;

    ippDelete(answer);
    return there;
}

int device_queue_make(const char *queue, const char *uri, const char *driver)
{
    const char *const arguments[] = {"lpadmin", "-p",
                                     queue,     "-E",
                                     "-v",      uri,
                                     "-m",      driver != NULL ? driver : "everywhere",
                                     "-o",      "printer-is-shared=false",
                                     "-o",      "printer-op-policy=device",
                                     "-o",      "printer-error-policy=retry-current-job",
                                     NULL};
    /* posix_spawnp() takes pointers to what it does not write. */
    char *argv[sizeof arguments / sizeof arguments[0]];
    pid_t pid = 0;
    int status = 0;

    if (queue[0] == '-' || uri[0] == '-') {
        return PR_EREFUSED;
    }
    memcpy(argv, arguments, sizeof argv);
    if (posix_spawnp(&pid, "lpadmin", NULL, NULL, argv, environ) != 0) {
        return PR_EIO;
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return PR_EIO;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? PR_OK : PR_EREFUSED;
}
