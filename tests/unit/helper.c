/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/helper.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <unistd.h>

#include "daemon/error.h"
#include "tests/unit/pdf.h"

struct document_helper *start_helper(unsigned timeout_s, uint64_t memory_bytes, unsigned children)
{
    const struct document_helper_settings settings = {.program = DOCUMENT_PROGRAM,
                                                      .timeout_s = timeout_s,
                                                      .memory_bytes = memory_bytes,
                                                      .children = children};
    struct document_helper *helper = NULL;

    assert_int_equal(document_helper_start(&settings, &helper), PR_OK);
    return helper;
}

int try_with(struct document_helper *with, const void *data, size_t size, char *ret_message)
{
    struct document_facts facts = {0};
    int fd = pdf_memfd(data, size);
    int result = document_inspect(with, fd, &facts, ret_message);

    close(fd);
    document_facts_clear(&facts);
    return result;
}

void inspect_bytes(struct document_helper *with, const void *data, size_t size,
                   struct document_facts *ret_facts)
{
    char message[DOCUMENT_MESSAGE_BYTES];
    int fd = pdf_memfd(data, size);
    int result = document_inspect(with, fd, ret_facts, message);

    close(fd);
    if (result != PR_OK) {
        fail_msg("%s: %s", pr_strerror(result), message);
    }
}

void inspect_pages(struct document_helper *with, const struct pdf_page *pages, size_t pages_length,
                   struct document_facts *ret_facts)
{
    struct pdf pdf;

    pdf_document(&pdf, pages, pages_length);
    inspect_bytes(with, pdf.data, pdf.size, ret_facts);
    pdf_free(&pdf);
}
