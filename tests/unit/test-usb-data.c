/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of USB printers before one is opened: ids, names, CUPS's quirk data, ipp-usb's
 * words. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/sandbox.h"
#include "drivers/usb-device-id.h"
#include "drivers/usb-ippusb.h"
#include "drivers/usb-name.h"
#include "drivers/usb-quirks.h"

/* Device ids ----------------------------------------------------------------------------------- */

#define ID "MFG:Example;MDL:Press 2;CMD:PJL, PCL ;SN:;"

static size_t make_answer(uint8_t *answer, unsigned first, unsigned second)
{
    answer[0] = (uint8_t)first;
    answer[1] = (uint8_t)second;
    memcpy(answer + 2, ID, sizeof ID - 1);
    return sizeof ID + 1;
}

static void test_device_id_lengths(void **state)
{
    (void)state;
    uint8_t answer[64];
    char text[USB_DEVICE_ID_BYTES] = "untouched";
    const unsigned length = sizeof ID + 1;
    assert_true(usb_device_id_read(answer, make_answer(answer, 0, length), text));
    assert_string_equal(text, ID);
    assert_true(usb_device_id_read(answer, make_answer(answer, length, 0), text));
    assert_string_equal(text, ID);
    /* The length says more than there is: what is there counts. */
    assert_true(usb_device_id_read(answer, make_answer(answer, 2, 0), text));
    assert_string_equal(text, ID);
    /* Less than there is: the rest is not ours. */
    assert_true(usb_device_id_read(answer, make_answer(answer, 0, 2 + 12), text));
    assert_string_equal(text, "MFG:Example;");
    /* Nonsense, in either order. */
    (void)snprintf(text, sizeof text, "untouched");
    assert_false(usb_device_id_read(answer, make_answer(answer, 0xff, 0xff), text));
    assert_false(usb_device_id_read(answer, make_answer(answer, 0, 0), text));
    assert_false(usb_device_id_read(answer, 13, text));
    assert_false(usb_device_id_read(answer, 0, text));
    assert_string_equal(text, "untouched");
}

static void test_device_id_values(void **state)
{
    (void)state;
    static const char *const model[] = {"MODEL", "mdl", NULL};
    static const char *const languages[] = {"COMMAND SET", "CMD", NULL};
    static const char *const serial[] = {"SN", NULL};
    char value[USB_NAME_BYTES] = "untouched";
    assert_true(usb_device_id_value(ID, model, value, sizeof value));
    assert_string_equal(value, "Press 2");
    assert_true(
        usb_device_id_value(" MFG : x ; COMMAND SET: PCL ", languages, value, sizeof value));
    assert_string_equal(value, "PCL");
    assert_true(usb_device_id_value(ID, languages, value, sizeof value));
    assert_string_equal(value, "PJL, PCL");
    assert_true(usb_device_id_value(ID, languages, value, 4));
    assert_string_equal(value, "PJL");
    /* Empty, absent, and the end of another key. */
    assert_false(usb_device_id_value(ID, serial, value, sizeof value));
    assert_false(usb_device_id_value("XMDL:x;MDLX:y;MDL", model, value, sizeof value));
    assert_false(usb_device_id_value(";;:;::", model, value, sizeof value));
    assert_string_equal(value, "PJL");
}

/* Names ---------------------------------------------------------------------------------------- */

static void test_name_as_cups(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        struct usb_strings strings;
        int interface;
        const char *uri;
    } cases[] = {
        {ID, {.serial = "S1"}, 0, "usb://Example/Press%202?serial=S1"},
        {ID, {.serial = "S1"}, 1, "usb://Example/Press%202?serial=S1&interface=1"},
        {ID, {.serial = ""}, 2, "usb://Example/Press%202?interface=2"},
        {"MFG:Hewlett-Packard;MDL:HP LaserJet 4;", {.serial = ""}, 0, "usb://HP/LaserJet%204"},
        {"MFG:HP;MDL:hp Jet 4;", {.serial = "s"}, 0, "usb://HP/Jet%204?serial=s"},
        {"MDL:Acme Jet;", {.make = ""}, 0, "usb://Acme/Jet"},
        {"DES:Acme Jet;", {.make = ""}, 0, "usb://Acme/Jet"},
        {"", {.make = "Acme", .model = "Jet"}, 0, "usb://Acme/Jet"},
        {"", {.make = "Acme", .model = "Acme "}, 0, "usb://Acme/Acme%20"},
        {"", {.make = "Acme"}, 0, "usb://Acme/Unknown%20Model"},
        {"", {.make = ""}, 0, "usb://Unknown/Printer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char uri[USB_URI_BYTES];
        const struct usb_name name =
            usb_name_make(cases[i].id, &cases[i].strings, cases[i].interface);
        assert_true(usb_name_write(&name, uri));
        assert_string_equal(uri, cases[i].uri);
        struct usb_name again;
        assert_true(usb_name_read(uri, &again));
        assert_true(usb_name_is(&again, &name));
    }
}

