/* Both protocol documents, statement by statement, as far as they concern the WebSocket transport. */
#include "core/wire/socketio.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* ---- Engine.IO ---- */

static const struct {
    const char *text;
    bool good;
    enum engine_type type;
    const char *data;
} engine_packets[] = {
    {"1",                   true,  ENGINE_CLOSE,   ""                  },
    {"3",                   true,  ENGINE_PONG,    ""                  },
    {"4hello",              true,  ENGINE_MESSAGE, "hello"             },
    {"4",                   true,  ENGINE_MESSAGE, ""                  },
    {"4\xe3\x82\xbb\x1e\n", true,  ENGINE_MESSAGE, "\xe3\x82\xbb\x1e\n"}, /* the separator is polling's */
    {"6",                   true,  ENGINE_NOOP,    ""                  },
    {"0",                   false, 0,              NULL                }, /* the server's to send */
    {"0{}",                 false, 0,              NULL                },
    {"2",                   false, 0,              NULL                }, /* since version 4 the server pings */
    {"2probe",              false, 0,              NULL                }, /* nothing to be upgraded from */
    {"3probe",              false, 0,              NULL                },
    {"5",                   false, 0,              NULL                },
    {"1x",                  false, 0,              NULL                },
    {"6x",                  false, 0,              NULL                },
    {"",                    false, 0,              NULL                },
    {"7",                   false, 0,              NULL                },
    {"abc",                 false, 0,              NULL                },
    {" 4",                  false, 0,              NULL                },
    {"b4AQID",              false, 0,              NULL                }, /* binary in base64 is polling's */
};

START_TEST(an_engine_packet_is_a_digit_and_its_data)
{
    struct engine_packet packet;
    const char *text = engine_packets[_i].text;
    ck_assert_msg(engine_read(text, strlen(text), &packet) == engine_packets[_i].good, "%s", text);
    if (!engine_packets[_i].good)
        return;
    ck_assert_int_eq(packet.type, engine_packets[_i].type);
    ck_assert_uint_eq(packet.size, strlen(engine_packets[_i].data));
    ck_assert_mem_eq(packet.data, engine_packets[_i].data, packet.size);
}
END_TEST

START_TEST(the_open_packet_has_the_five_members_of_the_handshake)
{
    struct buffer out;
    buffer_init(&out, 1000);
    engine_write_open(&out, &(struct engine_greeting){"lv_VI97HAXpY6yYWAAAC", 25000, 20000, 1000000});
    ck_assert_str_eq(out.data, "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[],\"pingInterval\":25000,"
                               "\"pingTimeout\":20000,\"maxPayload\":1000000}");
    buffer_finish(&out);
}
END_TEST

static const struct {
    const char *query;
    enum engine_refusal refusal;
} queries[] = {
    {"EIO=4&transport=websocket",                     ENGINE_GRANTED            },
    {"transport=websocket&EIO=4&t=N8hyd6w",           ENGINE_GRANTED            },
    {"",                                              ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4",                                         ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4&transport=",                              ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4&transport=polling",                       ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4&transport=abc",                           ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4&transport=websockets",                    ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4&transport=websocket&transport=websocket", ENGINE_UNKNOWN_TRANSPORT  },
    {"EIO=4&xtransport=websocket",                    ENGINE_UNKNOWN_TRANSPORT  },
    {"transport=websocket",                           ENGINE_UNSUPPORTED_VERSION},
    {"EIO=3&transport=websocket",                     ENGINE_UNSUPPORTED_VERSION},
    {"EIO=abc&transport=websocket",                   ENGINE_UNSUPPORTED_VERSION},
    {"EIO=44&transport=websocket",                    ENGINE_UNSUPPORTED_VERSION},
    {"EIO=4&EIO=4&transport=websocket",               ENGINE_UNSUPPORTED_VERSION},
    {"EIO=4&transport=websocket&sid=abc",             ENGINE_UNKNOWN_SESSION    },
    {"EIO=4&transport=websocket&sid=",                ENGINE_UNKNOWN_SESSION    },
};

