/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The problem. What many printers tell neither by IPP nor in PJL they tell by SNMP: serial number,
 * counter, supplies, and (HP) whether what is deleted is overwritten. But an agent at port 161 may
 * belong to something else, most are asked with a word that everybody knows, and of many printers
 * nobody answers at all. That must not cost an answer that can be had without.
 *
 * The way chosen. SNMP is the last to be asked, one object at a time, with GET and GETNEXT only: of
 * version 1, which every printer with a Printer MIB speaks, an answer in which one object is
 * missing has none of the others. The first question looks for prtGeneralTable, which every Printer
 * MIB has, and gives the printer's index; an agent without it is no printer's and is not asked
 * again. Version 1 is tried before 2c.
 *
 * net-snmp puts questions into datagrams and takes answers apart. It is used without its
 * initialisation, so that it reads no files of settings and MIBs, and writes none. The socket is
 * connected, so that only the host that was asked is heard, and a port where nobody listens is
 * known at once.
 *
 * Left out: version 3, which needs accounts and keys per device; SET, for good.
 */
#include "drivers/snmp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

/* First among net-snmp's own. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "drivers/snmp-answer.h"
#include "drivers/stream.h"
#include "drivers/text.h"
#include "drivers/vendors.h"

enum { PORT = 161, TRY_MS = 500, RETRIES = 1, STEP_MS = 50, ADDRESSES_MAX = 2 };
/* However much comes that is no answer. */
enum { QUESTION_MS = 2 * (RETRIES + 1) * TRY_MS };
enum { HOST_BYTES = 256, COMMUNITY_BYTES = 128, SUPPLIES_MAX = 32, OID_MAX = 32 };

struct name {
    size_t length;
    oid ids[OID_MAX];
};

/** What the callback of the library leaves. */
struct reply {
    bool over;
    enum device_result result;
    struct name name;
    struct snmp_value value;
};

struct snmp_session_own {
    struct device_session head;
    char host[HOST_BYTES];
    char community[COMMUNITY_BYTES];
    unsigned port;
    bool itself; /**< this machine may be asked */
    int64_t deadline_ms;
    bool asked;    /**< whether there is an agent is known */
    void *library; /**< NULL when nobody answers */
    oid device;    /**< hrDeviceIndex of the printer */
    struct reply reply;
};