static void test_name_not_read(void **state)
{
    (void)state;
    static const char *const uris[] = {"",
                                       "usb:",
                                       "usb://Acme",
                                       "usb://Acme/",
                                       "socket://Acme/Jet",
                                       "usb://Acme/Jet?interface=x",
                                       "usb://Acme/Jet?interface=256",
                                       "usb://Acme/Jet?serial=1&interface=-1"};
    struct usb_name name = {.make = "untouched"};
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        assert_false(usb_name_read(uris[i], &name));
    }
    assert_string_equal(name.make, "untouched");
}

static void test_same_device(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"usb://A/B?serial=1", "usb://A/B?serial=1", true},
        {"usb://A/B?serial=1", "usb://A/B?serial=2", false},
        {"usb://A/B?serial=1", "usb://A/B", true},
        {"usb://A/B?serial=?", "usb://A/B?serial=1", true},
        {"usb://A/B?serial=1", "usb://A/C?serial=1", false},
        {"usb://A/B?serial=1&interface=1", "usb://A/B?serial=1", true},
        {"usb://A/B?serial=1&interface=1", "usb://A/B?serial=1&interface=2", false},
        {"usb://A/B%20C?serial=1", "usb://A/B C?serial=1", false},
        {"socket://A/B", "usb://A/B", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(usb_uris_are_one(cases[i].one, cases[i].other), cases[i].same);
        assert_int_equal(usb_uris_are_one(cases[i].other, cases[i].one), cases[i].same);
    }
}

static void test_serial_of_the_id(void **state)
{
    (void)state;
    /* Older versions of CUPS took the one in the 1284 id; a queue made then must still be found. */
    const struct usb_strings strings = {.serial = "descriptor"};
    const struct usb_name found = usb_name_make("MFG:A;MDL:B;SERN:id;", &strings, 0);
    struct usb_name wanted;
    assert_true(usb_name_read("usb://A/B?serial=id", &wanted) && usb_name_is(&wanted, &found));
    assert_true(usb_name_read("usb://A/B?serial=descriptor", &wanted) &&
                usb_name_is(&wanted, &found));
    assert_true(usb_name_read("usb://A/B?serial=x", &wanted) && !usb_name_is(&wanted, &found));
}

/* Quirks --------------------------------------------------------------------------------------- */

static unsigned flags_in(const char *text, uint16_t vendor, uint16_t product)
{
    struct usb_quirk_found known = {0};
    usb_quirks_search(text, strlen(text), vendor, product, &known);
    return known.flags;
}

static void test_quirk_lines(void **state)
{
    (void)state;
    static const char text[] =
        "# 0x04e8 blacklist\n\n0x04e8 soft-reset\n0x04e8 0x344f whitelist\r\n"
        "0x04E8\t0x330F\tunidir\n04e8 1 no-reattach\n0x04e8 0x1 unidir news\n"
        "0x12345 blacklist\nzz blacklist\n0x04e8 0x2 delay-close vendor-class";
    assert_int_equal(flags_in(text, 0x04e8, 0x9999), USB_QUIRK_SOFT_RESET);
    assert_int_equal(flags_in(text, 0x04e8, 0x344f), 0);
    assert_int_equal(flags_in(text, 0x04e8, 0x330f), USB_QUIRK_UNIDIR);
    assert_int_equal(flags_in(text, 0x04e8, 1), USB_QUIRK_NO_REATTACH | USB_QUIRK_UNIDIR);
    assert_int_equal(flags_in(text, 0x04e8, 2), USB_QUIRK_DELAY_CLOSE | USB_QUIRK_VENDOR_CLASS);
    assert_int_equal(flags_in(text, 0x2345, 1), 0);
    assert_int_equal(flags_in(text, 0x0001, 0x2345), 0);
}

static void test_quirks_of_cups(void **state)
{
    (void)state;
    if (access(USB_QUIRKS_FOLDER, R_OK) != 0) {
        skip();
    }
    assert_true(usb_quirks_of(USB_QUIRKS_FOLDER, 0x04a9, 0x304a) & USB_QUIRK_BLACKLIST);
    assert_true(usb_quirks_of(USB_QUIRKS_FOLDER, 0x04e8, 0x0001) & USB_QUIRK_SOFT_RESET);
    assert_int_equal(usb_quirks_of(USB_QUIRKS_FOLDER, 0x1209, 0x0001), 0);
    assert_int_equal(usb_quirks_of("/nonexistent", 0x04a9, 0x304a), 0);
}

/* ipp-usb -------------------------------------------------------------------------------------- */

#define HEAD                                                                                       \
    "ipp-usb daemon: running\nipp-usb devices:\n"                                                  \
    " Num  Device              Vndr:Prod  Model\n"
static const struct usb_ippusb_device device = {1, 2, 0x1209, 0x0001, "S/1"};

