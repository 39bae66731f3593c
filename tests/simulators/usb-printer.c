/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB printer that is not there: umockdev-wrapper usb-printer [OPTION…] COMMAND [ARGUMENT…]
 *
 * umockdev shows COMMAND, any program that uses libusb, a /sys and a /dev/bus/usb in which this
 * printer is plugged in, and hands its ioctl()s on usbfs to us. So we play the kernel's part (who
 * has the interface, requests that wait, the cable) as well as the printer's. No kernel with USB
 * and no privileges are needed. The handler runs in a thread of umockdev's, timers in the main one;
 * one lock guards everything.
 *
 * The descriptor of the device always polls as ready, so a reap that finds nothing is answered
 * late. The rules of a real kernel are not enforced beyond those that are written down here.
 */
#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <umockdev.h>

#include "tests/simulators/pjl-printer.h"

#define NODE "/dev/bus/usb/001/002"
#define SYS  "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1"

enum {
    REAP_DELAY_MS = 2,
    SLOW_MS = 400,
    UNPLUG_DELAY_MS = 20,
    REPLUG_DELAY_MS = 500,
    PAGE_COUNT = 4711
};
enum { REQUEST_IN = 0x80, SETUP_BYTES = 8 };

enum fault {
    FAULT_NONE,
    FAULT_SLOW,
    FAULT_UNPLUG,
    FAULT_BUSY,
    FAULT_BUSY_ONCE,
    FAULT_STALL,
    FAULT_STALL_ONCE
};

struct personality {
    const char *name;
    enum fault fault;
    unsigned vendor, product;
    const char *settings; /**< descriptors of interfaces and endpoints, in hexadecimal */
    unsigned settings_bytes;
    gboolean id_little_endian;
};

/* Interface 0: class 7/1/2 with bulk OUT 1 and bulk IN 2; the same one-way; both and 7/1/4. */
#define SETTING(alternate, endpoints, protocol) "090400" alternate endpoints "0701" protocol "00"
#define OUT_1                                   "07050102000200"
#define IN_2                                    "07058202000200"
#define TWO_WAY                                 SETTING("00", "02", "02") OUT_1 IN_2
#define ONE_WAY                                 SETTING("00", "01", "01") OUT_1
#define WITH_IPP                                TWO_WAY SETTING("01", "02", "04") OUT_1 IN_2
#define TWO_WAYS                                ONE_WAY SETTING("01", "02", "02") OUT_1 IN_2
#define SETTINGS(text)                          (text), (sizeof(text) - 1) / 2

static const struct personality personalities[] = {
    {"obedient", FAULT_NONE, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"slow", FAULT_SLOW, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"unplugged", FAULT_UNPLUG, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"busy", FAULT_BUSY, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"busy-once", FAULT_BUSY_ONCE, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"stall", FAULT_STALL, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"stall-once", FAULT_STALL_ONCE, 0x1209, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"one-way", FAULT_NONE, 0x1209, 0x0001, SETTINGS(ONE_WAY), FALSE},
    {"alternates", FAULT_NONE, 0x1209, 0x0001, SETTINGS(TWO_WAYS), FALSE},
    {"ipp", FAULT_NONE, 0x1209, 0x0001, SETTINGS(WITH_IPP), FALSE},
    {"little-endian", FAULT_NONE, 0x1209, 0x0001, SETTINGS(TWO_WAY), TRUE},
    /* Numbers that CUPS's quirk data has: unidir, no-reattach, soft-reset, blacklist. */
    {"quirk-unidir", FAULT_NONE, 0x03f0, 0x0004, SETTINGS(TWO_WAY), FALSE},
    {"quirk-no-reattach", FAULT_NONE, 0x043d, 0x00f3, SETTINGS(TWO_WAY), FALSE},
    {"quirk-soft-reset", FAULT_NONE, 0x04e8, 0x0001, SETTINGS(TWO_WAY), FALSE},
    {"quirk-blacklist", FAULT_NONE, 0x04a9, 0x304a, SETTINGS(TWO_WAY), FALSE},
};

static const char *const strings[] = {NULL, "Example", "Example Press 2", "S0001"};
static const char device_id[] =
    "MFG:Example;MDL:Press 2;CMD:PJL,PCL,POSTSCRIPT;CLS:PRINTER;SN:S0001;";