#define PRINTER_MIB 1, 3, 6, 1, 2, 1, 43
#define HOST_MIB    1, 3, 6, 1, 2, 1, 25
#define NAME(...)                                                                                  \
    {                                                                                              \
        sizeof((const oid[]){__VA_ARGS__}) / sizeof(oid),                                          \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct name general_changes = NAME(PRINTER_MIB, 5, 1, 1, 1);
static const struct name general_serial = NAME(PRINTER_MIB, 5, 1, 1, 17);
static const struct name marker_unit = NAME(PRINTER_MIB, 10, 2, 1, 3);
static const struct name marker_life = NAME(PRINTER_MIB, 10, 2, 1, 4);
static const struct name supply_colorant = NAME(PRINTER_MIB, 11, 1, 1, 3);
static const struct name supply_type = NAME(PRINTER_MIB, 11, 1, 1, 5);
static const struct name supply_description = NAME(PRINTER_MIB, 11, 1, 1, 6);
static const struct name supply_capacity = NAME(PRINTER_MIB, 11, 1, 1, 8);
static const struct name supply_level = NAME(PRINTER_MIB, 11, 1, 1, 9);
static const struct name colorant_value = NAME(PRINTER_MIB, 12, 1, 1, 4);
static const struct name device_description = NAME(HOST_MIB, 3, 2, 1, 3);
static const struct name printer_status = NAME(HOST_MIB, 3, 5, 1, 1);
static const struct name printer_errors = NAME(HOST_MIB, 3, 5, 1, 2);
/* HP: file-system-erase-mode. */
static const struct name erase_mode = NAME(1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 4, 2, 1, 1, 10, 1, 11, 0);

static const struct device_driver snmp_driver;

static struct snmp_session_own *own(struct device_session *s)
{
    return (struct snmp_session_own *)s;
}

static enum device_result fail(enum device_result result, const char *words, char *message)
{
    text_clean(message, DEVICE_TEXT_BYTES, words);
    return result;
}

/** The name with one more number behind it. */
static struct name below(const struct name *name, oid id)
{
    struct name longer = *name;
    if (longer.length < OID_MAX) {
        longer.ids[longer.length++] = id;
    }
    return longer;
}

static bool is_same(const struct name *name, const struct name *other)
{
    return name->length == other->length &&
           memcmp(name->ids, other->ids, name->length * sizeof name->ids[0]) == 0;
}

static bool is_below(const struct name *name, const struct name *above)
{
    return name->length > above->length &&
           memcmp(name->ids, above->ids, above->length * sizeof above->ids[0]) == 0;
}

/* One question --------------------------------------------------------------------------------- */

static void take_value(const netsnmp_variable_list *variable, struct snmp_value *ret)
{
    *ret = (struct snmp_value){.kind = SNMP_NOTHING};
    switch (variable->type) {
    case ASN_INTEGER:
        ret->kind = SNMP_NUMBER;
        ret->number = *variable->val.integer;
        break;
    case ASN_COUNTER:
    case ASN_GAUGE:
    case ASN_TIMETICKS:
        ret->kind = SNMP_NUMBER;
        ret->number = (int64_t)((uint64_t)*variable->val.integer & UINT32_MAX);
        break;
    case ASN_OCTET_STR:
        ret->kind = SNMP_BYTES;
        ret->length =
            variable->val_len < SNMP_VALUE_BYTES ? variable->val_len : (size_t)SNMP_VALUE_BYTES;
        memcpy(ret->bytes, variable->val.string, ret->length);
        break;
    default:
        break;
    }
}

static enum device_result take_answer(const netsnmp_pdu *pdu, struct reply *reply)
{
    const netsnmp_variable_list *variable = pdu->variables;
    if (pdu->errstat == SNMP_ERR_NOSUCHNAME) {
        return DEVICE_NOT_FOUND;
    }
    if (pdu->errstat != SNMP_ERR_NOERROR) {
        return DEVICE_REFUSED;
    }
    if (variable == NULL || variable->name_length > OID_MAX) {
        return DEVICE_MALFORMED;
    }
    reply->name.length = variable->name_length;
    memcpy(reply->name.ids, variable->name, variable->name_length * sizeof variable->name[0]);
    take_value(variable, &reply->value);
    return reply->value.kind == SNMP_NOTHING ? DEVICE_NOT_FOUND : DEVICE_OK;
}

static int on_reply(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *reply_)
{
    struct reply *reply = reply_;
    (void)session, (void)id;
    reply->result = DEVICE_UNREACHABLE;
    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
        reply->result =
            pdu->command == SNMP_MSG_RESPONSE ? take_answer(pdu, reply) : DEVICE_MALFORMED;
    }
    reply->over = true;
    return 1;
}

/** Waits for the answer; repeating the question is the library's affair. */
static void hear(struct snmp_session_own *p)
{
    struct pollfd line = {.fd = snmp_sess_transport(p->library)->sock, .events = POLLIN};
    const int64_t most_ms = stream_now_ms() + QUESTION_MS;
    const int64_t until_ms = most_ms < p->deadline_ms ? most_ms : p->deadline_ms;
    while (!p->reply.over && stream_now_ms() < until_ms) {
        if (poll(&line, 1, STEP_MS) <= 0) {
            snmp_sess_timeout(p->library);
            continue;
        }
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(line.fd, &readable);
        if (snmp_sess_read(p->library, &readable) != 0 &&
            snmp_sess_session(p->library)->s_errno == ECONNREFUSED) {
            return;
        }
    }
}

