/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makers. For none of them an open way is known to have what was deleted overwritten over the wire,
 * or to delete every job that a user stored at the panel; so these are steps for a person, who
 * attests them. Names of menus differ by model and firmware: a step says what has to be seen, and
 * roughly where; the model's own manual says exactly where. A maker that is not here gets no steps,
 * and the result says that nothing is known.
 *
 * What was read for the steps stands with each maker; what they call a thing was taken from there,
 * the Chinese names of menus were not compared with Chinese firmware.
 */
#include "drivers/vendors.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/text.h"
#include "drivers/usb-device-id.h"

static const char *const hp[] = {"hewlett-packard", "hewlett packard", "hp", NULL};
static const char *const lexmark[] = {"lexmark", NULL};
static const char *const xerox[] = {"xerox", "fuji xerox", "fujifilm", NULL};
static const char *const ricoh[] = {"ricoh", "savin", "lanier", "nashuatec", "gestetner", NULL};
static const char *const canon[] = {"canon", NULL};
static const char *const kyocera[] = {"kyocera", "ta triumph-adler", "utax", NULL};
static const char *const konica[] = {"konica minolta", "konica-minolta", "konicaminolta", "develop",
                                     NULL};

static const struct vendor vendors[] = {
    /* "HP FutureSmart Firmware Device Hard Disk Security" (2016): three modes, the first does not
     * overwrite, for temporary files of jobs; EWS guide of the Color LaserJet CM3530: the file
     * erase mode on the page of security settings. User guide of the LaserJet 500 M575: stored jobs
     * stay until somebody deletes them. */
    {"HP",
     hp,
     {"webserver", "default"},
     true,
     {{"hp-erase-mode",
       "Web page of the device, Security, Managing temporary job files (older: File erase mode): "
       "the mode is Secure Fast Erase (once) or Secure Sanitizing Erase (three times); note which.",
       "设备网页→安全→管理临时作业文件（旧机型：文件擦除模式）：模式为“安全快速擦除”（1 次）或“安"
       "全清理擦除”（3 次）；记下是哪一种。"},
      {"hp-stored-jobs",
       "Panel, Retrieve from device memory (older: Retrieve job): no stored or private job is "
       "listed; delete those that are.",
       "面板→从设备内存检索（旧机型：检索作业）：没有存储的或个人作业；如有则删除。"}}},
    /* User's guide of the C790, Disk Wiping menu: off by default, and it leaves fonts, macros and
     * held jobs alone; "Embedded Web Server - Security" of the MS517: the multiple pass follows
     * NIST and DoD guidelines. */
    {"Lexmark",
     lexmark,
     {NULL},
     false,
     {{"lexmark-held-jobs",
       "Panel, Held jobs: the list is empty for every user; disk wiping leaves held jobs out.",
       "面板→保留的作业：所有用户的列表均为空；磁盘擦除不包括保留的作业。"},
      {"lexmark-disk-wiping",
       "Security, Disk wiping: the wiping mode is Auto (it is off from the factory); note whether "
       "the method is single or multiple pass.",
       "安全→磁盘擦除：擦除模式为“自动”（出厂为关闭）；记下是单次还是多次覆写。"}}},
    /* System Administrator Guides of the Phaser 4622 and the WorkCentre 4260: the printer goes
     * offline, jobs in the queue are ended; Standard leaves saved jobs out, Full takes them along;
     * user guide of the ColorQube 9301: Standard leaves out folders and mailboxes. That it prints a
     * confirmation was not found there. */
    {"Xerox",
     xerox,
     {NULL},
     false,
     {{"xerox-overwrite-now",
       "Security, On demand image overwrite: run Full; the device is offline meanwhile. Where it "
       "prints a confirmation sheet, file it.",
       "安全→按需图像覆写：执行“完整”模式；期间设备离线。如打印确认单，则存档。"},
      {"xerox-saved-jobs",
       "Saved jobs: every folder is empty; a standard overwrite leaves saved jobs and mailboxes "
       "out.",
       "已保存作业：所有文件夹均为空；“标准”覆写不包括已保存作业与信箱。"}}},
    /* Security Reference of the Aficio MP C2050: the icon says Clear also while Sample, Locked,
     * Hold or Stored Print jobs are there; of the MP C2503: such a job is overwritten after it was
     * printed or deleted, documents of the Document Server are not, until they are deleted. */
    {"Ricoh",
     ricoh,
     {NULL},
     false,
     {{"ricoh-stored-prints",
       "Panel: no Sample, Locked, Hold or Stored Print job and no document in the Document Server "
       "is left; delete those that are.",
       "面板：样本打印、锁定打印、保留打印、存储打印和文件服务器中均无作业；如有则删除。"},
      {"ricoh-auto-erase",
       "Then: Auto erase memory is on, and the data overwrite icon says Clear. Before that it says "
       "Clear also while stored jobs exist.",
       "然后：已启用自动删除存储器，且数据覆写图标为“已清除”。若未先清空，仍有存储作业时图标也会"
       "显示“已清除”。"}}},
    /* White paper "imageRUNNER ADVANCE Security": pages are overwritten as a job comes to its end.
     * The names of the menus were not found in a manual: not checked. */
    {"Canon",
     canon,
     {NULL},
     false,
     {{"canon-mail-boxes",
       "Remote UI, Access stored files: all boxes, the advanced box and secured prints are empty.",
       "远程用户界面→访问存储文件：所有信箱、高级信箱与加密打印均为空。"},
      {"canon-complete-deletion",
       "Settings, Management, Hard disk data complete deletion is on; note the mode.",
       "设置→管理设置→硬盘数据完全删除已启用；记下模式。"}}},
    /* "Data Security Kit (E)", operation guide and the security target of Kit (B): once it is
     * installed, overwriting happens by itself, once or three times; operation guide of the ECOSYS
     * M3655idn: documents stay in a Custom Box until they are deleted. */
    {"Kyocera",
     kyocera,
     {NULL},
     false,
     {{"kyocera-job-box", "Panel, Job box and Custom box: every box is empty.",
       "面板→作业信箱与自定义信箱：均为空。"},
      {"kyocera-overwrite",
       "The data security function is installed (the device says so when it starts); System menu, "
       "Security, Data security: note the overwrite method.",
       "已安装数据安全功能（开机时有提示）；系统菜单→安全→数据安全：记下覆写方式。"}}},
    /* User's guides of the bizhub 754 (Overwrite HDD Data: also what is deleted by hand or with its
     * box) and 361 (HDD Settings, Overwrite Temporary Data). */
    {"Konica Minolta",
     konica,
     {NULL},
     false,
     {{"konica-minolta-boxes",
       "Panel, User box: public, personal, secure print and ID boxes are empty.",
       "面板→用户信箱：公共、个人、安全打印与 ID 信箱均为空。"},
      {"konica-minolta-overwrite",
       "Administrator settings, Security settings, HDD settings: Overwrite HDD data (older: "
       "Overwrite temporary data) is on; note the mode.",
       "管理员设置→安全设置→硬盘设置：已启用“覆写硬盘数据”（旧机型：覆写临时数据）；记下模式。"}}},
};

