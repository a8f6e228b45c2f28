/* One row a sentence. Whoever adds one in English adds it here: a test that is answered in Japanese and finds
 * English there fails (tests/integration/support/contract.mjs). */
#include "core/wire/phrases.h"

#include <inttypes.h>
#include <string.h>

/* clang-format off */
const struct phrase phrases[] = {
    {"%zu faults; nothing was imported. dryRun=true tells them all.", "誤りが%zu件あるため、取り込みませんでした。すべての誤りはdryRun=trueで確認できます。"},
    {"A bid stands.", "有効な入札があります。"},
    {"A horse has it for its consignor.", "この取引先が販売申込者となっている馬があります。"},
    {"A lot has this horse.", "この馬は上場されています。"},
    {"A watch list holds a thousand lots at most.", "ウォッチリストに入れられるのは1000件までです。"},
    {"Another entry has taken that one's place already.", "その公表事項はすでに訂正されています。"},
    {"Auctioneers and admins never bid.", "主催者・管理者は入札できません。"},
    {"By its content this is %s, which is not for %s.", "内容は%sで、%sには使えません。"},
    {"By its content this is of no type known here, which is not for %s.", "内容の種類が分からないため、%sには使えません。"},
    {"It has lots that are no drafts.", "下書きでない上場馬があります。"},
    {"It has lots that have not ended.", "終了していない上場馬があります。"},
    {"It has lots under the hammer.", "セリの最中の上場馬があります。"},
    {"It has lots.", "上場馬があります。"},
    {"It has registrations.", "購買登録があります。"},
    {"It is no draft.", "下書きではありません。"},
    {"Only active users who are not of the office may bid.", "入札できるのは、主催者以外の有効な利用者だけです。"},
    {"Only the approved have a paddle.", "パドル番号は承認された方だけが持ちます。"},
    {"Only who is approved at a sale that shows the horse may see this.", "この馬が上場される開催で承認された方だけがご覧になれます。"},
    {"Somebody else has this address by now.", "このメールアドレスはすでに別の方が使っています。"},
    {"The approval was revoked; ask the office.", "承認は取り消されています。主催者へお問い合わせください。"},
    {"The body is not well-formed JSON.", "本文が正しいJSONではありません。"},
    {"The body must be application/json.", "本文はapplication/jsonにしてください。"},
    {"The horse has as many media as it may.", "この馬のメディアは上限に達しています。"},
    {"The horse has others than these: name each of them once.", "この馬のメディアと一致しません。それぞれを一度ずつ指定してください。"},
    {"The horse is gone, or has as many media as it may.", "馬が削除されたか、メディアが上限に達しています。"},
    {"The length of the body is ambiguous.", "本文の長さがあいまいです。"},
    {"The lot in place %d has started.", "%d番目の上場馬のセリはすでに始まっています。"},
    {"The lot number is taken in this sale.", "この上場番号は開催ですでに使われています。"},
    {"The paddle is taken.", "このパドル番号はすでに使われています。"},
    {"The person has another paddle at this sale.", "この開催ではすでに別のパドル番号をお持ちです。"},
    {"The person has bid under the paddle there is.", "今のパドル番号ですでに入札しています。"},
    {"The query has faults.", "クエリーに誤りがあります。"},
    {"The registration cannot become that from what it is.", "登録の今の状態からは、その状態に変えられません。"},
    {"The sale cannot become that from what it is.", "開催の今の状態からは、その状態に変えられません。"},
    {"The sale is closed.", "この開催は終了しています。"},
    {"The sale is over.", "この開催は終了しています。"},
    {"There is a party of that name.", "同じ名前の取引先があります。"},
    {"There is no free paddle.", "空いているパドル番号がありません。"},
    {"There is no room for this at the moment.", "ただいま空き容量がありません。"},
    {"There is no such user.", "該当する利用者がいません。"},
    {"There is nothing to withdraw.", "取り下げるものがありません。"},
    {"This takes no body.", "本文は受け付けません。"},
    {"Too many wait for this already.", "ただいま混み合っています。"},
    {"Two lots would have the same number.", "上場番号が重複します。"},
    {"X-rays and reports of veterinarians are private", "レントゲンと獣医師の報告書は非公開です"},
    {"You are approved already; ask the office for changes.", "すでに承認されています。変更は主催者へお申し出ください。"},
    {"\\u needs four hexadecimal digits", "\\uのあとには16進数字が4桁必要です"},
    {"a colon is missing after a name", "名前のあとにコロンがありません"},
    {"a comma or a closing bracket is missing", "コンマか閉じ括弧がありません"},
    {"a control character in a string is not escaped", "文字列の中の制御文字がエスケープされていません"},
    {"a correction says why", "訂正には理由が必要です"},
    {"a link to a video elsewhere cannot be private", "外部の動画へのリンクは非公開にできません"},
    {"a number has too many decimals", "数の小数の桁が多すぎます"},
    {"a number is malformed", "数の形が正しくありません"},
    {"a number is out of range", "数が範囲を超えています"},
    {"a number is too long", "数が長すぎます"},
    {"a reason belongs to a correction of an entry", "理由は訂正のときだけ指定できます"},
    {"a string does not end", "文字列が閉じられていません"},
    {"a value is malformed", "値の形が正しくありません"},
    {"an amount or a maximum is required", "入札額か上限額のどちらかが必要です"},
    {"an escape in a string is unknown", "文字列の中に不明なエスケープがあります"},
    {"an object has a name twice", "オブジェクトの中で名前が重複しています"},
    {"an object's member needs a name in quotes", "オブジェクトの項目には引用符で囲んだ名前が必要です"},
    {"ends must rise, only the last be 0 (open), and steps be multiples of the first", "belowは昇順で最後だけを0（上限なし）とし、stepは最初の倍数にしてください"},
    {"half of a surrogate pair stands alone", "サロゲートペアの片方だけがあります"},
    {"is no lot of this sale", "この開催の上場番号ではありません"},
    {"is none of the fourteen ancestors", "14頭の祖先のいずれでもありません"},
    {"is not a cursor of this list", "この一覧の続きを示す値ではありません"},
    {"is not known here", "ここでは使えない項目です"},
    {"is not one of the allowed words", "選べる値のいずれかを指定してください"},
    {"is not that of the sale's terms", "開催の規約の版と異なります"},
    {"is required", "必須です"},
    {"is there twice", "重複しています"},
    {"must be a UUID", "UUIDで指定してください"},
    {"must be a day such as 2025-03-09", "実在する日付を2025-03-09の形で入力してください"},
    {"must be a text", "文字列で入力してください"},
    {"must be a whole number", "整数で入力してください"},
    {"must be an array", "配列で指定してください"},
    {"must be an e-mail address", "メールアドレスを入力してください"},
    {"must be an instant such as 2025-03-09T10:00:00.000Z", "日時を2025-03-09T10:00:00.000Zの形で入力してください"},
    {"must be an object", "オブジェクトで指定してください"},
    {"must be at most %d bytes", "%dバイト以内で入力してください"},
    {"must be declared", "表明が必要です"},
    {"must be from %" PRId64 " to %" PRId64, "%" PRId64 "以上%" PRId64 "以下で入力してください"},
    {"must be given for an owner of this category", "この区分の馬主は番号が必須です"},
    {"must be given to reject or revoke", "却下・取消しには理由が必要です"},
    {"must be given where there is a termsUrl", "termsUrlがあるときは必須です"},
    {"must be true or false", "trueかfalseで指定してください"},
    {"must begin with https://, http:// or /, without spaces", "https://、http://または/で始め、空白を含めないでください"},
    {"must have %" PRId64 " to %" PRId64 " characters", "%" PRId64 "文字以上%" PRId64 "文字以内で入力してください"},
    {"must have %" PRId64 " to %" PRId64 " elements", "要素は%" PRId64 "個以上%" PRId64 "個以内で指定してください"},
    {"must not be before startsAt", "startsAtより後にしてください"},
    {"must not be before the day of endsAt", "endsAtの日以降にしてください"},
    {"must not be below the amount", "入札額以上にしてください"},
    {"must not be null", "nullにはできません"},
    {"must not be repeated", "一度だけ指定してください"},
    {"must not be the nil UUID", "全桁が0のUUIDは使えません"},
    {"must not have control characters", "制御文字は使えません"},
    {"name a step or a start price", "刻み幅かお台のどちらかを指定してください"},
    {"name the consignor by either consignor or consignorId", "consignorかconsignorIdのどちらか一方で指定してください"},
    {"name the person by either userId or email", "userIdかemailのどちらか一方で指定してください"},
    {"names %s twice", "%sが重複しています"},
    {"only a correction may be empty", "空にできるのは訂正だけです"},
    {"sire, dam and damSire must be those that the horse names", "父・母・母父は馬の項目と一致させてください"},
    {"something follows the value", "値のあとに余分なものがあります"},
    {"the character NUL is not accepted", "NUL文字は使えません"},
    {"the file is empty", "ファイルが空です"},
    {"the horse has no such entry", "この馬にそのような公表事項はありません"},
    {"the nesting is too deep", "入れ子が深すぎます"},
    {"the query is malformed", "クエリーの形が正しくありません"},
    {"the text cannot be read", "読み取れません"},
    {"the text ends too early", "途中で終わっています"},
    {"the text is not UTF-8", "UTF-8ではありません"},
    {"there is no such active user", "該当する有効な利用者がいません"},
    {"there is no such horse", "該当する馬がいません"},
    {"there is no such party", "該当する取引先がありません"},
    {"there is no such sale", "該当する開催がありません"},
    {"want T and thirteen digits, the first of which is the check digit", "Tと13桁の数字（先頭は検査用数字）で入力してください"},
    {"want an address that begins with https://", "https://で始まるアドレスを入力してください"},
    {"want ids of media", "メディアのidを指定してください"},
};
/* clang-format on */

const size_t phrases_count = sizeof phrases / sizeof phrases[0];

const char *phrase_ja(const char *en)
{
    size_t low = 0, high = phrases_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(phrases[middle].en, en);
        if (order == 0)
            return phrases[middle].ja;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return en;
}