static void hang_up(struct snmp_session_own *p)
{
    if (p->library != NULL) {
        snmp_sess_close(p->library);
        p->library = NULL;
    }
}

/** Asks for one object. Who does not answer once is not asked again. */
static enum device_result ask(struct snmp_session_own *p, int command, const struct name *name,
                              struct name *ret_name, struct snmp_value *ret_value)
{
    netsnmp_pdu *pdu = p->library != NULL ? snmp_pdu_create(command) : NULL;
    if (pdu == NULL) {
        return DEVICE_UNREACHABLE;
    }
    p->reply = (struct reply){.result = DEVICE_UNREACHABLE};
    (void)snmp_add_null_var(pdu, name->ids, name->length);
    if (snmp_sess_async_send(p->library, pdu, on_reply, &p->reply) == 0) {
        snmp_free_pdu(pdu);
    } else {
        hear(p);
    }
    if (p->reply.result == DEVICE_UNREACHABLE) {
        hang_up(p);
    }
    if (p->reply.result == DEVICE_OK) {
        *ret_name = p->reply.name;
        *ret_value = p->reply.value;
    }
    return p->reply.result;
}

/** SNMP_NOTHING unless the device has the object. */
static struct snmp_value get(struct snmp_session_own *p, const struct name *name)
{
    struct name found;
    struct snmp_value value = {.kind = SNMP_NOTHING};
    if (ask(p, SNMP_MSG_GET, name, &found, &value) == DEVICE_OK && !is_same(&found, name)) {
        value.kind = SNMP_NOTHING;
    }
    return value;
}

/** The object of the printer in a column. */
static struct snmp_value get_own(struct snmp_session_own *p, const struct name *column)
{
    const struct name name = below(column, p->device);
    return get(p, &name);
}

/* The agent ------------------------------------------------------------------------------------ */

static void prepare_library(void)
{
    static const int switches[] = {
        NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD,
        NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, NETSNMP_DS_LIB_DONT_PERSIST_STATE};
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        (void)netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, switches[i], 1);
    }
    snmp_disable_log();
}

