/* The table comes first; the rest fills it in. In ascending order of name, for the eye: there are few enough
 * to be walked through. */
#include "rest/mail/template.h"

#include "core/wire/json_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOT_LINK "\n\n{site}/auctions/{auctionId}"

/* clang-format off */
const struct template templates[] = {
    {"already_registered", {
        {"登録のお手続きについて",
         "このメールアドレスで新しい登録の申込みがありましたが、すでに登録されています。\n"
         "これまでのパスワードでログインしてください。\n\n{site}\n\n"
         "パスワードをお忘れの場合は、1時間以内に次のアドレスから再設定できます。\n\n{link}\n\n"
         "お心当たりがない場合は、何もしていただく必要はありません。登録の内容は変わっていません。"},
        {"About your registration",
         "Somebody asked to register with this e-mail address, which already has an account.\n"
         "Please log in with the password you have.\n\n{site}\n\n"
         "If you have forgotten it, you can choose a new one within an hour, here:\n\n{link}\n\n"
         "If it was not you, there is nothing to do. Nothing about your account has changed."}}},
    {"bid_retracted_leader", {
        {"{lot}：入札の取消しにより最高入札者になりました",
         "{sale}の{lot}で、他の入札が主催者により取り消されました。\n"
         "その結果、現在はあなたが最高入札者です（{price:yen}、税抜）。\n\n理由：{reason|記載なし}" LOT_LINK},
        {"You lead again: {lot}",
         "At {sale}, the office has taken back a bid on {lot}.\n"
         "As a result you are now the leading bidder at {price:yen} (tax excluded).\n\nReason: {reason|none given}" LOT_LINK}}},
    {"bid_retracted_owner", {
        {"{lot}：入札が取り消されました",
         "{sale}の{lot}に対するあなたの入札（{price:yen}、税抜）は、主催者により取り消されました。\n\n"
         "理由：{reason|記載なし}" LOT_LINK},
        {"Your bid was taken back: {lot}",
         "At {sale}, the office has taken back your bid of {price:yen} (tax excluded) on {lot}.\n\n"
         "Reason: {reason|none given}" LOT_LINK}}},
    {"confirm_email", {
        {"メールアドレスの確認",
         "ご登録ありがとうございます。\n"
         "次のアドレスを開いて、メールアドレスの確認を完了してください。\n\n{link}\n\n"
         "お心当たりがない場合は、このメールを破棄してください。"},
        {"Please confirm your e-mail address",
         "Thank you for registering.\n"
         "Please open this address to confirm that your e-mail reaches you:\n\n{link}\n\n"
         "If you did not ask for this, please ignore this letter."}}},
    {"confirm_new_email", {
        {"新しいメールアドレスの確認",
         "このメールアドレスへの変更のお申込みを受け付けました。\n"
         "1時間以内に次のアドレスを開いて、変更を完了してください。\n\n{link}\n\n"
         "お心当たりがない場合は、このメールを破棄してください。"},
        {"Please confirm your new e-mail address",
         "You asked to use this e-mail address for your account.\n"
         "Please open this address within an hour to complete the change:\n\n{link}\n\n"
         "If you did not ask for this, please ignore this letter."}}},
    {"email_changed", {
        {"メールアドレスが変更されました",
         "アカウントのメールアドレスが変更されました。\n\n"
         "お心当たりがない場合は、すぐに主催者へご連絡ください。\n\n{site}"},
        {"Your e-mail address has been changed",
         "The e-mail address of your account has been changed.\n\n"
         "If it was not you, please contact the office at once.\n\n{site}"}}},
    {"invitation", {
        {"アカウントのご案内",
         "{name} 様のアカウントを用意しました。\n"
         "7日以内に次のアドレスを開いて、パスワードを設定してください。\n\n{link}"},
        {"Your account",
         "An account has been made for you, {name}.\n"
         "Please open this address within seven days to choose a password:\n\n{link}"}}},
    {"lot_soon", {
        {"{lot}：まもなく始まります",
         "{sale}の{lot}がまもなく始まります。\n\n開始予定：{startsAt|順番が来しだい}" LOT_LINK},
        {"Starting soon: {lot}",
         "At {sale}, {lot} is about to start.\n\nExpected: {startsAt|when its turn comes}" LOT_LINK}}},
    {"outbid", {
        {"{lot}：他の入札者が上回りました",
         "{sale}の{lot}で、他の入札者があなたの入札を上回りました。\n現在の価格：{price:yen}（税抜）" LOT_LINK},
        {"You have been outbid: {lot}",
         "At {sale}, somebody has bid more than you on {lot}.\nThe price is now {price:yen} (tax excluded)." LOT_LINK}}},
    {"passed", {
        {"{lot}：主取りとなりました",
         "{sale}に上場された{lot}は、落札に至らず主取りとなりました。\n今後のお手続きは主催者からご案内します。" LOT_LINK},
        {"Not sold: {lot}",
         "At {sale}, your {lot} was not sold.\nThe office will be in touch about what comes next." LOT_LINK}}},
    {"password_changed", {
        {"パスワードが変更されました",
         "アカウントのパスワードが変更されました。\n\n"
         "お心当たりがない場合は、すぐにパスワードを再設定し、主催者へご連絡ください。\n\n{site}"},
        {"Your password has been changed",
         "The password of your account has been changed.\n\n"
         "If it was not you, please choose a new one at once and contact the office.\n\n{site}"}}},
    {"registration_approved", {
        {"{sale}：購買登録が承認されました",
         "{sale}の購買登録が承認されました。入札にご参加いただけます。\n\n"
         "パドル番号：{paddle}\n購買限度額：{limit:yen|設定なし}\n\n{site}"},
        {"{sale}: you may bid",
         "Your registration for {sale} has been approved. You are welcome to bid.\n\n"
         "Paddle: {paddle}\nCredit limit: {limit:yen|none set}\n\n{site}"}}},
    {"registration_rejected", {
        {"{sale}：購買登録の審査結果",
         "{sale}の購買登録は、審査の結果、承認されませんでした。\n\n理由：{reason|記載なし}\n\n"
         "ご不明な点は主催者へお問い合わせください。\n\n{site}"},
        {"{sale}: your registration",
         "Your registration for {sale} has not been approved.\n\nReason: {reason|none given}\n\n"
         "Please ask the office if you have questions.\n\n{site}"}}},
    {"registration_revoked", {
        {"{sale}：購買登録が取り消されました",
         "{sale}の購買登録が取り消されました。以後の入札はできません。\n\n理由：{reason|記載なし}\n\n"
         "ご不明な点は主催者へお問い合わせください。\n\n{site}"},
        {"{sale}: your registration was revoked",
         "Your registration for {sale} has been revoked. You can no longer bid there.\n\nReason: {reason|none given}\n\n"
         "Please ask the office if you have questions.\n\n{site}"}}},
    {"reopened", {
        {"{lot}：セリが再開されました",
         "{sale}の{lot}のセリが再開されました。先の結果は取り消されています。\n\n理由：{reason|記載なし}" LOT_LINK},
        {"Open again: {lot}",
         "At {sale}, {lot} is under the hammer again. Its earlier result no longer stands.\n\n"
         "Reason: {reason|none given}" LOT_LINK}}},
    {"reset_password", {
        {"パスワードの再設定",
         "パスワード再設定のお申込みを受け付けました。\n次のアドレスを開いて、新しいパスワードを設定してください。\n\n{link}\n\n"
         "お心当たりがない場合は、このメールを破棄してください。パスワードは変わりません。"},
        {"Choose a new password",
         "You asked to choose a new password. Please open this address to do so:\n\n{link}\n\n"
         "If you did not ask for this, please ignore this letter: your password stays as it is."}}},
    {"result_passed", {
        {"{lot}：主取りとなりました", "{sale}の{lot}は、落札に至らず主取りとなりました。" LOT_LINK},
        {"Not sold: {lot}", "At {sale}, {lot} was not sold." LOT_LINK}}},
    {"result_sold", {
        {"{lot}：落札されました", "{sale}の{lot}は、{price:yen}（税抜）で落札されました。" LOT_LINK},
        {"Sold: {lot}", "At {sale}, {lot} was sold for {price:yen} (tax excluded)." LOT_LINK}}},
    {"result_withdrawn", {
        {"{lot}：取下げとなりました", "{sale}の{lot}は取下げとなりました。\n\n理由：{reason|記載なし}" LOT_LINK},
        {"Withdrawn: {lot}", "At {sale}, {lot} has been withdrawn.\n\nReason: {reason|none given}" LOT_LINK}}},
    {"sold", {
        {"{lot}：売却されました",
         "{sale}に上場された{lot}は、{price:yen}（税抜）で落札されました。\n今後のお手続きは主催者からご案内します。" LOT_LINK},
        {"Your lot was sold: {lot}",
         "At {sale}, your {lot} was sold for {price:yen} (tax excluded).\n"
         "The office will be in touch about what comes next." LOT_LINK}}},
    {"won", {
        {"{lot}：落札しました",
         "おめでとうございます。{sale}の{lot}を{price:yen}（税抜）で落札されました。\n"
         "お支払いとお引渡しについては、主催者からご案内します。" LOT_LINK},
        {"Yours: {lot}",
         "Congratulations. At {sale}, the hammer for {lot} fell to you at {price:yen} (tax excluded).\n"
         "The office will be in touch about payment and handover." LOT_LINK}}},
};

