/* The table of answers. Statuses of bids: 409 where the lot's state stands against it, 422 where the amount
 * does, 403 where the person does; a client chooses by code, a proxy or a cache by status. The sentences are
 * shown to people as they stand when a client has no words of its own for a code, so they say what to do and
 * never blame. */
#include "core/domain/verdict.h"

#define ROW(name, status, english, japanese)                                                                 \
    [VERDICT_##name] = {.code = #name, .http_status = status, .en = english, .ja = japanese}

/* clang-format off */
static const struct verdict_info verdicts[VERDICT_COUNT] = {
    ROW(OK, 200, "Done.", "完了しました。"),
    ROW(UNAUTHENTICATED, 401, "Please log in.", "ログインしてください。"),
    ROW(FORBIDDEN, 403, "Your account may not do this.", "このアカウントではこの操作を行えません。"),
    ROW(INVALID_MESSAGE, 400, "Something in the request is missing or malformed; please check the field named.",
        "入力内容に不足または誤りがあります。ご確認ください。"),
    ROW(NOT_FOUND, 404, "There is nothing here by that name.", "お探しのものは見つかりませんでした。"),
    ROW(METHOD_NOT_ALLOWED, 405, "This address does not take that method.", "このURLではそのメソッドは使用できません。"),
    ROW(UNSUPPORTED_MEDIA_TYPE, 415, "This type of content is not accepted here.", "この形式のデータは受け付けられません。"),
    ROW(NOT_ACCEPTABLE, 406, "This is not to be had in the form asked for.", "ご指定の形式では提供していません。"),
    ROW(REQUEST_TIMEOUT, 408, "Your request did not come whole in time; please send it again.",
        "時間内にリクエストを受け取れませんでした。もう一度お送りください。"),
    ROW(PAYLOAD_TOO_LARGE, 413, "The content is too large; please send less at once.",
        "データが大きすぎます。小さくしてもう一度お送りください。"),
    ROW(PRECONDITION_FAILED, 412, "Someone changed this in the meantime; please load it again.",
        "ほかの操作により内容が変更されています。再読み込みしてください。"),
    ROW(PRECONDITION_REQUIRED, 428, "Please send If-Match with the version you are changing.",
        "変更する版をIf-Matchヘッダーで指定してください。"),
    ROW(CONFLICT, 409, "This does not fit the present state; please load it again.",
        "現在の状態ではこの操作を行えません。再読み込みしてください。"),
    ROW(RANGE_NOT_SATISFIABLE, 416, "The part asked for lies beyond the end of the file.",
        "指定された範囲はファイルの末尾を超えています。"),
    ROW(LINK_EXPIRED, 403, "This link has expired; please open it again from the page of the horse.",
        "リンクの有効期限が切れています。上場馬のページからもう一度開いてください。"),
    ROW(RATE_LIMITED, 429, "Too many requests; please wait a moment and try again.",
        "操作の回数が多すぎます。しばらくしてからもう一度お試しください。"),
    ROW(INTERNAL, 500, "Something went wrong on our side; please try again later.",
        "システムエラーが発生しました。しばらくしてからもう一度お試しください。"),
    ROW(UNAVAILABLE, 503, "We cannot decide this at the moment and nothing was recorded; please try again.",
        "ただいま受付できません。操作は記録されていませんので、もう一度お試しください。"),
    ROW(UNCERTAIN, 503, "We do not know yet whether this counted; send it again unchanged, under the same id.",
        "受付の結果を確認できませんでした。同じIDのまま、もう一度お送りください。"),

    ROW(EMAIL_TAKEN, 409, "This e-mail address is registered already; please log in.",
        "このメールアドレスはすでに登録されています。ログインしてください。"),
    ROW(BAD_CREDENTIALS, 401, "The e-mail address or the password is not right.",
        "メールアドレスまたはパスワードが正しくありません。"),
    ROW(TOKEN_REUSED, 401, "This session was ended for your safety; please log in again.",
        "安全のためセッションを終了しました。もう一度ログインしてください。"),
    ROW(EMAIL_UNCONFIRMED, 403, "Please confirm your e-mail address first, by the link in the letter we sent.",
        "先に、お送りしたメールのリンクからメールアドレスをご確認ください。"),
    ROW(LINK_INVALID, 410, "This link has expired or was used already; please ask for a new one.",
        "このリンクは期限切れか、すでに使用されています。もう一度お手続きください。"),
    ROW(WRONG_PASSWORD, 403, "The current password is not right.", "現在のパスワードが正しくありません。"),
    ROW(OWN_ACCOUNT, 409, "Nobody can change the role of their own account, or close it; ask another administrator.",
        "ご自身のアカウントの権限変更や停止はできません。ほかの管理者にご依頼ください。"),
    ROW(USER_LEADING, 409, "This person leads a lot that is under the hammer; please wait until it has ended.",
        "進行中のセリの最高入札者です。セリの終了後にもう一度操作してください。"),

    ROW(BID_ID_REUSED, 409, "This bid id already belongs to another bid; use a new id for a new bid.",
        "この入札IDは別の入札に使用されています。新しい入札には新しいIDをお使いください。"),
    ROW(BID_RETRACTED, 409, "The auctioneer has retracted this bid; please bid again if you wish.",
        "この入札は主催者により取り消されました。引き続きご希望の場合は、あらためて入札してください。"),
    ROW(AUCTION_NOT_FOUND, 404, "There is no such lot.", "このセリは見つかりませんでした。"),
    ROW(AUCTION_NOT_ACTIVE, 409, "This lot is not taking bids now.", "このセリは現在、入札を受け付けていません。"),
    ROW(AUCTION_PAUSED, 409, "This lot is paused; please wait until it goes on.",
        "このセリは一時停止中です。再開までお待ちください。"),
    ROW(AUCTION_ENDED, 409, "This lot has ended.", "このセリは終了しました。"),
    ROW(NOT_APPROVED, 403, "Bidding at this sale needs the office's approval; please apply first.",
        "この市場で入札するには主催者の承認が必要です。先に購買者登録をお申し込みください。"),
    ROW(OWN_LOT, 403, "You cannot bid on a lot that you are consigning.", "ご自身が関係する上場馬には入札できません。"),
    ROW(ALREADY_LEADING, 409, "You are the highest bidder already; raise your maximum if you wish to go higher.",
        "すでに最高入札者です。上限を上げるには自動入札の金額を変更してください。"),
    ROW(MAX_NOT_RAISED, 422, "A maximum can only be raised; please name more than before.",
        "自動入札の上限は引き上げのみ可能です。現在の上限より高い金額を指定してください。"),
    ROW(BID_TOO_LOW, 422, "The price has moved on; please bid at least the next amount shown.",
        "入札額が不足しています。表示されている最低入札額以上で入札してください。"),
    ROW(BID_OFF_STEP, 422, "This amount does not fit the bid steps; please choose one that does.",
        "入札額が入札単位に合っていません。単位に合う金額を指定してください。"),
    ROW(CONFIRM_REQUIRED, 422, "This is more than three times the next bid; please confirm the amount.",
        "最低入札額の3倍を超える金額です。金額をご確認のうえ、確定してください。"),
    ROW(CREDIT_EXCEEDED, 422, "This would exceed your credit limit; please bid less or ask the office.",
        "購買限度額を超えます。金額を下げるか、主催者へお問い合わせください。"),

    ROW(STALE_COMMAND, 409, "The lot has moved on since you last saw it; please look and decide again.",
        "直前にセリの状況が変わりました。最新の状況を確認して、もう一度操作してください。"),
    ROW(COMMAND_NOT_ALLOWED, 409, "The present state does not allow this.", "現在の状態ではこの操作を行えません。"),
    ROW(COMMAND_ID_REUSED, 409, "This command id already belongs to another command; use a new id.",
        "この操作IDは別の操作に使用されています。新しいIDをお使いください。"),
    ROW(WARNING_REQUIRED, 409, "The hammer needs a warning at least 10 seconds old and no bid since.",
        "落札を確定するには、最終確認の告知から10秒以上入札がないことが必要です。"),
    ROW(RESERVE_RAISED, 422, "Once bidding has begun the reserve can only be lowered.",
        "セリの開始後は、リザーブを引き下げることしかできません。"),
    ROW(PRICE_OFF_STEP, 422, "Start price and reserve must be multiples of the smallest bid step.",
        "お台とリザーブは最小の入札単位の倍数で指定してください。"),
    ROW(START_PRICE_FIXED, 409, "The start price can only be lowered, and only before the first bid.",
        "お台の変更は、最初の入札の前に引き下げる場合に限ります。"),
    ROW(NOTHING_TO_UNDO, 409, "There is no such bid to undo.", "取り消せる入札がありません。"),
    ROW(ORDER_SETTLED, 409, "This lot has been paid for and cannot be reopened.", "入金済みのため、セリを再開できません。"),
    ROW(HORSE_ALREADY_LIVE, 409, "This horse is in another live lot.", "この上場馬は別の進行中のセリに上場されています。"),

    ROW(UNKNOWN_EVENT, 404, "There is no event by that name.", "そのイベントはありません。"),
    ROW(TOO_MANY_ROOMS, 409, "You are watching as many lots as one connection may; please leave one first.",
        "同時に観覧できるセリの数の上限に達しています。先にいずれかのセリを閉じてください。"),
};
/* clang-format on */

const struct verdict_info *verdict_info(enum verdict verdict)
{
    return &verdicts[verdict];
}