static bool is_itself(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static void dial(struct snmp_session_own *p, const struct addrinfo *address, long version)
{
    char numeric[64];
    char peer[128];
    netsnmp_session session;
    if (getnameinfo(address->ai_addr, address->ai_addrlen, numeric, sizeof numeric, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        return;
    }
    const bool six = address->ai_family == AF_INET6;
    (void)snprintf(peer, sizeof peer, six ? "udp6:[%s]:%u" : "udp:%s:%u", numeric, p->port);
    snmp_sess_init(&session);
    session.version = version;
    session.peername = peer;
    session.community = (u_char *)p->community;
    session.community_len = strlen(p->community);
    session.timeout = TRY_MS * 1000L;
    session.retries = RETRIES;
    p->library = snmp_sess_open(&session);
    if (p->library != NULL && connect(snmp_sess_transport(p->library)->sock, address->ai_addr,
                                      address->ai_addrlen) != 0) {
        hang_up(p);
    }
}

/** The first question. @return whether it is a printer's agent */
static bool find_printer(struct snmp_session_own *p)
{
    struct name found;
    struct snmp_value value;
    const enum device_result result = ask(p, SNMP_MSG_GETNEXT, &general_changes, &found, &value);
    if (result == DEVICE_OK && is_below(&found, &general_changes)) {
        p->device = found.ids[general_changes.length];
        return true;
    }
    return false;
}

static void look_for_agent(struct snmp_session_own *p)
{
    static const long versions[] = {SNMP_VERSION_1, SNMP_VERSION_2c};
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *addresses = NULL;
    char port[8];
    (void)snprintf(port, sizeof port, "%u", p->port);
    if (getaddrinfo(p->host, port, &hints, &addresses) != 0) {
        return;
    }
    prepare_library();
    for (size_t v = 0; v < sizeof versions / sizeof versions[0] && p->library == NULL; v++) {
        int tried = 0;
        for (const struct addrinfo *a = addresses;
             a != NULL && p->library == NULL && tried < ADDRESSES_MAX; a = a->ai_next) {
            if ((a->ai_family == AF_INET || a->ai_family == AF_INET6) &&
                (p->itself || !is_itself(a->ai_addr))) {
                tried++;
                dial(p, a, versions[v]);
                if (!find_printer(p)) {
                    hang_up(p);
                }
            }
        }
    }
    freeaddrinfo(addresses);
}

/** @return DEVICE_UNSUPPORTED with words when there is no agent of a printer */
static enum device_result begin(struct snmp_session_own *p, char *message)
{
    if (!p->asked) {
        p->asked = true;
        look_for_agent(p);
    }
    return p->library != NULL ? DEVICE_OK
                              : fail(DEVICE_UNSUPPORTED, "no printer answers by SNMP", message);
}

struct device_session *snmp_session_new(const char *uri, const char *host,
                                        const struct snmp_options *options, int64_t deadline_ms)
{
    struct snmp_session_own *p = calloc(1, sizeof *p);
    if (p == NULL || strlen(host) >= sizeof p->host ||
        strlen(options->community) >= sizeof p->community) {
        free(p);
        return NULL;
    }
    p->head = (struct device_session){.driver = &snmp_driver, .uri = uri};
    (void)snprintf(p->host, sizeof p->host, "%s", host);
    (void)snprintf(p->community, sizeof p->community, "%s", options->community);
    p->itself = options->port != 0;
    p->port = p->itself ? options->port : PORT;
    p->deadline_ms = deadline_ms;
    return &p->head;
}

bool snmp_session_answered(const struct device_session *s)
{
    return ((const struct snmp_session_own *)s)->library != NULL;
}

/* Questions ------------------------------------------------------------------------------------ */

static enum device_result snmp_identify(struct device_session *s, struct device_facts *facts,
                                        char *message)
{
    struct snmp_session_own *p = own(s);
    char text[DEVICE_NAME_BYTES];
    const enum device_result result = begin(p, message);
    if (result != DEVICE_OK) {
        return result;
    }
    if (facts->serial[0] == '\0') {
        const struct snmp_value serial = get_own(p, &general_serial);
        snmp_text(&serial, facts->serial, sizeof facts->serial);
    }
    if (facts->model[0] == '\0') {
        const struct snmp_value description = get_own(p, &device_description);
        snmp_text(&description, text, sizeof text);
        facts_from_model(facts, text);
    }
    return DEVICE_OK;
}

static enum device_result snmp_status(struct device_session *s, struct device_status *ret,
                                      char *message)
{
    struct snmp_session_own *p = own(s);
    struct device_status status;
    const enum device_result result = begin(p, message);
    if (result != DEVICE_OK) {
        return result;
    }
    const struct snmp_value state = get_own(p, &printer_status);
    const struct snmp_value errors = get_own(p, &printer_errors);
    const struct snmp_value description = get_own(p, &device_description);
    if (!snmp_read_status(&state, &errors, &status)) {
        return fail(DEVICE_UNSUPPORTED, "the device has no state", message);
    }
    snmp_text(&description, status.make_and_model, sizeof status.make_and_model);
    *ret = status;
    return DEVICE_OK;
}

static enum device_result snmp_counters(struct device_session *s, struct device_counters *ret,
                                        char *message)
{
    struct snmp_session_own *p = own(s);
    struct name found;
    struct snmp_value life;
    const enum device_result result = begin(p, message);
    if (result != DEVICE_OK) {
        return result;
    }
    /* Of several marking engines the first is the one that counts what comes out. */
    const struct name column = below(&marker_life, p->device);
    if (ask(p, SNMP_MSG_GETNEXT, &column, &found, &life) == DEVICE_OK &&
        is_below(&found, &column)) {
        const struct name of_printer = below(&marker_unit, p->device);
        const struct name of_marker = below(&of_printer, found.ids[column.length]);
        const struct snmp_value unit = get(p, &of_marker);
        if (snmp_read_counters(&unit, &life, ret)) {
            return DEVICE_OK;
        }
    }
    return fail(DEVICE_UNSUPPORTED, "the device has no counters of its own", message);
}

/** @param id  prtMarkerSuppliesIndex */
static void read_supply(struct snmp_session_own *p, oid id, const struct snmp_value *level,
                        struct device_supply *ret)
{
    struct snmp_supply row = {.level = *level};
    const struct {
        const struct name *column;
        struct snmp_value *to;
    } cells[] = {{&supply_type, &row.type},
                 {&supply_description, &row.description},
                 {&supply_capacity, &row.capacity},
                 {&supply_colorant, &row.color}};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        const struct name of_printer = below(cells[i].column, p->device);
        const struct name cell = below(&of_printer, id);
        *cells[i].to = get(p, &cell);
    }
    /* So far it is the colour's index; 0: it has none. */
    const int64_t colorant = snmp_number(&row.color, 0);
    row.color.kind = SNMP_NOTHING;
    if (colorant > 0) {
        const struct name of_printer = below(&colorant_value, p->device);
        const struct name cell = below(&of_printer, (oid)colorant);
        row.color = get(p, &cell);
    }
    snmp_read_supply(&row, ret);
}

static enum device_result snmp_supplies(struct device_session *s, struct device_supplies *ret,
                                        char *message)
{
    struct snmp_session_own *p = own(s);
    struct snmp_value level;
    const enum device_result result = begin(p, message);
    if (result != DEVICE_OK) {
        return result;
    }
    const struct name column = below(&supply_level, p->device);
    struct name at = column;
    struct name found;
    oid last = 0;
    ret->length = 0;
    /* Rows come in ascending order, or the agent is going round in circles. */
    while (ret->length < SUPPLIES_MAX &&
           ask(p, SNMP_MSG_GETNEXT, &at, &found, &level) == DEVICE_OK &&
           is_below(&found, &column) && found.length == column.length + 1 &&
           (ret->length == 0 || found.ids[column.length] > last)) {
        last = found.ids[column.length];
        read_supply(p, last, &level, &ret->items[ret->length++]);
        at = found;
    }
    if (p->library == NULL) {
        return fail(DEVICE_UNREACHABLE, "the device did not tell of all its supplies", message);
    }
    return ret->length > 0 ? DEVICE_OK
                           : fail(DEVICE_UNSUPPORTED, "the device tells of no supplies", message);
}

static enum device_result snmp_overwrite(struct device_session *s, enum device_overwrite *ret,
                                         char *message)
{
    struct snmp_session_own *p = own(s);
    const enum device_result result = begin(p, message);
    if (result == DEVICE_OK) {
        const struct snmp_value mode = get(p, &erase_mode);
        *ret = snmp_read_erase_mode(&mode);
    }
    return result;
}

static void snmp_set_deadline(struct device_session *s, int64_t deadline_ms)
{
    own(s)->deadline_ms = deadline_ms;
}

static void snmp_driver_close(struct device_session *s)
{
    hang_up(own(s));
    free(s);
}

static const struct device_driver snmp_driver = {.name = "snmp",
                                                 .identify = snmp_identify,
                                                 .status = snmp_status,
                                                 .counters = snmp_counters,
                                                 .supplies = snmp_supplies,
                                                 .overwrite = snmp_overwrite,
                                                 .list = NULL,
                                                 .remove = NULL,
                                                 .remove_all = NULL,
                                                 .print = NULL,
                                                 .revive = NULL,
                                                 .set_deadline = snmp_set_deadline,
                                                 .transcript = NULL,
                                                 .close = snmp_driver_close};
