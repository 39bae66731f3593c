/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/problem.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/api/encoding.h"
#include "daemon/error.h"

struct problem {
    unsigned status;
    const char *id;
    const char *keyword; /* IPP reason, or NULL */
    const char *title[POLICY_LANGUAGES];
    const char *detail[POLICY_LANGUAGES];
};

static const struct problem problems[] = {
    [API_BAD_REQUEST] = {400,
                         "bad-request",
                         NULL,
                         {"The request is malformed", "请求格式有误"},
                         {"The request cannot be understood: {a}. Correct it and send it again.",
                          "无法理解该请求：{a}。请更正后重新发送。"}},
    [API_BAD_JSON] = {400,
                      "bad-json",
                      NULL,
                      {"The body is not valid JSON", "正文不是有效的 JSON"},
                      {"The body must be one JSON object: {a}. Correct it and send it again.",
                       "正文应为一个 JSON 对象：{a}。请更正后重新发送。"}},
    [API_FIELD_MISSING] = {400,
                           "field-missing",
                           NULL,
                           {"A field is missing", "缺少字段"},
                           {"The field \"{a}\" is required. Add it and send the request again.",
                            "必须填写字段“{a}”。请补上后重新发送。"}},
    [API_FIELD_UNKNOWN] =
        {400,
         "field-unknown",
         NULL,
         {"A field is unknown here", "字段未知"},
         {"The field \"{a}\" is not known here. Check its spelling or leave it out.",
          "此处没有字段“{a}”。请检查拼写或去掉该字段。"}},
    [API_FIELD_INVALID] = {400,
                           "field-invalid",
                           NULL,
                           {"A field has a value it cannot have", "字段取值无效"},
                           {"The field \"{a}\" must be {b}. Correct it and send the request again.",
                            "字段“{a}”应为{b}。请更正后重新发送。"}},
    [API_NO_SUCH_PATH] = {404,
                          "no-such-path",
                          NULL,
                          {"There is no such path", "路径不存在"},
                          {"There is nothing at {a}. The paths there are stand in openapi.yaml.",
                           "{a} 处没有任何内容。可用路径见 openapi.yaml。"}},
    [API_METHOD_NOT_ALLOWED] = {405,
                                "method-not-allowed",
                                NULL,
                                {"This path does not have this method", "该路径不支持此方法"},
                                {"Only {a} can be used on this path. Use one of them.",
                                 "该路径只支持 {a}。请改用其中之一。"}},
    [API_TOO_LARGE] =
        {413,
         "too-large",
         "document-unprintable-error",
         {"It is too large", "内容过大"},
         {"No more than {a} bytes are taken. Send less, for instance the document in parts.",
          "最多接收 {a} 字节。请减小内容，例如将文件分成几份。"}},
    [API_WRONG_MEDIA_TYPE] =
        {415,
         "wrong-media-type",
         "document-format-error",
         {"It is of the wrong type", "内容类型不符"},
         {"The body must be of type {a}. Say so in Content-Type, or convert it first.",
          "正文类型应为 {a}。请在 Content-Type 中注明，或先行转换。"}},
    [API_PERSON_UNKNOWN] =
        {403,
         "person-unknown",
         "account-info-needed",
         {"This person is not registered", "人员未登记"},
         {"\"{a}\" is not registered here. Ask the administrator to add this person (printroom "
          "person add).",
          "“{a}”尚未登记。请联系系统管理员添加该人员（printroom person add）。"}},
    [API_PERSON_INACTIVE] =
        {403,
         "person-inactive",
         "account-info-needed",
         {"This person's account is not active", "人员账号已停用"},
         {"The account of \"{a}\" is not active. Ask the administrator to make it active again.",
          "“{a}”的账号已停用。请联系系统管理员重新启用。"}},
    [API_ROLE_NEEDED] = {403,
                         "role-needed",
                         NULL,
                         {"Your role does not allow this", "您的角色无此权限"},
                         {"This may be done only by: {a}. Ask one of them to do it.",
                          "此操作仅限：{a}。请联系其中一位办理。"}},
    [API_AS_FORBIDDEN] =
        {403,
         "as-forbidden",
         NULL,
         {"You cannot act for somebody else", "不能代他人操作"},
         {"Only root and the service's own account may act as another person. Leave out --as "
          "(Printroom-As).",
          "只有 root 和本服务自身的账号可以代他人操作。请去掉 --as（Printroom-As）。"}},
    [API_NOT_YOURS] = {403,
                       "not-yours",
                       NULL,
                       {"This is not yours", "不属于您"},
                       {"{a} belongs to somebody else. Ask its owner, or an operator.",
                        "{a} 属于他人。请联系其本人或文印员。"}},
    [API_NOT_APPROVER] =
        {403,
         "not-approver",
         NULL,
         {"You cannot decide on approvals", "您无审批权限"},
         {"Only a director, or whom a director has made deputy for today (printroom deputy list), "
          "decides on approvals; where a level says so (printroom level list), the head of the "
          "department (printroom department list) as well.",
          "只有办公室主任或其今日的代理人可以审批（printroom deputy list）；按密级规定"
          "（printroom level list）由部门负责人审批的，部门负责人（printroom department "
          "list）也可审批。"}},
    [API_OWN_JOB] = {403,
                     "own-job",
                     NULL,
                     {"It is your own job", "这是您自己的作业"},
                     {"Nobody decides on their own job. Ask another director or a deputy to look "
                      "at {a}.",
                      "不能审批自己的作业。请由其他主任或代理人审批 {a}。"}},
    [API_NOT_READER] =
        {403,
         "not-reader",
         NULL,
         {"Your role does not read documents", "您的角色不能查看文件内容"},
         {"The pages of {a} are shown to its sender, the director or deputy, a supervisor and the "
          "operator only.",
          "{a} 的页面只供送印人、主任或其代理人、监印人员和文印员查看。"}},
    [API_APPROVAL_DECIDED] = {409,
                              "approval-decided",
                              NULL,
                              {"It has been decided already", "已有审批结果"},
                              {"This was decided already. See printroom approvals.",
                               "此事已有审批结果，见 printroom approvals。"}},
    [API_NOTHING_TO_APPROVE] =
        {409,
         "nothing-to-approve",
         NULL,
         {"There is nothing to approve", "没有待审批事项"},
         {"Nothing is asked about job {a}, or its document is not the one that was asked about. "
          "Look at it with: printroom show {a}.",
          "作业 {a} 没有待审批事项，或其文件与送审文件不符。可用 printroom show {a} 查看。"}},
    [API_TOKEN_INVALID] =
        {401,
         "token-invalid",
         NULL,
         {"You are not signed in any more", "登录已失效"},
         {"The token is unknown, was revoked or is past its end. Sign in again (printroom login), "
          "or forget it (printroom logout).",
          "令牌无效、已注销或已过期。请重新登录（printroom login），或清除令牌（printroom "
          "logout）。"}},
    [API_NOT_SIGNED_IN] = {409,
                           "not-signed-in",
                           NULL,
                           {"You are not signed in", "尚未登录"},
                           {"There is nothing to sign out of: this request came without a token.",
                            "该请求未携带令牌，无需注销。"}},
    [API_SIGN_IN_FAILED] =
        {401,
         "sign-in-failed",
         NULL,
         {"Login or password is wrong", "登录名或密码错误"},
         {"Login or password is wrong. Try again, or ask the administrator for a new password "
          "(printroom person password).",
          "登录名或密码错误。请重试，或请系统管理员重设密码（printroom person password）。"}},
    [API_SIGN_IN_LATER] = {429,
                           "sign-in-later",
                           NULL,
                           {"Too many attempts failed", "失败次数过多"},
                           {"Too many attempts failed. The next one is looked at in {a} seconds.",
                            "失败次数过多，请在 {a} 秒后重试。"}},
    [API_PASSWORD_NEEDED] =
        {403,
         "password-needed",
         NULL,
         {"The present password is needed", "需要当前密码"},
         {"To set a new password or PIN of your own, give the present password as well.",
          "为自己设置新密码或 PIN 时，还须提供当前密码。"}},
    [API_OWN_ROLES] =
        {403,
         "own-roles",
         NULL,
         {"Nobody changes their own roles", "任何人不得更改自己的角色"},
         {"Nobody gives roles to themselves or takes their own away. Ask another administrator.",
          "任何人不得为自己授予或取消角色，也不得停用自己的账号。请联系另一位系统管理员。"}},
    [API_NOT_FOUND] = {404,
                       "not-found",
                       NULL,
                       {"It does not exist", "不存在"},
                       {"There is no \"{a}\". Check the spelling.", "没有“{a}”。请检查拼写。"}},
    [API_EXISTS] = {409,
                    "exists",
                    NULL,
                    {"It exists already", "已存在"},
                    {"\"{a}\" exists already. Use it, or choose another name.",
                     "“{a}”已存在。请直接使用，或另取名称。"}},
    [API_NOT_IN_THIS_STATE] =
        {409,
         "not-in-this-state",
         NULL,
         {"The job's state does not allow this", "作业当前状态不允许此操作"},
         {"Job {a} is {b}; this cannot be done now. Look at it with: printroom show {a}.",
          "作业 {a} 当前状态为 {b}，不能执行此操作。可用 printroom show {a} 查看。"}},
    [API_NOTHING_TO_CONFIRM] =
        {409,
         "nothing-to-confirm",
         NULL,
         {"The job is not held for anything you can confirm", "作业没有您可以确认的事项"},
         {"Job {a} is held, but not for anything you can confirm: its sender or an operator "
          "confirms a duplicate, the office director the level of a document's marks. printroom "
          "show {a} says what holds it and whom to ask.",
          "作业 {a} "
          "挂起的原因不由您确认：重复提交由送印人或文印员确认，文件密级标志由办公室主任复核。"
          "请用 printroom show {a} 查看挂起原因和联系人。"}},
    [API_COPY_NOT_ALLOWED] =
        {409,
         "copy-not-allowed",
         "account-authorization-failed",
         {"This person may not copy the level", "该人员不得复印此密级"},
         {"This person may not copy documents of this level (printroom level list says who may). "
          "If "
          "the copies were made all the same, register them with --over and the reason, which is "
          "written down as a violation for the office director.",
          "该人员不得复印此密级的文件（有权人员可用 printroom level list 查看）。已经复印的，"
          "请以 --over 注明原因登记（记入违规登记簿，由办公室主任处理）。"}},
    [API_DEVICE_NOT_ALLOWED] =
        {409,
         "device-not-allowed",
         NULL,
         {"The job cannot be printed at this device", "作业不能在该设备打印"},
         {"The job cannot be printed at this device. Choose another one (printroom device list).",
          "作业不能在该设备打印。请另选设备（printroom device list）。"}},
    [API_DEPARTMENT_NOT_FOUND] =
        {404,
         "department-not-found",
         NULL,
         {"There is no such department", "部门不存在"},
         {"There is no department with the code \"{a}\". printroom department list shows those "
          "there are.",
          "没有代码为“{a}”的部门。可用 printroom department list 查看现有部门。"}},
    [API_PERSON_NOT_FOUND] =
        {404,
         "person-not-found",
         NULL,
         {"There is no such person", "人员不存在"},
         {"There is no person with the login \"{a}\". printroom person list shows those there are.",
          "没有登录名为“{a}”的人员。可用 printroom person list 查看现有人员。"}},
    [API_DEVICE_NOT_FOUND] =
        {404,
         "device-not-found",
         NULL,
         {"There is no such device", "设备不存在"},
         {"There is no device named \"{a}\". printroom device list shows those there are.",
          "没有名为“{a}”的设备。可用 printroom device list 查看现有设备。"}},
    [API_DEVICE_PRINTING] = {409,
                             "device-printing",
                             NULL,
                             {"The device is in use", "设备正在使用"},
                             {"{a} is printing, or being emptied or read. Try again when it is "
                              "done.",
                              "{a} 正在打印、清除或读取数据。请待其结束后重试。"}},
    [API_DEVICE_CANNOT] = {502,
                           "device-cannot",
                           NULL,
                           {"The device did not do it", "设备未能执行"},
                           {"{a} cannot be asked that, or gave no sensible answer: {b}.",
                            "{a} 不支持此项，或应答无效：{b}。"}},
    [API_JOB_NOT_FOUND] =
        {404,
         "job-not-found",
         NULL,
         {"There is no such job", "作业不存在"},
         {"There is no job \"{a}\" that you may see. printroom jobs shows those there are.",
          "没有您可查看的作业“{a}”。可用 printroom jobs 查看现有作业。"}},
    [API_LEVEL_UNKNOWN] = {400,
                           "level-unknown",
                           "unsupported-attributes-or-values",
                           {"There is no such level", "密级不存在"},
                           {"There is no level \"{a}\". Choose one of: {b}.",
                            "没有密级“{a}”。可选：{b}。"}},
    [API_ROLES_INCOMPATIBLE] =
        {409,
         "roles-incompatible",
         NULL,
         {"One person cannot have these roles together", "一人不能兼任这些角色"},
         {"Administration, security and audit are kept apart: {a} cannot be one person's roles. "
          "Give them to different people.",
          "系统管理、安全保密、审计三权分立：{a} 不能由一人兼任。请分配给不同人员。"}},
    [API_TABLE_WRONG] =
        {400,
         "table-wrong",
         NULL,
         {"The table has mistakes", "表格有误"},
         {"Nothing was changed, since the table has mistakes. Correct them and send it again.",
          "表格有误，未作任何更改。请更正后重新导入。"}},
    [API_BALANCE] =
        {409,
         "balance",
         "account-limit-reached",
         {"The account has too few sheets", "纸张额度不足"},
         {"The account of {a} for {b} has too few sheets for this. See printroom quota show {a}; "
          "the director may grant more.",
          "{a} 在 {b} 的纸张额度不足。可用 printroom quota show {a} 查看；可请领导追加。"}},
    [API_ALLOTMENT_TOO_SMALL] =
        {409,
         "allotment-too-small",
         NULL,
         {"More than that is used already", "已用纸张超过该额度"},
         {"More sheets are used or reserved by {a} in {b} than this would allot. Set a larger "
          "number; printroom quota show {a} has the figures.",
          "{a} 在 {b} 已用和预留的纸张超过该额度。请设定更大的数值；可用 printroom quota show {a} "
          "查看。"}},
    [API_DOCUMENT_BAD] =
        {422,
         "document-bad",
         "document-format-error",
         {"The document is broken", "文件已损坏"},
         {"The document cannot be read as a PDF: {a}. Export it again and send the new file.",
          "无法将该文件作为 PDF 读取：{a}。请重新导出后再提交。"}},
    [API_DOCUMENT_ENCRYPTED] =
        {422,
         "document-encrypted",
         "document-password-error",
         {"The document is encrypted", "文件已加密"},
         {"The document needs a password. Save it without one and send it again.",
          "该文件需要密码。请去除密码后重新提交。"}},
    [API_DOCUMENT_LIMITS] = {422,
                             "document-limits",
                             "document-unprintable-error",
                             {"The document exceeds what can be printed", "文件超出可打印范围"},
                             {"The document exceeds a limit: {a}. Print it in parts.",
                              "该文件超出限制：{a}。请分成几份打印。"}},
    [API_DOCUMENT_PRESENT] =
        {409,
         "document-present",
         NULL,
         {"The job has its document already", "作业已有文件"},
         {"Job {a} has its document already. Open a new job for another document.",
          "作业 {a} 已有文件。其他文件请新建作业。"}},
    [API_BODY_INCOMPLETE] = {400,
                             "body-incomplete",
                             NULL,
                             {"The body is incomplete", "正文不完整"},
                             {"The body ended before its announced length. Send it again.",
                              "正文在声明的长度之前中断。请重新发送。"}},
    [API_STOPPING] = {503,
                      "stopping",
                      NULL,
                      {"The service is stopping", "服务正在停止"},
                      {"printroomd is stopping and takes nothing new. Try again in a moment.",
                       "printroomd 正在停止，不再接收新请求。请稍后再试。"}},
    [API_BUSY] = {503,
                  "busy",
                  "resources-are-not-ready",
                  {"The service is busy", "服务繁忙"},
                  {"Too much is going on at once. Try again in a moment.",
                   "当前请求过多。请稍后再试。"}},
    [API_NO_SPACE] =
        {507,
         "no-space",
         "spool-area-full",
         {"The spool is full", "缓存空间已满"},
         {"There is no room to keep the document. Nothing was lost; tell the operator to free "
          "space, then try again.",
          "没有空间保存文件。内容未丢失；请通知文印员清理空间后重试。"}},
    [API_NO_KEY] =
        {503,
         "no-key",
         "resources-are-not-ready",
         {"The day's key is missing", "缺少当日密钥"},
         {"The key of {a} is not available, so nothing can be kept safely. Tell the administrator: "
          "printroom doctor says more.",
          "{a} 的密钥不可用，无法安全保存。请联系系统管理员：printroom doctor 会给出详情。"}},
    [API_STORE_FAILED] =
        {503,
         "store-failed",
         NULL,
         {"The database refused", "数据库出错"},
         {"The database could not do this and nothing was changed. Try again; if it stays so, the "
          "administrator finds more in the log.",
          "数据库未能完成操作，数据未作任何更改。请重试；如仍失败，请系统管理员查看日志。"}},
    [API_HELPER_FAILED] =
        {500,
         "helper-failed",
         "document-format-error",
         {"The document could not be examined", "无法检查文件"},
         {"The program that examines documents ended without an answer for this one. Export the "
          "document again, or print it in parts.",
          "文件检查程序未能给出结果。请重新导出该文件，或分成几份打印。"}},
    [API_UNREACHABLE] = {503,
                         "unreachable",
                         NULL,
                         {"Something it needs cannot be reached", "所需服务无法连接"},
                         {"{a} cannot be reached. Check that it is running, then try again.",
                          "无法连接 {a}。请检查其是否运行，然后重试。"}},
    [API_INTERNAL] = {500,
                      "internal",
                      NULL,
                      {"Something is wrong in the service", "服务内部错误"},
                      {"printroomd made a mistake; its log says more. Try again, and tell the "
                       "administrator if it "
                       "stays so.",
                       "printroomd 内部出错，详情见日志。请重试；如仍失败，请联系系统管理员。"}},
};
_Static_assert(sizeof problems / sizeof problems[0] == API_PROBLEMS, "every problem has its row");

