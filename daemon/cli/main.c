/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/table.h"
#include "daemon/cli/token.h"
#include "daemon/error.h"
#include "daemon/json-memory.h"

static enum policy_language language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0') {
            return policy_language_parse(value);
        }
    }
    return POLICY_ENGLISH;
}

static void write_usage(const struct cli_verb *verb, FILE *stream)
{
    fprintf(stream, "printroom %s%s%s%s%s", verb->verb, verb->sub != NULL ? " " : "",
            verb->sub != NULL ? verb->sub : "", verb->arguments[0] != '\0' ? " " : "",
            verb->arguments);
}

static enum cli_exit help(enum policy_language language, FILE *stream)
{
    fputs(language == POLICY_CHINESE ? "用法：printroom [--json] [--as 人员] 命令 …\n\n"
                                     : "usage: printroom [--json] [--as PERSON] VERB …\n\n",
          stream);
    const struct cli_verb *verb = NULL;

    for (size_t i = 0; (verb = cli_verb_at(i)) != NULL; i++) {
        fputs("  ", stream);
        write_usage(verb, stream);
        fprintf(stream, "\n        %s\n", verb->help[language]);
    }
    return CLI_DONE;
}

static enum cli_exit usage(enum policy_language language, const struct cli_verb *verb,
                           const char *error)
{
    if (error != NULL) {
        fprintf(stderr, "printroom: %s\n", error);
    }
    if (verb == NULL) {
        fputs(language == POLICY_CHINESE ? "printroom --help 列出全部命令\n"
                                         : "printroom --help lists all verbs\n",
              stderr);
        return CLI_USAGE;
    }
    fputs(language == POLICY_CHINESE ? "用法：" : "usage: ", stderr);
    write_usage(verb, stderr);
    fputc('\n', stderr);
    return CLI_USAGE;
}

static const char *socket_path(void)
{
    const char *path = getenv("PRINTROOM_SOCKET");

    return path != NULL && path[0] != '\0' ? path : PRINTROOM_RUNDIR "/printroom.sock";
}

/** Who has signed in is known by the token, unless they act as somebody else or are signing in. */
static bool present_token(const struct cli_verb *verb, struct cli *cli)
{
    char path[4096];
    char token[CLI_TOKEN_BYTES];

    if (cli->as != NULL || verb->run == cli_login || !cli_token_path(path, sizeof path)) {
        return true;
    }
    int error = cli_token_read(path, cli->socket, token);

    if (error == PR_OK) {
        error = client_use_token(cli->client, token);
        explicit_bzero(token, sizeof token);
    }
    if (error == PR_EACCESS) {
        cli_refuse(cli, cli_words(cli,
                                  "others could read the token; say `printroom logout` and "
                                  "`printroom login`",
                                  "令牌文件可能已被他人读取，请执行 printroom logout 和 printroom "
                                  "login"));
        return verb->run == cli_logout;
    }
    return error == PR_OK || error == PR_ENOENT;
}

static enum cli_exit run(const struct cli_verb *verb, struct cli *cli,
                         struct cli_arguments *arguments)
{
    int error = client_new(cli->socket, cli->as, cli->language, &cli->client);

    if (error == PR_EINVAL) {
        return cli_refuse(cli,
                          cli_words(cli, "--as: this cannot be a login", "--as：无效的登录名"));
    }
    if (error != PR_OK) {
        return cli_refuse(cli, pr_strerror(error));
    }
    if (!present_token(verb, cli)) {
        client_free(cli->client);
        return CLI_REFUSED;
    }
    enum cli_exit status = verb->run(cli, arguments);

    client_free(cli->client);
    if (fflush(stdout) != 0 && status == CLI_DONE) {
        return cli_refuse(cli, cli_words(cli, "cannot write the answer", "无法输出结果"));
    }
    return status;
}

static enum cli_exit start(int argc, char **argv, struct cli *cli, struct cli_arguments *arguments)
{
    char error[256];
    int used = 0;
    const struct cli_verb *verb;

    if (!cli_arguments_read(NULL, argv, argc, cli->language, arguments, &used, error,
                            sizeof error)) {
        return usage(cli->language, NULL, error);
    }
    argv += used;
    argc -= used;
    if (arguments->help || (argc == 1 && strcmp(argv[0], "help") == 0)) {
        return help(cli->language, stdout);
    }
    verb = cli_verb_find(argv, argc, &used);
    if (verb == NULL) {
        return usage(cli->language, NULL,
                     argc > 0 ? cli_words(cli, "there is no such verb", "没有这个命令")
                              : cli_words(cli, "say what to do", "请给出命令"));
    }
    if (!cli_arguments_read(verb, argv + used, argc - used, cli->language, arguments, NULL, error,
                            sizeof error)) {
        return usage(cli->language, verb, error);
    }
    if (arguments->help) {
        write_usage(verb, stdout);
        printf("\n        %s\n", verb->help[cli->language]);
        return CLI_DONE;
    }
    cli->json = arguments->json;
    cli->as = arguments->as;
    cli->verb = verb;
    return run(verb, cli, arguments);
}

int main(int argc, char **argv)
{
    struct cli cli = {.language = language_of_environment(), .socket = socket_path()};
    struct cli_arguments arguments = {0};

    json_memory_wipe();
    table_set_locale();
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(PACKAGE_STRING);
        return 0;
    }
    enum cli_exit status = start(argc - 1, argv + 1, &cli, &arguments);

    json_decref(arguments.fields);
    return status;
}
