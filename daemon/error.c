/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/error.h"

#include <errno.h>
#include <stddef.h>

static const char *const error_texts[] = {
    [-PR_OK] = "no error",
    [-PR_ENOMEM] = "out of memory",
    [-PR_EINVAL] = "invalid argument",
    [-PR_ENOENT] = "not found",
    [-PR_EEXIST] = "exists already",
    [-PR_EIO] = "input/output error",
    [-PR_ENOSPC] = "no space left",
    [-PR_EACCESS] = "not permitted",
    [-PR_ESTATE] = "not possible in this state",
    [-PR_ELIMIT] = "limit exceeded",
    [-PR_EFORMAT] = "malformed data",
    [-PR_ECRYPTO] = "authentication of data failed",
    [-PR_ENOKEY] = "key not available",
    [-PR_EDB] = "database error",
    [-PR_EBALANCE] = "too few sheets left",
    [-PR_EUNREACHABLE] = "peer not reachable",
    [-PR_EREFUSED] = "refused by peer",
    [-PR_ETIMEOUT] = "timed out",
    [-PR_ECRASHED] = "helper ended without an answer",
    [-PR_EUNSUPPORTED] = "not supported",
    [-PR_EBUSY] = "busy",
};
_Static_assert(sizeof error_texts / sizeof error_texts[0] == -PR_ERROR_LAST + 1,
               "every error code has its text");

const char *pr_strerror(int code)
{
    if (code > 0 || code < PR_ERROR_LAST) {
        return "unknown error";
    }
    return error_texts[-code];
}

int pr_error_from_errno(int error_number)
{
    switch (error_number) {
    case 0:
        return PR_OK;
    case ENOMEM:
        return PR_ENOMEM;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return PR_ENOSPC;
    case ENOENT:
        return PR_ENOENT;
    case EEXIST:
        return PR_EEXIST;
    case EACCES:
    case EPERM:
        return PR_EACCESS;
    case ETIMEDOUT:
        return PR_ETIMEOUT;
    case ECONNREFUSED:
    case EPIPE:
    case ECONNRESET:
        return PR_EUNREACHABLE;
    default:
        return PR_EIO;
    }
}