static void test_ippusb_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum usb_ippusb_answer answer;
        unsigned port;
    } cases[] = {
        {HEAD "   1. Bus 001 Device 002  1209:0001  \"Press\"\n      status: OK\n",
         USB_IPPUSB_SERVING, 0},
        {HEAD "   1. Bus 001 Device 002  1209:0001  60001 \"Press\"\n status: OK\n",
         USB_IPPUSB_SERVING, 60001},
        {HEAD "   1. Bus 001 Device 002  1209:0001  99999 \"Press\"\n status: OK\n",
         USB_IPPUSB_SERVING, 0},
        {HEAD "   1. Bus 001 Device 002  1209:0001  60001 \"P\"\n status: no luck\n",
         USB_IPPUSB_UNUSABLE, 0},
        {HEAD "   1. Bus 001 Device 002  1209:0001", USB_IPPUSB_UNUSABLE, 0},
        {HEAD "   1. Bus 001 Device 003  1209:0001  60001 \"P\"\n status: OK\n", USB_IPPUSB_ABSENT,
         0},
        {HEAD "   1. Bus 001 Device 002  1209:0002  60001 \"P\"\n status: OK\n", USB_IPPUSB_ABSENT,
         0},
        {"ipp-usb devices: not found\n", USB_IPPUSB_ABSENT, 0},
        {"", USB_IPPUSB_ABSENT, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned port = 0;
        assert_int_equal(usb_ippusb_read_status(cases[i].text, &device, &port), cases[i].answer);
        assert_int_equal(port, cases[i].port);
    }
    assert_int_equal(usb_ippusb_read_state("[device]\nhttp-port = 60000\ndns-sd-name = x\n"),
                     60000);
    assert_int_equal(usb_ippusb_read_state("http-port=1"), 1);
    assert_int_equal(usb_ippusb_read_state("[device]\nhttp-port = 0\n"), 0);
    assert_int_equal(usb_ippusb_read_state("http-port = 60000 x\n"), 0);
    assert_int_equal(usb_ippusb_read_state(""), 0);
}

/** A daemon that answers one request on `ctrl` with the text. */
static pid_t serve_status(const char *folder, const char *text)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/ctrl", folder);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        char request[4096];
        const int fd = accept(listener, NULL, NULL);
        const ssize_t length = read(fd, request, sizeof request);
        const bool right = length > 16 && strncmp(request, "GET /status HTTP/1.1", 20) == 0;
        (void)dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                      right ? "200 OK" : "404 Not Found", strlen(text), text);
        _exit(0);
    }
    (void)close(listener);
    return pid;
}

static void test_ippusb_asked(void **state)
{
    (void)state;
    char folder[] = "/tmp/printroom-ippusb-XXXXXX";
    char path[128];
    unsigned port = 0;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(usb_ippusb_ask(folder, &device, &port), USB_IPPUSB_ABSENT);
    const pid_t pid =
        serve_status(folder, HEAD "   1. Bus 001 Device 002  1209:0001  \"P\"\n status: OK\n");
    (void)snprintf(path, sizeof path, "%s/dev", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    /* As ipp-usb names it: what is no letter, digit, - or _ becomes -. */
    (void)snprintf(path, sizeof path, "%s/dev/1209-0001-S-1-Example-Press.state", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs("[device]\nhttp-port = 60007\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(usb_ippusb_ask(folder, &device, &port), USB_IPPUSB_SERVING);
    assert_int_equal(port, 60007);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    /* The state stays when the daemon has gone, and says nothing. */
    assert_int_equal(usb_ippusb_ask(folder, &device, &port), USB_IPPUSB_ABSENT);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/dev", folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/ctrl", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* The sandbox ---------------------------------------------------------------------------------- */

/** In a child: 0 when both folders are as open as they should be, or nothing can be restricted. */
static int opened_in_sandbox(enum sandbox_need need, bool sys_opens)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        if (!sandbox_enter(need)) {
            _exit(1);
        }
        DIR *of_others = opendir("/var/tmp");
        DIR *sys = opendir("/sys/kernel");
        _exit(of_others != NULL ? 2 : (sys != NULL) == sys_opens ? 0 : 3);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_sandbox_opens_usb_only_for_usb(void **state)
{
    (void)state;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1) {
        skip(); /* no Landlock in this kernel */
    }
    assert_int_equal(opened_in_sandbox(SANDBOX_SOCKETS, false), 0);
    assert_int_equal(opened_in_sandbox(SANDBOX_USB, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sandbox_opens_usb_only_for_usb),
        cmocka_unit_test(test_device_id_lengths),
        cmocka_unit_test(test_device_id_values),
        cmocka_unit_test(test_name_as_cups),
        cmocka_unit_test(test_name_not_read),
        cmocka_unit_test(test_same_device),
        cmocka_unit_test(test_serial_of_the_id),
        cmocka_unit_test(test_quirk_lines),
        cmocka_unit_test(test_quirks_of_cups),
        cmocka_unit_test(test_ippusb_words),
        cmocka_unit_test(test_ippusb_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