/* Which problem an error code is, when nobody who knows more said so. */
static const enum api_problem by_error[] = {
    [-PR_OK] = API_INTERNAL,
    [-PR_ENOMEM] = API_BUSY,
    [-PR_EINVAL] = API_BAD_REQUEST,
    [-PR_ENOENT] = API_NOT_FOUND,
    [-PR_EEXIST] = API_EXISTS,
    [-PR_EIO] = API_INTERNAL,
    [-PR_ENOSPC] = API_NO_SPACE,
    [-PR_EACCESS] = API_NOT_YOURS,
    [-PR_ESTATE] = API_NOT_IN_THIS_STATE,
    [-PR_ELIMIT] = API_DOCUMENT_LIMITS,
    [-PR_EFORMAT] = API_DOCUMENT_BAD,
    [-PR_ECRYPTO] = API_NO_KEY,
    [-PR_ENOKEY] = API_NO_KEY,
    [-PR_EDB] = API_STORE_FAILED,
    [-PR_EBALANCE] = API_BALANCE,
    [-PR_EUNREACHABLE] = API_UNREACHABLE,
    [-PR_EREFUSED] = API_UNREACHABLE,
    [-PR_ETIMEOUT] = API_HELPER_FAILED,
    [-PR_ECRASHED] = API_HELPER_FAILED,
    [-PR_EUNSUPPORTED] = API_DOCUMENT_ENCRYPTED,
    [-PR_EBUSY] = API_BUSY,
};
_Static_assert(sizeof by_error / sizeof by_error[0] == -PR_ERROR_LAST + 1,
               "every error code has its problem");