static struct {
    GMutex lock;
    const struct personality *is;
    UMockdevTestbed *testbed;
    GMainLoop *loop;
    struct pjl_printer *pjl;
    FILE *log;
    FILE *output;
    GString *to_host;
    GList *waiting; /**< bulk IN requests that no byte has come for */
    GList *done;    /**< requests to be reaped */
    gboolean driver_bound, unplugged, replug, stalled, stalled_before;
    gint64 mute_until_us; /**< a slow one says nothing before */
    unsigned claims_refused;
    int wait_status;
} fake;

static void note(const char *words)
{
    if (fake.log != NULL) {
        (void)fprintf(fake.log, "%s\n", words);
        (void)fflush(fake.log);
    }
}

/* The cable ------------------------------------------------------------------------------------ */

static char *make_record(void)
{
    const struct personality *is = fake.is;
    const unsigned length = 9 + is->settings_bytes;
    return g_strdup_printf(
        "P: /devices/pci0000:00/0000:00:14.0/usb1/1-1\nN: bus/usb/001/002\nE: SUBSYSTEM=usb\n"
        "E: DRIVER=usb\nE: DEVTYPE=usb_device\nE: BUSNUM=001\nE: DEVNUM=002\n"
        "E: DEVNAME=" NODE "\nE: MAJOR=189\nE: MINOR=1\n"
        "A: bConfigurationValue=1\\n\nA: busnum=1\\n\nA: devnum=2\\n\nA: speed=480\\n\n"
        "H: descriptors=1201000200000040%02x%02x%02x%02x000101020301"
        "0902%02x00010100c001%s\n",
        is->vendor & 255, is->vendor >> 8, is->product & 255, is->product >> 8, length,
        is->settings);
}

static void plug_in(void)
{
    GError *error = NULL;
    g_autofree char *record = make_record();
    if (!umockdev_testbed_add_from_string(fake.testbed, record, &error)) {
        g_error("usb-printer: %s", error->message);
    }
}

static gboolean on_replug(gpointer unused)
{
    (void)unused;
    g_mutex_lock(&fake.lock);
    fake.unplugged = FALSE;
    fake.driver_bound = TRUE;
    g_mutex_unlock(&fake.lock);
    plug_in();
    return G_SOURCE_REMOVE;
}

static void finish(UMockdevIoctlData *request, int status, int length)
{
    struct usbdevfs_urb *urb = (struct usbdevfs_urb *)request->data;
    urb->status = status;
    urb->actual_length = length;
    fake.done = g_list_append(fake.done, request);
}

static gboolean on_unplug(gpointer unused)
{
    (void)unused;
    g_mutex_lock(&fake.lock);
    fake.unplugged = TRUE;
    for (; fake.waiting != NULL; fake.waiting = g_list_delete_link(fake.waiting, fake.waiting)) {
        finish(fake.waiting->data, -ESHUTDOWN, 0);
    }
    note("unplugged");
    g_mutex_unlock(&fake.lock);
    umockdev_testbed_uevent(fake.testbed, SYS, "remove");
    umockdev_testbed_remove_device(fake.testbed, SYS);
    if (fake.replug) {
        g_timeout_add(REPLUG_DELAY_MS, on_replug, NULL);
    }
    return G_SOURCE_REMOVE;
}

static gboolean on_look_for_file(gpointer path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS) ? on_unplug(NULL) : G_SOURCE_CONTINUE;
}

/* The printer ---------------------------------------------------------------------------------- */

/** Hands bytes for the host to the requests that wait for them. */
static void pump(void)
{
    if (g_get_monotonic_time() < fake.mute_until_us) {
        return;
    }
    while (fake.waiting != NULL && fake.to_host->len > 0) {
        UMockdevIoctlData *request = fake.waiting->data;
        struct usbdevfs_urb *urb = (struct usbdevfs_urb *)request->data;
        const int length = (int)MIN((gsize)urb->buffer_length, fake.to_host->len);
        memcpy(urb->buffer, fake.to_host->str, (gsize)length);
        g_string_erase(fake.to_host, 0, length);
        fake.waiting = g_list_delete_link(fake.waiting, fake.waiting);
        finish(request, 0, length);
    }
}

static gboolean on_found_words(gpointer unused)
{
    (void)unused;
    g_mutex_lock(&fake.lock);
    pump();
    g_mutex_unlock(&fake.lock);
    return G_SOURCE_REMOVE;
}

