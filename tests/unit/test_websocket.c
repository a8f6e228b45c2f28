/* RFC 6455 as a server has to read it: whole, in pieces, and wrong in every way that it names. */
#include "core/wire/websocket.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { LIMIT = 200000 };

/* What a reader made of bytes: messages as T:… or B:…, pings, pongs, closes and faults by their codes. */
static char seen[8192];
static char message[LIMIT + 1];

static void note_data(const char *what, const char *data, size_t size)
{
    size_t at = strlen(seen);
    snprintf(seen + at, sizeof seen - at, "%s:%.*s ", what, (int)size, data);
}

static const char *note_code(const char *what, int code)
{
    size_t at = strlen(seen);
    snprintf(seen + at, sizeof seen - at, "%s:%d", what, code);
    return seen;
}

/* Reads everything, handed over in pieces of `step` bytes. */
static const char *read_all(const uint8_t *bytes, size_t size, size_t step)
{
    struct websocket reader = {.limit = LIMIT};
    size_t message_size = 0;
    seen[0] = '\0';
    for (size_t start = 0; start < size; start += step) {
        char copy[4096];
        size_t length = size - start < step ? size - start : step, at = 0, used;
        memcpy(copy, bytes + start, length);
        for (;;) {
            struct websocket_event event = {0};
            enum websocket_result result = websocket_read(&reader, copy + at, length - at, &used, &event);
            at += used;
            ck_assert_uint_le(at, length);
            if (result == WEBSOCKET_MORE)
                break;
            switch (result) {
            case WEBSOCKET_PIECE:
                memcpy(message + message_size, event.data, event.size);
                message_size += event.size;
                if (event.whole) {
                    note_data(event.text ? "T" : "B", message, message_size);
                    message_size = 0;
                }
                break;
            case WEBSOCKET_PING: note_data("ping", event.data, event.size); break;
            case WEBSOCKET_PONG: note_data("pong", event.data, event.size); break;
            case WEBSOCKET_CLOSE: return note_code("close", event.code);
            case WEBSOCKET_FAULT:
                ck_assert(event.reason != NULL && strlen(event.reason) <= WEBSOCKET_CONTROL_MAX - 2);
                return note_code("fault", event.code);
            case WEBSOCKET_MORE: break;
            }
        }
    }
    return seen;
}

/* A frame is written as its first byte, "~" if it is not masked, and its payload; masked with 1 2 3 4. */
static size_t write_frame(uint8_t *out, uint8_t first, bool masked, const char *payload, size_t size)
{
    static const uint8_t mask[4] = {1, 2, 3, 4};
    size_t at = 0;
    out[at++] = first;
    out[at++] = (uint8_t)((masked ? 0x80 : 0) | (size < 126 ? size : size <= 0xffff ? 126 : 127));
    for (int shift = size < 126 ? -8 : size <= 0xffff ? 8 : 56; shift >= 0; shift -= 8)
        out[at++] = (uint8_t)(size >> shift);
    if (masked)
        for (int i = 0; i < 4; i++)
            out[at++] = mask[i];
    for (size_t i = 0; i < size; i++)
        out[at++] = (uint8_t)payload[i] ^ (masked ? mask[i & 3] : 0);
    return at;
}

#define F(first, payload)                                                                                    \
    {                                                                                                        \
        first, true, payload, sizeof(payload) - 1                                                            \
    }
#define UNMASKED(first, payload)                                                                             \
    {                                                                                                        \
        first, false, payload, sizeof(payload) - 1                                                           \
    }

struct frame {
    uint8_t first;
    bool masked;
    const char *payload;
    size_t size;
};

