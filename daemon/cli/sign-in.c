/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signing in and out, passwords and PINs.
 *
 * Secrets are read from the terminal without echo, or, when standard input is no terminal, as lines
 * from it; never from the command line, where every process could read them. The token that comes
 * of signing in lies in a file of one's own together with the socket it is good at, so that it is
 * never sent to another service.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/office.h"
#include "daemon/cli/token.h"
#include "daemon/cli/values.h"
#include "daemon/error.h"

enum { SECRET_BYTES = CLI_SECRET_BYTES };

/* Reading secrets --------------------------------------------------------------------------------
 */

/** One line of standard input, byte by byte: what follows it is somebody else's. False at its end,
 * or when it is too long. */
static bool read_line(char secret[SECRET_BYTES])
{
    size_t length = 0;
    char byte;

    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
        if (length == SECRET_BYTES - 1) {
            return false;
        }
        secret[length++] = byte;
    }
    secret[length] = '\0';
    return length > 0;
}

/** Asks on the terminal without echo, or reads the next line when there is none. */
static bool ask_secret(const char *prompt, char secret[SECRET_BYTES])
{
    struct termios shown;
    struct termios hidden;
    sigset_t stops;
    sigset_t before;

    if (tcgetattr(STDIN_FILENO, &shown) != 0) {
        return read_line(secret);
    }
    /* The echo must come back whatever is typed meanwhile. */
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGQUIT);
    sigaddset(&stops, SIGTSTP);
    sigprocmask(SIG_BLOCK, &stops, &before);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fprintf(stderr, "%s: ", prompt);
    bool given = read_line(secret);

    fputc('\n', stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return given;
}

bool cli_ask_secret(const char *prompt, char secret[CLI_SECRET_BYTES])
{
    return ask_secret(prompt, secret);
}

/** A new secret, on a terminal asked for twice. */
static bool ask_new_secret(struct cli *cli, const char *prompt, char secret[SECRET_BYTES])
{
    char again[SECRET_BYTES] = "";

    if (!ask_secret(prompt, secret)) {
        cli_refuse(cli, cli_words(cli, "nothing was entered", "没有输入"));
        return false;
    }
    if (isatty(STDIN_FILENO) == 0) {
        return true;
    }
    bool same =
        ask_secret(cli_words(cli, "Once more", "再次输入"), again) && strcmp(secret, again) == 0;

    explicit_bzero(again, sizeof again);
    if (!same) {
        cli_refuse(cli, cli_words(cli, "the two are not the same; nothing was changed",
                                  "两次输入不一致，未作更改"));
    }
    return same;
}

/* Passwords --------------------------------------------------------------------------------------
 */

/** True when the answer asks for the present password too. */
static bool wants_current(const struct client_answer *answer)
{
    const char *type = json_string_value(json_object_get(answer->body, "type"));

    return type != NULL && strcmp(type, "urn:printroom:problem:password-needed") == 0;
}

static void print_set(const struct cli *cli, json_t *body)
{
    (void)body;
    puts(cli_words(cli, "It is set.", "已设置。"));
}

static enum cli_exit send_secret(struct cli *cli, const char *path, json_t *fields)
{
    struct client_answer answer = {0};
    char current[SECRET_BYTES] = "";
    int error = client_ask(cli->client, "PUT", path, fields, &answer);

    if (error == PR_OK && wants_current(&answer) &&
        ask_secret(cli_words(cli, "Present password", "当前密码"), current)) {
        client_answer_clear(&answer);
        json_object_set_new(fields, "current", json_string(current));
        error = client_ask(cli->client, "PUT", path, fields, &answer);
    }
    explicit_bzero(current, sizeof current);
    return cli_finish(cli, error, &answer, print_set);
}