static const struct {
    const char *before, *after;
} frame[LANGUAGES] = {
    [LANGUAGE_JA] = {"{dear}\n\n", "\n\n-- \nセリ {site}\nこのメールは自動で送信されています。返信にはお答えできません。\n"},
    [LANGUAGE_EN] = {"{dear}\n\n", "\n\n-- \nSeri {site}\nThis letter was sent automatically; replies are not read.\n"},
};
/* clang-format on */

const size_t templates_count = sizeof templates / sizeof templates[0];

const struct template *template_find(const char *name)
{
    for (size_t i = 0; i < templates_count; i++)
        if (strcmp(templates[i].name, name) == 0)
            return &templates[i];
    return NULL;
}

/* ---- filling in ---- */

#define NAME_SIZE 32

/* What stands between the braces. */
struct place {
    char name[NAME_SIZE];
    bool yen;
    const char *fallback; /* NULL: none */
    size_t fallback_size;
};

static struct place read_place(const char *text, size_t size)
{
    struct place place = {0};
    const char *bar = memchr(text, '|', size);
    if (bar != NULL) {
        place.fallback = bar + 1;
        place.fallback_size = size - (size_t)(place.fallback - text);
        size = (size_t)(bar - text);
    }
    place.yen = size > 4 && memcmp(text + size - 4, ":yen", 4) == 0;
    snprintf(place.name, sizeof place.name, "%.*s", (int)(place.yen ? size - 4 : size), text);
    return place;
}