START_TEST(a_query_must_ask_for_version_4_and_websocket)
{
    ck_assert_msg(engine_judge(queries[_i].query, strlen(queries[_i].query)) == queries[_i].refusal, "%s",
                  queries[_i].query);
}
END_TEST

START_TEST(a_refusal_has_the_number_of_the_reference_implementation)
{
    for (int i = 0; i < ENGINE_GRANTED; i++)
        ck_assert_int_eq(engine_refusal_text((enum engine_refusal)i)[strlen("{\"code\":")], '0' + i);
    ck_assert_str_eq(engine_refusal_text(ENGINE_UNKNOWN_TRANSPORT),
                     "{\"code\":0,\"message\":\"Transport unknown\"}");
}
END_TEST

/* ---- Socket.IO ---- */

/* The examples of the document's section on encoding, and what else is allowed. */
static const struct {
    const char *text;
    enum socketio_type type;
    const char *space;
    int64_t id;
    int attachments;
    const char *payload;
} packets[] = {
    {"0",                                                                                       SOCKETIO_CONNECT,       "/",      SOCKETIO_NO_ID,            0, ""                   },
    {"0{\"token\":\"123\"}",                                                                    SOCKETIO_CONNECT,       "/",      SOCKETIO_NO_ID,            0, "{\"token\":\"123\"}"},
    {"0/admin,",                                                                                SOCKETIO_CONNECT,       "/admin", SOCKETIO_NO_ID,            0, ""                   },
    {"0/admin",                                                                                 SOCKETIO_CONNECT,       "/admin", SOCKETIO_NO_ID,            0, ""                   },
    {"0/admin,{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}",                                              SOCKETIO_CONNECT,       "/admin", SOCKETIO_NO_ID,            0,
     "{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}"                                                                                                                                            },
    {"1",                                                                                       SOCKETIO_DISCONNECT,    "/",      SOCKETIO_NO_ID,            0, ""                   },
    {"1/admin,",                                                                                SOCKETIO_DISCONNECT,    "/admin", SOCKETIO_NO_ID,            0, ""                   },
    {"2[\"foo\"]",                                                                              SOCKETIO_EVENT,         "/",      SOCKETIO_NO_ID,            0, "[\"foo\"]"          },
    {"2/admin,[\"bar\"]",                                                                       SOCKETIO_EVENT,         "/admin", SOCKETIO_NO_ID,            0, "[\"bar\"]"          },
    {"212[\"foo\"]",                                                                            SOCKETIO_EVENT,         "/",      12,                        0, "[\"foo\"]"          },
    {"20[\"foo\"]",                                                                             SOCKETIO_EVENT,         "/",      0,                         0, "[\"foo\"]"          },
    {"29007199254740991[\"foo\"]",                                                              SOCKETIO_EVENT,         "/",      INT64_C(9007199254740991), 0, "[\"foo\"]"          },
    {"2/admin,13[\"foo\"]",                                                                     SOCKETIO_EVENT,         "/admin", 13,                        0, "[\"foo\"]"          },
    {"2/a1,13[1,null]",                                                                         SOCKETIO_EVENT,         "/a1",    13,                        0, "[1,null]"           },
    {"312[]",                                                                                   SOCKETIO_ACK,           "/",      12,                        0, "[]"                 },
    {"3/admin,13[\"bar\"]",                                                                     SOCKETIO_ACK,           "/admin", 13,                        0, "[\"bar\"]"          },
    {"4{\"message\":\"Not authorized\"}",                                                       SOCKETIO_CONNECT_ERROR, "/",      SOCKETIO_NO_ID,            0,
     "{\"message\":\"Not authorized\"}"                                                                                                                                              },
    {"4\"no\"",                                                                                 SOCKETIO_CONNECT_ERROR, "/",      SOCKETIO_NO_ID,            0, "\"no\""             },
    {"51-[\"baz\",{\"_placeholder\":true,\"num\":0}]",                                          SOCKETIO_BINARY_EVENT,  "/",      SOCKETIO_NO_ID,            1,
     "[\"baz\",{\"_placeholder\":true,\"num\":0}]"                                                                                                                                   },
    {"52-/admin,[\"baz\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
     SOCKETIO_BINARY_EVENT,                                                                                             "/admin", SOCKETIO_NO_ID,            2,
     "[\"baz\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"                                                                                                 },
    {"51-14[\"foo\",{\"a\":[{\"_placeholder\":true,\"num\":0}]}]",                              SOCKETIO_BINARY_EVENT,  "/",      14,                        1,
     "[\"foo\",{\"a\":[{\"_placeholder\":true,\"num\":0}]}]"                                                                                                                         },
    {"61-15[{\"_placeholder\":true,\"num\":0}]",                                                SOCKETIO_BINARY_ACK,    "/",      15,                        1,
     "[{\"_placeholder\":true,\"num\":0}]"                                                                                                                                           },
};