#define X125                                                                                                 \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"   \
    "xxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *what;
    struct frame frames[5];
    const char *seen;
} cases[] = {
    {"text",                                    {F(0x81, "hello")},                                  "T:hello "             },
    {"binary",                                  {F(0x82, "\x01\xff")},                               "B:\x01\xff "          },
    {"empty",                                   {F(0x81, ""), F(0x82, "")},                          "T: B: "               },
    {"126 bytes",                               {F(0x81, X125 "y")},                                 "T:" X125 "y "         },
    {"fragments",                               {F(0x01, "ab"), F(0x00, "cd"), F(0x80, "ef")},       "T:abcdef "            },
    {"empty fragments",                         {F(0x01, ""), F(0x00, ""), F(0x80, "")},             "T: "                  },
    {"a ping between fragments",
     {F(0x01, "ab"), F(0x89, "p"), F(0x80, "c"), F(0x8a, "q")},
     "ping:p T:abc pong:q "                                                                                                 },
    {"the longest ping",                        {F(0x89, X125)},                                     "ping:" X125 " "       },
    {"an empty ping",                           {F(0x89, "")},                                       "ping: "               },
    {"close",                                   {F(0x88, "\x03\xe8"), F(0x81, "x")},                 "close:1000"           },
    {"close without a code",                    {F(0x88, "")},                                       "close:1005"           },
    {"close with a reason",                     {F(0x88, "\x03\xe9セリ")},                         "close:1001"           },
 /* 5.1: a server must not take what is not masked */
    {"not masked",                              {UNMASKED(0x81, "hello")},                           "fault:1002"           },
    {"an empty one not masked",                 {UNMASKED(0x81, "")},                                "fault:1002"           },
    {"a ping not masked",                       {UNMASKED(0x89, "")},                                "fault:1002"           },
    {"a close not masked",                      {UNMASKED(0x88, "\x03\xe8")},                        "fault:1002"           },
    {"a continuation not masked",               {F(0x01, "a"), UNMASKED(0x80, "b")},                 "fault:1002"           },
 /* 5.2: reserved bits and opcodes */
    {"RSV1",                                    {F(0xc1, "x")},                                      "fault:1002"           },
    {"RSV2",                                    {F(0xa1, "x")},                                      "fault:1002"           },
    {"RSV3",                                    {F(0x91, "x")},                                      "fault:1002"           },
    {"RSV of a ping",                           {F(0xc9, "x")},                                      "fault:1002"           },
    {"RSV of a continuation",                   {F(0x01, "x"), F(0xa0, "y")},                        "fault:1002"           },
    {"opcode 3",                                {F(0x83, "")},                                       "fault:1002"           },
    {"opcode 4",                                {F(0x84, "x")},                                      "fault:1002"           },
    {"opcode 5",                                {F(0x85, "x")},                                      "fault:1002"           },
    {"opcode 6",                                {F(0x86, "x")},                                      "fault:1002"           },
    {"opcode 7",                                {F(0x81, "x"), F(0x87, "x")},                        "T:x fault:1002"       },
    {"opcode 11",                               {F(0x8b, "")},                                       "fault:1002"           },
    {"opcode 12",                               {F(0x8c, "x")},                                      "fault:1002"           },
    {"opcode 13",                               {F(0x8d, "x")},                                      "fault:1002"           },
    {"opcode 14",                               {F(0x8e, "x")},                                      "fault:1002"           },
    {"opcode 15",                               {F(0x8f, "x")},                                      "fault:1002"           },
 /* 5.4, 5.5: fragmentation, control frames */
    {"a continuation of nothing",               {F(0x80, "x")},                                      "fault:1002"           },
    {"a fragment of nothing",                   {F(0x00, "x")},                                      "fault:1002"           },
    {"a continuation of a whole message",       {F(0x81, "x"), F(0x80, "x")},                        "T:x fault:1002"       },
    {"a text within a text",                    {F(0x01, "x"), F(0x81, "x")},                        "fault:1002"           },
    {"a binary fragment within a text",         {F(0x01, "x"), F(0x02, "x")},                        "fault:1002"           },
    {"a fragmented ping",                       {F(0x09, "x")},                                      "fault:1002"           },
    {"a fragmented pong",                       {F(0x0a, "x")},                                      "fault:1002"           },
    {"a fragmented close",                      {F(0x08, "\x03\xe8")},                               "fault:1002"           },
    {"a ping of 126 bytes",                     {F(0x89, X125 "y")},                                 "fault:1002"           },
    {"a close of 126 bytes",                    {F(0x88, "\x03\xe8" X125)},                          "fault:1002"           },
 /* 5.5.1: the body of a close frame */
    {"a close with half a code",                {F(0x88, "\x03")},                                   "fault:1002"           },
    {"a reason that is not UTF-8",              {F(0x88, "\x03\xe8\xff")},                           "fault:1007"           },
    {"a reason that is cut",                    {F(0x88, "\x03\xe8\xce")},                           "fault:1007"           },
 /* 8.1: UTF-8 */
    {"UTF-8 over fragments",                    {F(0x01, "\xce"), F(0x80, "\xba")},                  "T:\xce\xba "          },
    {"the last character",                      {F(0x81, "\xf4\x8f\xbf\xbf")},                       "T:\xf4\x8f\xbf\xbf "  },
    {"no character",                            {F(0x81, "\xef\xbf\xbf")},                           "T:\xef\xbf\xbf "      },
    {"a cut character",                         {F(0x81, "\xce")},                                   "fault:1007"           },
    {"a cut character at the end of fragments", {F(0x01, "a"), F(0x80, "\xe3\x82")},                 "fault:1007"           },
    {"a cut character and an empty end",        {F(0x01, "\xe3\x82"), F(0x80, "")},                  "fault:1007"           },
    {"a wrong byte in the next fragment",       {F(0x01, "\xce"), F(0x80, "A")},                     "fault:1007"           },
    {"a wrong byte in a fragment, at once",     {F(0x01, "\xff")},                                   "fault:1007"           },
    {"a lone continuation",                     {F(0x81, "\x80")},                                   "fault:1007"           },
    {"an overlong slash",                       {F(0x81, "\xc0\xaf")},                               "fault:1007"           },
    {"an overlong NUL",                         {F(0x81, "\xe0\x80\x80")},                           "fault:1007"           },
    {"overlong in four",                        {F(0x81, "\xf0\x8f\xbf\xbf")},                       "fault:1007"           },
    {"a surrogate",                             {F(0x81, "\xed\xa0\x80")},                           "fault:1007"           },
    {"over U+10FFFF",                           {F(0x81, "\xf4\x90\x80\x80")},                       "fault:1007"           },
    {"five bytes",                              {F(0x81, "\xf8\x88\x80\x80\x80")},                   "fault:1007"           },
    {"not UTF-8, but binary",                   {F(0x02, "\xff"), F(0x80, "\xce"), F(0x81, "x")},    "B:\xff\xce T:x "      },
    {"not UTF-8 in a ping",                     {F(0x01, "\xce"), F(0x89, "\xff"), F(0x80, "\xba")}, "ping:\xff T:\xce\xba "},
};

