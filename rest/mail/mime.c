/* Headers are ASCII or encoded words (RFC 2047), so what is in them is either printable or base64. The body
 * is quoted-printable where it is mostly ASCII, for those who read it raw, else base64, which is a third of
 * the size. */
#include "rest/mail/mime.h"

#include "core/base/alloc.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_CHARACTERS 76 /* of an encoded body, and of a line with an encoded word */
/* 52 characters of base64, 12 around them: fits a line after the longest name of a header here. */
#define WORD_BYTES        39
#define BASE64_LINE_BYTES 57
#define PLAIN_MAX         64

/* ---- addresses ---- */

bool address_is_sound(const char *address)
{
    const char *at = strchr(address, '@');
    size_t size = strlen(address);
    if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
        size >= MAILBOX_ADDRESS_SIZE)
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)address[i] <= ' ' || address[i] == 0x7f ||
            strchr("<>()[],;:\"\\", address[i]) != NULL)
            return false;
    return true;
}

static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

bool mailbox_parse(const char *text, struct mailbox *out, struct error *error)
{
    *out = (struct mailbox){0};
    const char *open = strchr(text, '<');
    const char *address = open != NULL ? open + 1 : text;
    size_t name_size = open != NULL ? (size_t)(open - text) : 0;
    size_t size = strlen(address);
    bool good = open == NULL || (size > 0 && address[size - 1] == '>');
    if (open != NULL && good)
        size--;
    while (name_size > 0 && text[name_size - 1] == ' ')
        name_size--;
    if (good && size < sizeof out->address && name_size < sizeof out->name) {
        memcpy(out->address, address, size);
        memcpy(out->name, text, name_size);
        if (address_is_sound(out->address) && is_clean(out->name))
            return true;
    }
    error_set(error, "want an address, as seri@example.com or Seri <seri@example.com>");
    return false;
}

/* ---- pieces ---- */

static void write_base64(struct buffer *out, const void *bytes, size_t size)
{
    unsigned char text[4 * ((BASE64_LINE_BYTES + 2) / 3) + 1];
    int length = EVP_EncodeBlock(text, bytes, (int)size);
    buffer_append(out, text, (size_t)length);
}

/* At most `most` bytes of `text`, ending with a whole character. */
static size_t whole_characters(const char *text, size_t size, size_t most)
{
    if (size <= most)
        return size;
    while (most > 1 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* Printable ASCII, short enough for its line, and nothing that reads like an encoded word. */
static bool is_plain(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return size > 0 && size <= PLAIN_MAX && text[0] != ' ' && text[size - 1] != ' ' &&
           strstr(text, "=?") == NULL;
}

static void write_words(struct buffer *out, const char *text)
{
    char *clean = xstrdup(text);
    for (char *at = clean; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    size_t left = strlen(clean);
    for (const char *at = clean; left > 0;) {
        size_t size = whole_characters(at, left, WORD_BYTES);
        buffer_append_text(out, at == clean ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        write_base64(out, at, size);
        buffer_append_text(out, "?=");
        at += size;
        left -= size;
    }
    free(clean);
}

static void write_text(struct buffer *out, const char *text)
{
    if (is_plain(text))
        buffer_append_text(out, text);
    else
        write_words(out, text);
}

static void write_from(struct buffer *out, const struct mailbox *from)
{
    buffer_append_text(out, "From: ");
    if (from->name[0] == '\0') {
        buffer_append_format(out, "%s\r\n", from->address);
        return;
    }
    if (is_plain(from->name) && strpbrk(from->name, "\"\\()<>[]:;@,.") == NULL)
        buffer_append_text(out, from->name);
    else
        write_words(out, from->name);
    buffer_append_format(out, "\r\n <%s>\r\n", from->address);
}

static void write_date(struct buffer *out, int64_t now_ms)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    buffer_append_format(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", days + 3 * tm.tm_wday,
                         tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                         tm.tm_sec);
}

/* ---- the body ---- */

static bool is_mostly_ascii(const char *text)
{
    size_t size = strlen(text), other = 0;
    for (size_t i = 0; i < size; i++)
        other += (unsigned char)text[i] >= 0x80;
    return other * 6 <= size;
}

static void write_base64_body(struct buffer *out, const char *text)
{
    struct buffer lines;
    buffer_init(&lines, out->limit);
    for (; *text != '\0'; text++)
        if (*text == '\n')
            buffer_append_text(&lines, "\r\n");
        else
            buffer_append(&lines, text, 1);
    for (size_t at = 0; at < lines.size; at += BASE64_LINE_BYTES) {
        size_t left = lines.size - at;
        write_base64(out, lines.data + at, left < BASE64_LINE_BYTES ? left : BASE64_LINE_BYTES);
        buffer_append_text(out, "\r\n");
    }
    out->failed |= lines.failed;
    buffer_finish(&lines);
}

static void write_quoted_body(struct buffer *out, const char *text)
{
    size_t column = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\n') {
            buffer_append_text(out, "\r\n");
            column = 0;
            continue;
        }
        bool ends_line = text[1] == '\n' || text[1] == '\0';
        bool literal = (c >= '!' && c <= '~' && c != '=') || (c == ' ' && !ends_line);
        size_t size = literal ? 1 : 3;
        if (column + size > LINE_MAX_CHARACTERS - 1) {
            buffer_append_text(out, "=\r\n");
            column = 0;
        }
        buffer_append_format(out, literal ? "%c" : "=%02X", c);
        column += size;
    }
    if (column > 0)
        buffer_append_text(out, "\r\n");
}

void letter_write(const struct letter *letter, struct buffer *out)
{
    bool quoted = is_mostly_ascii(letter->body);
    write_from(out, &letter->from);
    buffer_append_format(out, "To: %s\r\n", letter->to);
    buffer_append_text(out, "Subject: ");
    write_text(out, letter->subject);
    buffer_append_text(out, "\r\n");
    write_date(out, letter->now_ms);
    buffer_append_format(out, "Message-ID: <%s@%s>\r\n", letter->id, strchr(letter->from.address, '@') + 1);
    buffer_append_format(out,
                         "Auto-Submitted: auto-generated\r\n"
                         "Content-Language: %s\r\n"
                         "MIME-Version: 1.0\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: %s\r\n\r\n",
                         letter->language, quoted ? "quoted-printable" : "base64");
    if (quoted)
        write_quoted_body(out, letter->body);
    else
        write_base64_body(out, letter->body);
}