START_TEST(a_packet_is_read_as_the_document_encodes_it)
{
    struct socketio_packet packet;
    const char *text = packets[_i].text, *fault = "";
    ck_assert_msg(socketio_read(text, strlen(text), &packet, &fault), "%s: %s", text, fault);
    ck_assert_int_eq(packet.type, packets[_i].type);
    ck_assert_uint_eq(packet.space_size, strlen(packets[_i].space));
    ck_assert_mem_eq(packet.space, packets[_i].space, packet.space_size);
    ck_assert_int_eq(packet.id, packets[_i].id);
    ck_assert_int_eq(packet.attachments, packets[_i].attachments);
    ck_assert_uint_eq(packet.payload_size, strlen(packets[_i].payload));
    ck_assert_mem_eq(packet.payload, packets[_i].payload, packet.payload_size);
}
END_TEST

START_TEST(a_packet_is_written_as_it_was_read)
{
    struct socketio_packet packet;
    const char *text = packets[_i].text, *fault;
    ck_assert(socketio_read(text, strlen(text), &packet, &fault));
    struct buffer out;
    buffer_init(&out, 1000);
    socketio_write_head(&out, packet.type, packet.attachments, packet.space, packet.space_size, packet.id);
    buffer_append(&out, packet.payload, packet.payload_size);
    ck_assert_int_eq(out.data[0], '4'); /* an Engine.IO message */
    size_t size = strlen(text);         /* a comma that was left out is written */
    ck_assert(memcmp(out.data + 1, text, size) == 0 && (out.size == size + 1 || out.data[size + 1] == ','));
    buffer_finish(&out);
}
END_TEST

static const char *const bad_packets[] = {
    "",
    "abc",
    "7",
    "-1",
    "x[\"foo\"]",
    /* payloads */
    "0[]",
    "0\"token\"",
    "0null",
    "0{",
    "0{}x",
    "1{}",
    "1[]",
    "2",
    "2/custom",
    "2[]",
    "2{}",
    "2\"foo\"",
    "2null",
    "2[null]",
    "2[{}]",
    "2[[\"foo\"]]",
    "2[true]",
    "2[\"foo\"",
    "2[\"foo\"]]",
    "2[\"foo\",]",
    "2 [\"foo\"]",
    "3[]",
    "312",
    "312{}",
    "4",
    "4[]",
    "4null",
    /* reserved names */
    "2[\"connect\"]",
    "2[\"connect_error\",{}]",
    "2[\"disconnect\"]",
    "2[\"disconnecting\"]",
    "2[\"newListener\"]",
    "2[\"removeListener\"]",
    "2[\"\\u0063onnect\"]",
    /* ids */
    "012{}",
    "112",
    "412{}",
    "2abc[\"foo\"]",
    "2-1[\"foo\"]",
    "21.5[\"foo\"]",
    "201[\"foo\"]",
    "29007199254740992[\"foo\"]",
    "299999999999999999999999[\"foo\"]",
    "2/admin,abc[\"foo\"]",
    /* attachments */
    "5[\"foo\"]",
    "5-[\"foo\"]",
    "50-[\"foo\"]",
    "51[\"foo\",{\"_placeholder\":true,\"num\":0}]",
    "511-[\"foo\"]",
    "599999999999-[\"foo\"]",
    "5x-[\"foo\"]",
    "51-[\"foo\"]",
    "51-[\"foo\",{\"_placeholder\":true}]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":1}]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":-1}]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":\"0\"}]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":0.5}]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":\"splice\"}]",
    "52-[\"foo\",{\"_placeholder\":true,\"num\":0}]",
    "52-[\"foo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]",
    "51-[{\"_placeholder\":true,\"num\":0}]",
    "61-[{\"_placeholder\":true,\"num\":0}]",
};

