/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a camera or a person says a code is: whatever is read as a token is written back the same,
 * and none is genuine that the key did not make. */
#include <fcntl.h>
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/vault/trace-token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 4096 };

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[INPUT_BYTES_MAX + 1];
    char again[TRACE_TEXT_BYTES];
    struct trace_token token = {.code = {.page = TRACE_PAGE_MAX + 1}};
    struct trace_token reread;
    static struct trace_key *key;

    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    if (key == NULL) {
        char folder[] = "/tmp/fuzz-trace.XXXXXX";

        require(sodium_init() >= 0 && mkdtemp(folder) != NULL);
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        require(trace_key_load_or_create(fd, NULL, &key) == PR_OK);
        unlinkat(fd, "trace.key", 0);
        close(fd);
        rmdir(folder);
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (trace_token_parse(text, &token) != PR_OK) {
        require(token.code.page == TRACE_PAGE_MAX + 1);
        return 0;
    }
    require(token.code.page <= TRACE_PAGE_MAX);
    require(trace_token_check(key, &token) == PR_ECRYPTO);
    trace_token_make(key, &token.code, again);
    require(trace_token_parse(again, &reread) == PR_OK);
    require(reread.code.site == token.code.site && reread.code.job == token.code.job);
    require(reread.code.copy == token.code.copy && reread.code.page == token.code.page);
    require(trace_token_check(key, &reread) == PR_OK);
    return 0;
}