START_TEST(bytes_are_read_as_the_rfc_says_however_they_arrive)
{
    static const size_t steps[] = {1, 2, 3, 7, 128, 4096};
    uint8_t bytes[4096];
    size_t size = 0;
    for (size_t i = 0; i < COUNT(cases[_i].frames) && cases[_i].frames[i].payload != NULL; i++) {
        const struct frame *frame = &cases[_i].frames[i];
        size += write_frame(bytes + size, frame->first, frame->masked, frame->payload, frame->size);
    }
    for (size_t i = 0; i < COUNT(steps); i++)
        ck_assert_msg(strcmp(read_all(bytes, size, steps[i]), cases[_i].seen) == 0, "%s in steps of %zu: %s",
                      cases[_i].what, steps[i], seen);
}
END_TEST

START_TEST(a_close_frame_has_a_code_that_may_be_sent)
{
    static const struct {
        int first, last;
    } good[] = {
        {1000, 1003},
        {1007, 1014},
        {3000, 4999},
    };
    for (int code = 0; code <= 0xffff; code += code < 5100 ? 1 : 97) {
        char payload[2] = {(char)(code >> 8), (char)code}, expected[32];
        bool may = false;
        for (size_t i = 0; i < COUNT(good); i++)
            may |= code >= good[i].first && code <= good[i].last;
        uint8_t bytes[16];
        size_t size = write_frame(bytes, 0x88, true, payload, 2);
        snprintf(expected, sizeof expected, "%s:%d", may ? "close" : "fault", may ? code : 1002);
        ck_assert_str_eq(read_all(bytes, size, sizeof bytes), expected);
    }
}
END_TEST

static const struct {
    uint8_t head[14];
    const char *seen;
} lengths[] = {
    {{0x82, 0xff, 0, 0, 0, 0, 0, 3, 0x0d, 0x41}, "fault:1009"}, /* 200001 */
    {{0x82, 0xff, 0, 0, 0, 0, 0, 3, 0x0d, 0x40}, ""          },
    {{0x82, 0xff, 0x40},                         "fault:1009"},
    {{0x82, 0xff, 0x80},                         "fault:1002"},
    {{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, "fault:1002"}, /* 5.2: the fewest bytes that do */
    {{0x82, 0xfe, 0, 125},                       "fault:1002"},
};

START_TEST(a_length_is_in_its_shortest_form_and_within_the_limit)
{
    ck_assert_str_eq(read_all(lengths[_i].head, sizeof lengths[_i].head, 5), lengths[_i].seen);
}
END_TEST

START_TEST(the_limit_is_for_all_frames_of_a_message_together)
{
    static char payload[LIMIT / 2];
    static uint8_t bytes[2 * sizeof payload + 100];
    memset(payload, 'x', sizeof payload);
    size_t half = write_frame(bytes, 0x02, true, payload, sizeof payload);
    size_t both = half + write_frame(bytes + half, 0x00, true, payload, sizeof payload);
    size_t with_empty = both + write_frame(bytes + both, 0x80, true, "", 0);
    size_t with_more = both + write_frame(bytes + with_empty, 0x80, true, "x", 1);
    ck_assert_int_eq(strncmp(read_all(bytes, with_empty, 4096), "B:xxx", 5), 0);
    memmove(bytes + both, bytes + with_empty, with_more - both);
    ck_assert_str_eq(read_all(bytes, with_more, 4096), "fault:1009");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("websocket");
    tcase_add_loop_test(tests, bytes_are_read_as_the_rfc_says_however_they_arrive, 0, COUNT(cases));
    tcase_add_test(tests, a_close_frame_has_a_code_that_may_be_sent);
    tcase_add_loop_test(tests, a_length_is_in_its_shortest_form_and_within_the_limit, 0, COUNT(lengths));
    tcase_add_test(tests, the_limit_is_for_all_frames_of_a_message_together);
    Suite *suite = suite_create("websocket");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
