/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON lines of printroom-device: the first byte picks the verb, the second the exit code. What is
 * let through must be of the promised form. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/devices/answers.h"
#include "daemon/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_clean(const json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;

    if (json_is_real(value) ||
        (json_is_integer(value) &&
         (json_integer_value(value) < 0 || json_integer_value(value) > UINT32_MAX))) {
        abort();
    }
    for (const char *text = json_string_value(value); text != NULL && *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            abort();
        }
    }
    json_array_foreach(value, i, member)
    {
        require_clean(member);
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        require_clean(member);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int exit_codes[] = {0, 1, 3, 2, 9};
    struct device_answer answer;

    if (size < 2) {
        return 0;
    }
    int result =
        device_answer_read((enum device_verb)(data[0] % DEVICE_VERBS), exit_codes[data[1] % 5],
                           (const char *)data + 2, size - 2, &answer);

    if (result == PR_OK && answer.last == NULL) {
        abort();
    }
    if (memchr(answer.message, '\0', sizeof answer.message) == NULL) {
        abort();
    }
    require_clean(answer.lines);
    device_answer_clear(&answer);
    return 0;
}