static void write_yen(struct buffer *out, enum language language, int64_t yen)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRId64, yen);
    if (language == LANGUAGE_EN)
        buffer_append_text(out, "¥");
    for (int i = 0; i < size; i++) {
        buffer_append(out, &digits[i], 1);
        if (i + 1 < size && (size - i - 1) % 3 == 0)
            buffer_append_text(out, ",");
    }
    if (language == LANGUAGE_JA)
        buffer_append_text(out, "円");
}

/* False when the value is not there, or not of the kind that the place is for. */
static bool write_value(const struct place *place, enum language language, const cJSON *value,
                        struct buffer *out)
{
    int64_t number;
    bool whole = json_whole(value, 0, JSON_INT_MAX, &number);
    if (place->yen && whole)
        write_yen(out, language, number);
    else if (whole)
        buffer_append_format(out, "%" PRId64, number);
    else if (!place->yen && cJSON_IsString(value) && value->valuestring[0] != '\0')
        buffer_append_text(out, value->valuestring);
    else
        return false;
    return true;
}

struct filling {
    enum language language;
    const cJSON *data;
    const char *site;
};

static bool fill(const struct filling *filling, const char *text, struct buffer *out, struct error *error)
{
    for (;;) {
        size_t size = strcspn(text, "{");
        buffer_append(out, text, size);
        if (text[size] == '\0')
            return true;
        text += size + 1;
        size = strcspn(text, "}");
        struct place place = read_place(text, size);
        text += size + 1;
        if (strcmp(place.name, "site") == 0) {
            buffer_append_text(out, filling->site);
        } else if (!write_value(&place, filling->language,
                                cJSON_GetObjectItemCaseSensitive(filling->data, place.name), out)) {
            if (place.fallback == NULL) {
                error_set(error, "the template needs \"%s\"", place.name);
                return false;
            }
            buffer_append(out, place.fallback, place.fallback_size);
        }
    }
}

bool template_render(const struct template *letter, enum language language, const cJSON *data,
                     const char *site, struct buffer *subject, struct buffer *body, struct error *error)
{
    struct filling filling = {language, data, site};
    bool good = fill(&filling, letter->words[language].subject, subject, error) &&
                fill(&filling, frame[language].before, body, error) &&
                fill(&filling, letter->words[language].body, body, error) &&
                fill(&filling, frame[language].after, body, error);
    if (!good)
        error_prefix(error, "%s", letter->name);
    return good;
}