static void take(UMockdevIoctlData *request, const char *bytes, int length)
{
    const gboolean stalls = fake.is->fault == FAULT_STALL ||
                            (fake.is->fault == FAULT_STALL_ONCE && !fake.stalled_before);
    if (stalls || fake.stalled) {
        fake.stalled = fake.stalled_before = TRUE;
        finish(request, -EPIPE, 0);
        return;
    }
    if (fake.output != NULL) {
        (void)fwrite(bytes, 1, (size_t)length, fake.output);
        (void)fflush(fake.output);
    }
    const unsigned before = pjl_printer_deletions(fake.pjl);
    pjl_printer_take(fake.pjl, bytes, (gsize)length, fake.to_host);
    if (fake.is->fault == FAULT_UNPLUG && before == 0 && pjl_printer_deletions(fake.pjl) > 0) {
        g_string_truncate(fake.to_host, 0);
        g_timeout_add(UNPLUG_DELAY_MS, on_unplug, NULL);
    }
    if (fake.is->fault == FAULT_SLOW) {
        fake.mute_until_us = g_get_monotonic_time() + SLOW_MS * 1000;
        g_timeout_add(SLOW_MS + 1, on_found_words, NULL);
    }
    finish(request, 0, length);
    pump();
}

static int answer_device_id(unsigned char *to)
{
    const unsigned length = 2 + (unsigned)strlen(device_id);
    to[fake.is->id_little_endian] = (unsigned char)(length >> 8);
    to[!fake.is->id_little_endian] = (unsigned char)(length & 255);
    memcpy(to + 2, device_id, length - 2);
    return (int)length;
}

static int answer_string(unsigned index, unsigned char *to)
{
    int length = 2;
    if (index >= G_N_ELEMENTS(strings)) {
        return -EPIPE;
    }
    if (index == 0) {
        to[length++] = 0x09;
        to[length++] = 0x04;
    }
    for (const char *c = strings[index]; c != NULL && *c != '\0'; c++) {
        to[length++] = (unsigned char)*c;
        to[length++] = 0;
    }
    to[0] = (unsigned char)length;
    to[1] = 3;
    return length;
}

/** @param packet  eight bytes of set-up, then room for the data. @return bytes, or −errno */
static int control(unsigned char *packet)
{
    unsigned char answer[256] = {0};
    const unsigned type = packet[0];
    const unsigned request = packet[1];
    const int room = packet[6] | packet[7] << 8;
    int length = -EPIPE;
    if (type == 0xA1 && request == 0 && packet[5] == 0) {
        length = answer_device_id(answer);
    } else if (type == 0xA1 && request == 1) {
        answer[0] = 0x18;
        length = 1;
    } else if ((type == 0x21 || type == 0x23) && request == 2) {
        note("soft-reset");
        g_string_truncate(fake.to_host, 0);
        return 0;
    } else if (type == REQUEST_IN && request == 6 && packet[3] == 3) {
        length = answer_string(packet[2], answer);
    } else if (type == REQUEST_IN && request == 8) {
        answer[0] = 1;
        length = 1;
    }
    length = MIN(length, room);
    if (length > 0) {
        memcpy(packet + SETUP_BYTES, answer, (size_t)length);
    }
    return length;
}

/* The kernel ----------------------------------------------------------------------------------- */

struct outcome {
    long result;
    int error;
};
static const struct outcome good = {0, 0};

static struct outcome bad(int error)
{
    return (struct outcome){-1, error};
}

static struct outcome capabilities(UMockdevIoctlData *argument)
{
    g_autoptr(UMockdevIoctlData) data = umockdev_ioctl_data_resolve(argument, 0, 4, NULL);
    *(guint32 *)(void *)data->data = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION |
                                     USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
                                     USBDEVFS_CAP_BULK_SCATTER_GATHER |
                                     USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
    return good;
}

static struct outcome get_driver(UMockdevIoctlData *argument)
{
    const char *driver = fake.driver_bound ? "usblp" : NULL;
    if (fake.is->fault == FAULT_BUSY) {
        driver = "usbfs";
    }
    if (driver == NULL) {
        return bad(ENODATA);
    }
    g_autoptr(UMockdevIoctlData) data =
        umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_getdriver), NULL);
    g_strlcpy(((struct usbdevfs_getdriver *)(void *)data->data)->driver, driver,
              USBDEVFS_MAXDRIVERNAME);
    return good;
}