START_TEST(what_is_no_packet_is_refused_with_a_reason)
{
    struct socketio_packet packet;
    const char *text = bad_packets[_i], *fault = NULL;
    ck_assert_msg(!socketio_read(text, strlen(text), &packet, &fault), "%s", text);
    ck_assert(fault != NULL && *fault != '\0');
}
END_TEST

START_TEST(a_namespace_has_a_longest)
{
    char text[SOCKETIO_NAMESPACE_MAX + 3] = "0/";
    memset(text + 2, 'x', SOCKETIO_NAMESPACE_MAX);
    struct socketio_packet packet;
    const char *fault;
    ck_assert(socketio_read(text, SOCKETIO_NAMESPACE_MAX + 1, &packet, &fault));
    ck_assert(!socketio_read(text, SOCKETIO_NAMESPACE_MAX + 2, &packet, &fault));
}
END_TEST

static const struct {
    const char *text, *name, *rest;
} splits[] = {
    {"2[\"message\"]",                        "\"message\"", ""                      },
    {"2[\"message\",1,\"2\",{\"3\":[true]}]", "\"message\"", "1,\"2\",{\"3\":[true]}"},
    {"2[ \"a\\\"]\" , [1, 2] ]",              "\"a\\\"]\"",  "[1, 2] "               },
    {"2[-1.5e3,null]",                        "-1.5e3",      "null"                  },
    {"2[\"\",\"]\"]",                         "\"\"",        "\"]\""                 },
};

START_TEST(an_event_is_split_into_name_and_arguments)
{
    struct socketio_packet packet;
    const char *fault;
    ck_assert(socketio_read(splits[_i].text, strlen(splits[_i].text), &packet, &fault));
    ck_assert_uint_eq(packet.name_size, strlen(splits[_i].name));
    ck_assert_mem_eq(packet.name, splits[_i].name, packet.name_size);
    ck_assert_uint_eq(packet.rest_size, strlen(splits[_i].rest));
    ck_assert_mem_eq(packet.rest, splits[_i].rest, packet.rest_size);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("socketio");
    tcase_add_loop_test(cases, an_engine_packet_is_a_digit_and_its_data, 0, COUNT(engine_packets));
    tcase_add_test(cases, the_open_packet_has_the_five_members_of_the_handshake);
    tcase_add_loop_test(cases, a_query_must_ask_for_version_4_and_websocket, 0, COUNT(queries));
    tcase_add_test(cases, a_refusal_has_the_number_of_the_reference_implementation);
    tcase_add_loop_test(cases, a_packet_is_read_as_the_document_encodes_it, 0, COUNT(packets));
    tcase_add_loop_test(cases, a_packet_is_written_as_it_was_read, 0, COUNT(packets));
    tcase_add_loop_test(cases, what_is_no_packet_is_refused_with_a_reason, 0, COUNT(bad_packets));
    tcase_add_test(cases, a_namespace_has_a_longest);
    tcase_add_loop_test(cases, an_event_is_split_into_name_and_arguments, 0, COUNT(splits));
    Suite *suite = suite_create("socketio");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
