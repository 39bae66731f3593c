/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The table of verbs in its parts, and the options that several verbs take. */
#ifndef DAEMON_CLI_VERBS_H
#define DAEMON_CLI_VERBS_H

#include "daemon/cli/cli.h"

/** Some of the verbs, in the order of usage. */
struct cli_verbs {
    const struct cli_verb *verbs;
    size_t length;
};
extern const struct cli_verbs cli_device_verbs;
extern const struct cli_verbs cli_paper_verbs;

#define COPIES                                                                                     \
    {                                                                                              \
        "--copies", CLI_INTEGER, "copies", false                                                   \
    }
#define LEVEL                                                                                      \
    {                                                                                              \
        "--level", CLI_TEXT, "level", false                                                        \
    }
#define SIDES                                                                                      \
    {                                                                                              \
        "--sides", CLI_TEXT, "sides", false                                                        \
    }
#define URGENT                                                                                     \
    {                                                                                              \
        "--urgent", CLI_FLAG, "urgent", false                                                      \
    }
#define NUMBER                                                                                     \
    {                                                                                              \
        "--document-number", CLI_TEXT, "document_number", false                                    \
    }
#define MONTH                                                                                      \
    {                                                                                              \
        "--month", CLI_TEXT, "month", false                                                        \
    }

#endif