static struct outcome change_driver(UMockdevIoctlData *argument)
{
    g_autoptr(UMockdevIoctlData) data =
        umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_ioctl), NULL);
    const unsigned code = (unsigned)((struct usbdevfs_ioctl *)(void *)data->data)->ioctl_code;
    if (code == USBDEVFS_DISCONNECT) {
        note("driver-detached");
        fake.driver_bound = FALSE;
        return good;
    }
    if (code == USBDEVFS_CONNECT) {
        note("driver-attached");
        fake.driver_bound = TRUE;
        return (struct outcome){1, 0};
    }
    return bad(ENOTTY);
}

static struct outcome claim(UMockdevIoctlData *argument)
{
    (void)argument;
    const gboolean busy = fake.driver_bound || fake.is->fault == FAULT_BUSY ||
                          (fake.is->fault == FAULT_BUSY_ONCE && fake.claims_refused == 0);
    if (busy) {
        fake.claims_refused++;
        note("claim-refused");
        return bad(EBUSY);
    }
    note("claimed");
    return good;
}

static struct outcome release(UMockdevIoctlData *argument)
{
    (void)argument;
    note("released");
    return good;
}

static struct outcome set_configuration(UMockdevIoctlData *argument)
{
    (void)argument;
    note("configured");
    return good;
}

static struct outcome set_interface(UMockdevIoctlData *argument)
{
    (void)argument;
    note("setting-chosen");
    return good;
}

static struct outcome clear_halt(UMockdevIoctlData *argument)
{
    (void)argument;
    note("halt-cleared");
    fake.stalled = FALSE;
    return good;
}

static struct outcome submit(UMockdevIoctlData *argument)
{
    UMockdevIoctlData *request =
        umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_urb), NULL);
    struct usbdevfs_urb *urb = (struct usbdevfs_urb *)(void *)request->data;
    g_autoptr(UMockdevIoctlData) buffer = umockdev_ioctl_data_resolve(
        request, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer), (gsize)urb->buffer_length, NULL);
    if (urb->type == USBDEVFS_URB_TYPE_CONTROL) {
        const int length = control(buffer->data);
        finish(request, MIN(length, 0), MAX(length, 0));
    } else if ((urb->endpoint & REQUEST_IN) != 0) {
        fake.waiting = g_list_append(fake.waiting, request);
        pump();
    } else {
        take(request, (const char *)buffer->data, urb->buffer_length);
    }
    return good;
}

static gint has_address(gconstpointer request, gconstpointer address)
{
    return ((const UMockdevIoctlData *)request)->client_addr != (gulong)address;
}

static struct outcome discard(UMockdevIoctlData *argument)
{
    GList *found = g_list_find_custom(fake.waiting, *(void **)(void *)argument->data, has_address);
    if (found == NULL) {
        return bad(EINVAL);
    }
    finish(found->data, -ENOENT, 0);
    fake.waiting = g_list_delete_link(fake.waiting, found);
    return good;
}

static const struct {
    gulong request;
    struct outcome (*run)(UMockdevIoctlData *argument);
} calls[] = {{USBDEVFS_GET_CAPABILITIES, capabilities},
             {USBDEVFS_GETDRIVER, get_driver},
             {USBDEVFS_IOCTL, change_driver},
             {USBDEVFS_CLAIMINTERFACE, claim},
             {USBDEVFS_RELEASEINTERFACE, release},
             {USBDEVFS_SETCONFIGURATION, set_configuration},
             {USBDEVFS_SETINTERFACE, set_interface},
             {USBDEVFS_CLEAR_HALT, clear_halt},
             {USBDEVFS_SUBMITURB, submit},
             {USBDEVFS_DISCARDURB, discard}};

static gboolean on_nothing_to_reap(gpointer client)
{
    umockdev_ioctl_client_complete(client, -1, fake.unplugged ? ENODEV : EAGAIN);
    g_object_unref(client);
    return G_SOURCE_REMOVE;
}

