/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"
#include "daemon/error.h"

const char *cli_words(const struct cli *cli, const char *english, const char *chinese)
{
    return cli->language == POLICY_CHINESE ? chinese : english;
}

enum cli_exit cli_refuse(const struct cli *cli, const char *message)
{
    (void)cli;
    fputs("printroom: ", stderr);
    table_write_text(stderr, message);
    fputc('\n', stderr);
    return CLI_REFUSED;
}

static enum cli_exit unreachable(const struct cli *cli, int error)
{
    if (error == PR_EUNREACHABLE) {
        cli_refuse(
            cli, cli_words(cli,
                           "printroomd cannot be reached; is it running? (PRINTROOM_SOCKET "
                           "names its socket)",
                           "无法连接 printroomd，它是否在运行？（PRINTROOM_SOCKET 指明其套接字）"));
        return CLI_UNREACHABLE;
    }
    if (error == PR_EIO) {
        cli_refuse(cli, cli_words(cli, "the connection to printroomd broke; try again",
                                  "与 printroomd 的连接中断，请重试"));
        return CLI_UNREACHABLE;
    }
    return cli_refuse(cli, pr_strerror(error));
}

enum cli_exit cli_finish(const struct cli *cli, int error, struct client_answer *answer,
                         void (*print)(const struct cli *cli, json_t *body))
{
    enum cli_exit status = CLI_DONE;

    if (error != PR_OK) {
        return unreachable(cli, error);
    }
    if (answer->status >= 400 || answer->body == NULL) {
        const char *detail = json_string_value(json_object_get(answer->body, "detail"));

        status = cli_refuse(cli, detail != NULL
                                     ? detail
                                     : cli_words(cli, "printroomd gave an answer that is none",
                                                 "printroomd 的应答无法识别"));
    } else if (cli->json) {
        fwrite(answer->text, 1, answer->length, stdout);
        fputc('\n', stdout);
    } else if (print != NULL) {
        print(cli, answer->body);
    }
    client_answer_clear(answer);
    return status;
}