unsigned api_problem_status(enum api_problem problem)
{
    return problems[problem].status;
}

const char *api_problem_id(enum api_problem problem)
{
    return problems[problem].id;
}

enum api_problem api_problem_from_error(int error)
{
    return error > 0 || error < PR_ERROR_LAST ? API_INTERNAL : by_error[-error];
}

json_t *api_problem_document(enum api_problem problem, enum policy_language language, const char *a,
                             const char *b, const char *detail, const char *keyword)
{
    const struct problem *row = &problems[problem];
    char filled[2048];
    char type[64];

    if (detail == NULL) {
        fill_places(row->detail[language], a != NULL ? a : "", b != NULL ? b : "", filled,
                    sizeof filled);
        detail = filled;
    }
    if (keyword == NULL) {
        keyword = row->keyword;
    }
    snprintf(type, sizeof type, "urn:printroom:problem:%s", row->id);
    json_t *document = json_pack("{s:s, s:s, s:i}", "type", type, "title", row->title[language],
                                 "status", (int)row->status);
    json_t *words = json_string(detail);

    /* What was filled in may be no UTF-8, which JSON cannot hold: the problem's title says enough
     * then. */
    if (words == NULL) {
        words = json_string(row->title[language]);
    }
    if (document == NULL || json_object_set_new(document, "detail", words) != 0 ||
        (keyword != NULL && json_object_set_new(document, "keyword", json_string(keyword)) != 0)) {
        json_decref(document);
        return NULL;
    }
    return document;
}