static void reap(UMockdevIoctlClient *client)
{
    if (fake.done == NULL) {
        GSource *later = g_timeout_source_new(REAP_DELAY_MS);
        g_source_set_callback(later, on_nothing_to_reap, g_object_ref(client), NULL);
        g_source_attach(later, g_main_context_get_thread_default());
        g_source_unref(later);
        return;
    }
    UMockdevIoctlData *argument = umockdev_ioctl_client_get_arg(client);
    g_autoptr(UMockdevIoctlData) request = fake.done->data;
    fake.done = g_list_delete_link(fake.done, fake.done);
    g_autoptr(UMockdevIoctlData) place =
        umockdev_ioctl_data_resolve(argument, 0, sizeof(void *), NULL);
    umockdev_ioctl_data_set_ptr(place, 0, request);
    umockdev_ioctl_client_complete(client, 0, 0);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer unused)
{
    const gulong request = umockdev_ioctl_client_get_request(client);
    struct outcome outcome = bad(ENOTTY);
    (void)base, (void)unused;
    g_mutex_lock(&fake.lock);
    if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY) {
        reap(client);
        g_mutex_unlock(&fake.lock);
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(calls) && !fake.unplugged; i++) {
        if (calls[i].request == request) {
            outcome = calls[i].run(umockdev_ioctl_client_get_arg(client));
        }
    }
    if (fake.unplugged) {
        outcome = bad(ENODEV);
    }
    umockdev_ioctl_client_complete(client, outcome.result, outcome.error);
    g_mutex_unlock(&fake.lock);
    return TRUE;
}

/* The beginning -------------------------------------------------------------------------------- */

static gboolean choose_personality(const char *option, const char *value, gpointer unused,
                                   GError **error)
{
    (void)option, (void)unused;
    for (gsize i = 0; i < G_N_ELEMENTS(personalities); i++) {
        if (strcmp(personalities[i].name, value) == 0) {
            fake.is = &personalities[i];
            return TRUE;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no personality %s", value);
    return FALSE;
}

static void on_child_ended(GPid pid, gint wait_status, gpointer unused)
{
    (void)unused;
    fake.wait_status = wait_status;
    g_spawn_close_pid(pid);
    g_main_loop_quit(fake.loop);
}

static void run_command(char **command)
{
    GError *error = NULL;
    GPid pid;
    g_autoptr(UMockdevIoctlBase) base = umockdev_ioctl_base_new();
    g_signal_connect(base, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
    if (!umockdev_testbed_attach_ioctl(fake.testbed, NODE, base, &error) ||
        !g_spawn_async(NULL, command, NULL,
                       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH |
                           G_SPAWN_CHILD_INHERITS_STDIN,
                       NULL, NULL, &pid, &error)) {
        g_error("usb-printer: %s", error->message);
    }
    fake.loop = g_main_loop_new(NULL, FALSE);
    g_child_watch_add(pid, on_child_ended, NULL);
    g_main_loop_run(fake.loop);
    g_main_loop_unref(fake.loop);
}

int main(int argc, char **argv)
{
    g_autofree char *log = NULL;
    g_autofree char *output = NULL;
    g_auto(GStrv) command = NULL;
    g_autofree char *unplug_when = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) options = g_option_context_new("-- COMMAND [ARGUMENT…]");
    const GOptionEntry entries[] = {
        {"personality", 'p', 0, G_OPTION_ARG_CALLBACK, (gpointer)choose_personality, "how it is",
         "P"},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &log, "what the kernel was asked", "FILE"},
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &output, "bytes that came in", "FILE"},
        {"unplug-when", 0, 0, G_OPTION_ARG_FILENAME, &unplug_when, "unplugged when it is there",
         "FILE"},
        {"replug", 0, 0, G_OPTION_ARG_NONE, &fake.replug, "unplugged, it comes back", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &command, NULL, NULL},
        {0}};
    fake.is = &personalities[0];
    g_option_context_add_main_entries(options, entries, NULL);
    if (!g_option_context_parse(options, &argc, &argv, &error) || command == NULL) {
        (void)fprintf(stderr, "usb-printer: %s\n", error != NULL ? error->message : "no command");
        return 2;
    }
    fake.log = log != NULL ? fopen(log, "ae") : NULL;
    fake.output = output != NULL ? fopen(output, "ae") : NULL;
    fake.pjl = pjl_printer_new("Example Press 2", PAGE_COUNT);
    fake.to_host = g_string_new(NULL);
    fake.driver_bound = TRUE;
    fake.testbed = umockdev_testbed_new();
    plug_in();
    if (unplug_when != NULL) {
        g_timeout_add(UNPLUG_DELAY_MS, on_look_for_file, unplug_when);
    }
    run_command(command);
    g_object_unref(fake.testbed);
    return g_spawn_check_wait_status(fake.wait_status, NULL) ? 0 : 1;
}
