/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/doctor.h"

#include "daemon/api/encoding.h"
#include "daemon/api/handlers.h"

struct words {
    const char *message[POLICY_LANGUAGES];
    const char *action[POLICY_LANGUAGES];
};

static const struct check {
    const char *id;
    void (*run)(struct office *office, struct doctor_finding *finding);
    bool cheap;
    struct words good;
    struct words bad; /* warning or failure: {a} and {b} say what was found */
} checks[] = {
    [DOCTOR_STORE] = {"store",
                      doctor_store,
                      false,
                      {{"The database is sound.", "数据库完好。"}, {"", ""}},
                      {{"The database is damaged: {a}.", "数据库已损坏：{a}。"},
                       {"Stop printroomd, keep a copy of the state directory, restore the latest "
                        "backup.",
                        "请停止 printroomd，保留数据目录副本，再从最近的备份恢复。"}}},
    [DOCTOR_STATE_DIRECTORY] = {"state-directory",
                                doctor_state_directory,
                                true,
                                {{"Only the service can read {a}.", "只有本服务能读取 {a}。"},
                                 {"", ""}},
                                {{"{a} is not kept for the service alone: {b}.",
                                  "{a} 并非本服务专用：{b}。"},
                                 {"Make the account printroomd runs as its owner, and chmod 0700.",
                                  "请将属主改为 printroomd 的运行账户，并执行 chmod 0700。"}}},
    [DOCTOR_DAY_KEY] =
        {"day-key",
         doctor_day_key,
         true,
         {{"The key of {a} is there, or will be made with the day's first document.",
           "{a} 的密钥可用，或将随当日首份文件生成。"},
          {"", ""}},
         {{"The key of {a} was made but cannot be used: {b}. Nothing is taken in.",
           "{a} 的密钥已生成但无法使用：{b}。暂停接收文件。"},
          {"Restore keys/day-{a}.key from a backup; it must be owned by the service, "
           "mode 0600.",
           "请从备份恢复 keys/day-{a}.key，属主为本服务账户，权限 0600。"}}},
    [DOCTOR_TRACE_KEY] =
        {"trace-key",
         doctor_trace_key,
         true,
         {{"The key of the codes on numbered copies is there.", "编号文件编码的密钥可用。"},
          {"", ""}},
         {{"The key of the codes on numbered copies cannot be used. No classified job is printed, "
           "no sheet can be traced.",
           "编号文件编码的密钥无法使用：涉密作业暂停印制，纸张无法追溯。"},
          {"Restore keys/trace.key from a backup and start printroomd again; it must be owned by "
           "the service, mode 0600. The log says what is wrong with it.",
           "请从备份恢复 keys/trace.key 并重新启动 printroomd，属主为本服务账户，权限 "
           "0600；具体原因见日志。"}}},
    [DOCTOR_SPOOL] = {"spool",
                      doctor_spool,
                      true,
                      {{"The spool has {a} MiB free.", "缓存空间剩余 {a} MiB。"}, {"", ""}},
                      {{"The spool has {a} MiB free, less than two documents of the largest size "
                        "({b} MiB each).",
                        "缓存空间仅剩 {a} MiB，不足两份最大文件（每份 {b} MiB）。"},
                       {"Free space where the state directory is, or lower limits.",
                        "请清理数据目录所在分区，或调低限额。"}}},
    [DOCTOR_SWAP] = {"swap",
                     doctor_swap,
                     true,
                     {{"No memory reaches a disk unencrypted.", "内存内容不会以明文写入磁盘。"},
                      {"", ""}},
                     {{"The swap area {a} is not encrypted: pages of documents may end up on it.",
                       "交换区 {a} 未加密：文件内容可能被写入其中。"},
                      {"Turn it off (swapoff), or put it on dm-crypt or zram.",
                       "请关闭（swapoff），或改用 dm-crypt、zram。"}}},
    [DOCTOR_LOCKED_MEMORY] =
        {"locked-memory",
         doctor_locked_memory,
         true,
         {{"Keys can be locked in memory.", "密钥可锁定在内存中。"}, {"", ""}},
         {{"Only {a} KiB of memory can be locked (RLIMIT_MEMLOCK); keys need {b} KiB.",
           "仅可锁定 {a} KiB 内存（RLIMIT_MEMLOCK），密钥需要 {b} KiB。"},
          {"Raise LimitMEMLOCK= of the service (ulimit -l).",
           "请调高服务的 LimitMEMLOCK=（ulimit -l）。"}}},
    [DOCTOR_DOCUMENTS] = {"documents",
                          doctor_documents,
                          false,
                          {{"Documents can be examined.", "可以检查文件。"}, {"", ""}},
                          {{"A one-page document could not be examined: {a}.",
                            "无法检查单页测试文件：{a}。"},
                           {"Look into the log for what printroom-document said; reinstall the "
                            "package if it is missing.",
                            "请在日志中查看 printroom-document 的输出；如缺少该程序请重新安装。"}}},
    [DOCTOR_PEOPLE] =
        {"people",
         doctor_people,
         true,
         {{"People registered: {a}, departments: {b}.", "已登记 {b} 个部门、{a} 名人员。"},
          {"", ""}},
         {{"People registered: {a}, departments: {b}. Nobody can print.",
           "已登记 {b} 个部门、{a} 名人员：无人可以打印。"},
          {"Add them: printroom department add, printroom person add, printroom quota "
           "set.",
           "请添加：printroom department add、printroom person add、printroom quota set。"}}},
    [DOCTOR_DEVICES] = {"devices",
                        doctor_devices,
                        true,
                        {{"Devices registered: {a}.", "已登记 {a} 台设备。"}, {"", ""}},
                        {{"No device is registered: jobs wait.", "尚未登记设备：作业将等待。"},
                         {"Add one: printroom device add.", "请添加：printroom device add。"}}},
    [DOCTOR_AUTHENTICATION] =
        {"authentication",
         doctor_authentication,
         true,
         {{"cupsd says who sends a job.", "送印人身份由 cupsd 认证。"}, {"", ""}},
         {{"NAMES ARE ONLY CLAIMED: whoever sends a job may give any name, print on any "
           "department's "
           "quota and hide who printed (queue-authentication = \"claimed\").",
           "身份未经认证：送印人可自报任意姓名，占用任意部门额度并隐瞒身份（queue-authentication = "
           "\"claimed\"）。"},
          {"Have cupsd authenticate the managed queue and set queue-authentication = \"required\".",
           "请让 cupsd 对受管队列进行认证，并设置 queue-authentication = \"required\"。"}}},
    [DOCTOR_CUPS] = {"cups",
                     doctor_cups,
                     false,
                     {{"cupsd answers at {a}.", "cupsd 在 {a} 正常应答。"}, {"", ""}},
                     {{"cupsd does not answer at {a}: {b}.", "cupsd 在 {a} 无应答：{b}。"},
                      {"Start cupsd, or correct cups-server in printroom.conf.",
                       "请启动 cupsd，或更正 printroom.conf 中的 cups-server。"}}},
    [DOCTOR_MANAGED_QUEUE] = {"managed-queue",
                              doctor_managed_queue,
                              false,
                              {{"The queue {a} leads to printroomd.", "队列 {a} 通向 printroomd。"},
                               {"", ""}},
                              {{"The queue {a} cannot be used: {b}.", "队列 {a} 不可用：{b}。"},
                               {"Create it with the backend printroom and the PPD of printroomd "
                                "--ppd, and enable it (cupsenable, cupsaccept).",
                                "请用后端 printroom 和 printroomd --ppd 生成的 PPD 建立队列并启用"
                                "（cupsenable、cupsaccept）。"}}},
    [DOCTOR_DEVICE_QUEUES] = {"device-queues",
                              doctor_device_queues,
                              false,
                              {{"Only the service can print to the devices' queues.",
                                "只有本服务能使用设备队列。"},
                               {"", ""}},
                              {{"The device queue {a}: {b}.", "设备队列 {a}：{b}。"},
                               {"Create the queue, and give it an operation policy that lets only "
                                "the service print (lpadmin -o printer-op-policy=…).",
                                "请建立该队列，并设置只允许本服务打印的操作策略（lpadmin -o "
                                "printer-op-policy=…）。"}}},
    [DOCTOR_ACCESS_LOG] =
        {"access-log",
         doctor_access_log,
         true,
         {{"Who is refused at a device's queue is noted, from {a}.",
           "直接向设备队列送印而被拒绝者据 {a} 登记。"},
          {"", ""}},
         {{"Attempts to print past the print room are refused, but not noted; {a}: {b}.",
           "绕过文印室直接打印会被拒绝，但无法登记；{a}：{b}。"},
          {"Name cupsd's AccessLog as cups-access-log in printroom.conf, and let the service's "
           "account "
           "read it (LogFileGroup, LogFilePerm in cups-files.conf).",
           "请在 printroom.conf 的 cups-access-log 中写明 cupsd 的 AccessLog，并允许服务账户读取"
           "（cups-files.conf 的 LogFileGroup、LogFilePerm）。"}}},
    [DOCTOR_DEVICE_AREAS] =
        {"device-areas",
         doctor_device_areas,
         true,
         {{"Devices that print classified documents stand in a designated area.",
           "打印涉密文件的设备均已登记区域。"},
          {"", ""}},
         {{"Devices that may print classified documents without a designated area: {a}.",
           "可打印涉密文件但未登记所在区域的设备：{a}。"},
          {"Say where each stands: printroom device set NAME --area AREA; or lower its level.",
           "请登记所在区域：printroom device set 设备名 --area 区域；或调低其最高密级。"}}},
    [DOCTOR_DEVICE_ANSWERS] =
        {"device-answers",
         doctor_device_answers,
         true,
         {{"Every device answered when it was last asked.", "各设备最近一次查询均有应答。"},
          {"", ""}},
         {{"Devices that did not answer when they were last asked: {a}.",
           "最近一次查询无应答的设备：{a}。"},
          {"Look whether they are on and at their addresses (printroom device show); correct these "
           "with printroom device set NAME --manage URI.",
           "请检查设备是否开机、地址是否正确（printroom device show），可用 printroom device set "
           "设备名 --manage URI 更正。"}}},
    [DOCTOR_DEVICE_SERIALS] =
        {"device-serials",
         doctor_device_serials,
         true,
         {{"Every device is the one that was registered.", "各设备与登记相符。"}, {"", ""}},
         {{"Devices with another serial number than registered: {a}.",
           "序列号与登记不符的设备：{a}。"},
          {"Find out whether the device or its board was replaced, enter it (printroom device "
           "maintenance add NAME --kind part), then accept it: printroom device probe NAME.",
           "请查明是否更换过设备或主板并登记（printroom device maintenance add 设备名 --kind "
           "part），再确认：printroom device probe 设备名。"}}},
    [DOCTOR_MAINTENANCE] = {"maintenance",
                            doctor_maintenance,
                            true,
                            {{"No maintenance is due.", "没有到期的维护。"}, {"", ""}},
                            {{"Maintenance is due: {a}.", "维护到期：{a}。"},
                             {"See printroom device maintenance list --due; close what was done: "
                              "printroom device maintenance close NUMBER --note T.",
                              "详见 printroom device maintenance list --due；完成后关闭：printroom "
                              "device maintenance close 编号 --note 说明。"}}},
    [DOCTOR_SUPPLIES] =
        {"supplies",
         doctor_supplies,
         true,
         {{"No device runs low.", "各设备耗材充足。"}, {"", ""}},
         {{"Supplies run low: {a}.", "耗材不足：{a}。"},
          {"Replace them, and enter what was used: printroom device stock use ITEM 1 --device "
           "NAME.",
           "请更换并登记领用：printroom device stock use 品名 1 --device 设备名。"}}},
    [DOCTOR_STOCK] = {"stock",
                      doctor_stock,
                      true,
                      {{"The stock is above its minimum.", "库存高于下限。"}, {"", ""}},
                      {{"Fewer in stock than the minimum: {a}.", "库存低于下限：{a}。"},
                       {"Order them, and enter what came: printroom device stock add ITEM N.",
                        "请采购并登记入库：printroom device stock add 品名 数量。"}}},
};
_Static_assert(sizeof checks / sizeof checks[0] == DOCTOR_CHECKS, "every check has its row");