static bool begins(const char *text, const char *name)
{
    const size_t length = strlen(name);
    return strncasecmp(text, name, length) == 0 &&
           (text[length] == '\0' || strchr(" -_,.", text[length]) != NULL);
}

static const struct vendor *find(const char *text, size_t *ret_length)
{
    for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++) {
        for (const char *const *name = vendors[i].names; *name != NULL; name++) {
            if (begins(text, *name)) {
                *ret_length = strlen(*name);
                return &vendors[i];
            }
        }
    }
    return NULL;
}

const struct vendor *vendor_of(const struct device_facts *facts)
{
    size_t length = 0;
    const struct vendor *vendor = find(facts->make, &length);
    return vendor != NULL ? vendor : find(facts->model, &length);
}

void vendor_keep(const struct vendor *vendor, struct residue_rules *rules)
{
    for (size_t i = 0; i < VENDOR_KEEP_MAX && vendor->keep[i] != NULL; i++) {
        if (rules->keep_length < DEVICE_KEEP_MAX) {
            rules->keep[rules->keep_length++] = vendor->keep[i];
        }
    }
}

/* Names ---------------------------------------------------------------------------------------- */

static void fill(char *to, const char *text)
{
    if (to[0] == '\0') {
        text_clean(to, DEVICE_NAME_BYTES, text);
    }
}

void facts_from_device_id(struct device_facts *facts)
{
    static const char *const make_keys[] = {"MFG", "MANUFACTURER", NULL};
    static const char *const model_keys[] = {"MDL", "MODEL", NULL};
    static const char *const serial_keys[] = {"SN", "SERN", "SERIALNUMBER", NULL};
    char value[DEVICE_NAME_BYTES];
    const struct {
        const char *const *keys;
        char *to;
    } rows[] = {{make_keys, facts->make}, {model_keys, facts->model}, {serial_keys, facts->serial}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (usb_device_id_value(facts->device_id, rows[i].keys, value, sizeof value)) {
            fill(rows[i].to, value);
        }
    }
}

void facts_from_model(struct device_facts *facts, const char *make_and_model)
{
    size_t length = 0;
    const struct vendor *vendor = find(make_and_model, &length);
    if (make_and_model[0] == '\0') {
        return;
    }
    if (vendor != NULL) {
        fill(facts->make, vendor->make);
    } else {
        char make[DEVICE_NAME_BYTES];
        length = strcspn(make_and_model, " ");
        (void)snprintf(make, sizeof make, "%.*s", (int)length, make_and_model);
        if (make_and_model[length] != '\0') {
            fill(facts->make, make);
        } else {
            length = 0;
        }
    }
    make_and_model += length;
    make_and_model += strspn(make_and_model, " ");
    fill(facts->model, make_and_model);
}

/* Languages ------------------------------------------------------------------------------------ */

/** Whether one of the words between commas is that word, maybe with digits behind: "POSTSCRIPT3" is
 * PostScript. */
static bool lists(const char *commands, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = commands; *at != '\0';) {
        at += strspn(at, ", ");
        if (strncasecmp(at, word, length) == 0 && strchr(", 0123456789", at[length]) != NULL) {
            return true;
        }
        at += strcspn(at, ",");
    }
    return false;
}

void languages_of_device_id(const char *device_id, bool *ret_pjl, bool *ret_postscript)
{
    static const char *const keys[] = {"COMMAND SET", "CMD", NULL};
    char commands[DEVICE_TEXT_BYTES] = "";
    if (device_id != NULL) {
        (void)usb_device_id_value(device_id, keys, commands, sizeof commands);
    }
    *ret_pjl = lists(commands, "PJL");
    *ret_postscript = lists(commands, "POSTSCRIPT") || lists(commands, "PS");
}