static enum cli_exit set_secret(struct cli *cli, struct cli_arguments *arguments, const char *field,
                                const char *prompt)
{
    char path[CLI_PATH_BYTES];
    char after[32];
    char secret[SECRET_BYTES] = "";
    enum cli_exit status = CLI_REFUSED;

    snprintf(after, sizeof after, "/%s", field);
    if (!cli_path_of(path, "/v1/people/", arguments->positional[0], after)) {
        return cli_no_such_name(cli);
    }
    if (ask_new_secret(cli, prompt, secret)) {
        if (cli_set_text(arguments->fields, field, secret)) {
            status = send_secret(cli, path, arguments->fields);
        } else {
            cli_refuse(cli, cli_words(cli, "this is not UTF-8 text", "不是 UTF-8 文本"));
        }
    }
    explicit_bzero(secret, sizeof secret);
    return status;
}

enum cli_exit cli_person_password(struct cli *cli, struct cli_arguments *arguments)
{
    return set_secret(cli, arguments, "password", cli_words(cli, "New password", "新密码"));
}

enum cli_exit cli_person_pin(struct cli *cli, struct cli_arguments *arguments)
{
    return set_secret(cli, arguments, "pin", cli_words(cli, "New PIN", "新 PIN"));
}

/* Signing in and out -----------------------------------------------------------------------------
 */

static enum cli_exit keep_token(const struct cli *cli, const char *token)
{
    char path[CLI_PATH_BYTES];
    char message[CLI_PATH_BYTES + 128];

    if (token != NULL && cli_token_path(path, sizeof path) &&
        cli_token_write(path, token, cli->socket) == PR_OK) {
        return CLI_DONE;
    }
    snprintf(message, sizeof message, "%s: %s",
             cli_words(cli, "the token cannot be kept", "无法保存令牌"), strerror(errno));
    return cli_refuse(cli, message);
}

static void print_signed_in(const struct cli *cli, json_t *body)
{
    char until[VALUE_BYTES];

    printf(cli_words(cli, "Signed in as %s until %s.\n", "已登录：%s，有效期至 %s。\n"),
           value_text(body, "login"), value_time(body, "expires_at", until));
}

enum cli_exit cli_login(struct cli *cli, struct cli_arguments *arguments)
{
    const struct passwd *account = getpwuid(getuid());
    const char *login = arguments->length > 0 ? arguments->positional[0]
                        : account != NULL     ? account->pw_name
                                              : "";
    struct client_answer answer = {0};
    char secret[SECRET_BYTES] = "";

    if (!cli_set_text(arguments->fields, "login", login)) {
        return cli_no_such_name(cli);
    }
    ask_secret(cli_words(cli, "Password", "密码"), secret);
    bool text = cli_set_text(arguments->fields, "password", secret);

    explicit_bzero(secret, sizeof secret);
    if (!text) {
        return cli_refuse(cli, cli_words(cli, "this is not UTF-8 text", "不是 UTF-8 文本"));
    }
    int error = client_ask(cli->client, "POST", "/v1/login", arguments->fields, &answer);

    if (error == PR_OK && answer.status == 200) {
        enum cli_exit status =
            keep_token(cli, json_string_value(json_object_get(answer.body, "token")));

        if (status != CLI_DONE) {
            client_answer_clear(&answer);
            return status;
        }
    }
    return cli_finish(cli, error, &answer, print_signed_in);
}

static void print_signed_out(const struct cli *cli, json_t *body)
{
    (void)body;
    puts(cli_words(cli, "Signed out.", "已退出登录。"));
}

enum cli_exit cli_logout(struct cli *cli, struct cli_arguments *arguments)
{
    struct client_answer answer = {0};
    char path[CLI_PATH_BYTES];
    int error = client_ask(cli->client, "POST", "/v1/logout", NULL, &answer);

    (void)arguments;
    /* Whatever the service says: the token is not to be used any more. */
    if (cli_token_path(path, sizeof path)) {
        unlink(path);
    }
    return cli_finish(cli, error, &answer, print_signed_out);
}