static const char *const results[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_FAILED] = "failed"};
_Static_assert(sizeof results / sizeof results[0] == DOCTOR_RESULTS, "every result has its word");

void doctor_check(struct office *office, enum doctor_check check,
                  struct doctor_finding *ret_finding)
{
    struct doctor_finding finding = {.result = DOCTOR_FAILED};

    checks[check].run(office, &finding);
    *ret_finding = finding;
}

bool doctor_check_is_cheap(enum doctor_check check)
{
    return checks[check].cheap;
}

const char *doctor_check_id(enum doctor_check check)
{
    return checks[check].id;
}

json_t *doctor_document(enum doctor_check check, const struct doctor_finding *finding,
                        enum policy_language language)
{
    const struct words *words =
        finding->result == DOCTOR_OK ? &checks[check].good : &checks[check].bad;
    char message[1024];
    char action[512];

    fill_places(words->message[language], finding->a, finding->b, message, sizeof message);
    fill_places(words->action[language], finding->a, finding->b, action, sizeof action);
    return json_pack("{s:s, s:s, s:s, s:s}", "check", checks[check].id, "result",
                     results[finding->result], "message", message, "action", action);
}

void api_doctor(struct api_request *request)
{
    json_t *list = json_array();

    for (unsigned check = 0; check < DOCTOR_CHECKS; check++) {
        struct doctor_finding finding;

        doctor_check(request->office, (enum doctor_check)check, &finding);
        json_array_append_new(
            list, doctor_document((enum doctor_check)check, &finding, request->language));
    }
    api_reply_json(request, 200, list);
}
