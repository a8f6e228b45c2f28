/* Every setting of Seri: a row each, grouped by what it is about. */
#include "core/base/settings.h"

#define SERVERS (PROGRAM_REST | PROGRAM_REALTIME)
#define ALL     (SERVERS | PROGRAM_ADMIN)
#define REST    PROGRAM_REST
#define NODE    PROGRAM_REALTIME

/* clang-format off */
const struct config_setting settings[] = {
    {"DATABASE_URL",                  ALL,     CONFIG_SECRET, NULL, 0, 0,
        "PostgreSQL, as postgresql://user:password@host:port/database"},
    {"REDIS_URL",                     ALL,     CONFIG_SECRET, "redis://127.0.0.1:6379", 0, 0,
        "Redis, as redis://:password@host:port"},
    {"JWT_SECRET",                    SERVERS, CONFIG_SECRET, NULL, 0, 0,
        "kid:secret[,kid:secret…]; the first signs, all verify"},
    {"PUBLIC_URL",                    ALL,     CONFIG_TEXT,   "http://localhost:8080", 0, 0,
        "the origin that people use; https makes cookies secure"},
    {"LOG_LEVEL",                     SERVERS, CONFIG_TEXT,   "info", 0, 0,
        "debug, info, warn or error"},
    {"REST_HOST",                     REST,    CONFIG_TEXT,   "127.0.0.1", 0, 0,
        "address to listen on"},
    {"REST_PORT",                     REST,    CONFIG_INT,    "8081", 1, 65535,
        "port to listen on"},
    {"REST_THREADS",                  REST,    CONFIG_INT,    "0", 0, 256,
        "worker threads, each with a database connection; 0: two a core"},
    {"REST_CONNECTIONS",              REST,    CONFIG_INT,    "4096", 1, 100000,
        "most connections at once"},
    {"REST_BODY_BYTES",               REST,    CONFIG_INT,    "65536", 1024, 16777216,
        "largest request body"},
    {"REST_TIMEOUT_S",                REST,    CONFIG_INT,    "15", 1, 600,
        "a request must be complete within so many seconds"},
    {"REST_SLOW_WORKERS",             REST,    CONFIG_INT,    "2", 1, 64,
        "threads for passwords and other slow work"},
    {"REST_SLOW_QUEUE",               REST,    CONFIG_INT,    "64", 1, 10000,
        "slow work waiting at most; beyond: 503"},
    {"LIMIT_VISITOR_PER_MINUTE",      REST,    CONFIG_INT,    "100", 0, 1000000,
        "requests of visitors a minute and address; 0: no limit"},
    {"LIMIT_USER_PER_MINUTE",         REST,    CONFIG_INT,    "100", 0, 1000000,
        "requests a minute and user; 0: no limit"},
    {"LIMIT_ADDRESS_PER_MINUTE",      REST,    CONFIG_INT,    "3000", 0, 10000000,
        "requests of all users behind one address a minute; 0: no limit"},
    {"LIMIT_LOGIN_PER_MINUTE",        REST,    CONFIG_INT,    "10", 0, 100000,
        "log-ins a minute, by account and address together; 0: no limit"},
    {"TRUSTED_PROXIES",               REST,    CONFIG_TEXT,   "127.0.0.1,::1", 0, 0,
        "addresses or networks whose X-Forwarded-For is believed, with commas between"},
    {"REALTIME_HOST",                 NODE,    CONFIG_TEXT,   "127.0.0.1", 0, 0,
        "address to listen on"},
    {"REALTIME_PORT",                 NODE,    CONFIG_INT,    "9001", 1, 65535,
        "port to listen on"},
    {"POOL_CONNECTIONS",              NODE,    CONFIG_INT,    "4", 1, 64,
        "database connections of a node"},
    {"ROOM_RING_BYTES",               NODE,    CONFIG_INT,    "262144", 16384, 67108864,
        "recent frames kept for a room"},
    {"BID_LIMIT_PER_MINUTE",          NODE,    CONFIG_INT,    "10", 0, 1000000,
        "new bids a minute and user; 0: no limit"},
    {"LIMIT_MESSAGES_PER_SECOND",     NODE,    CONFIG_INT,    "50", 1, 1000000,
        "messages a second of one connection; twice that at once"},
    {"LIMIT_CONNECTIONS",             NODE,    CONFIG_INT,    "50000", 1, 1000000,
        "connections of a node"},
    {"LIMIT_CONNECTIONS_PER_ADDRESS", NODE,    CONFIG_INT,    "1000", 0, 1000000,
        "connections of one address; 0: no limit"},
    {"HEARTBEAT_INTERVAL_MS",         NODE,    CONFIG_INT,    "25000", 100, 600000,
        "how often a client is pinged"},
    {"HEARTBEAT_TIMEOUT_MS",          NODE,    CONFIG_INT,    "60000", 200, 3600000,
        "without a pong for so long a client is taken for gone"},
    {"DRAIN_MS",                      NODE,    CONFIG_INT,    "10000", 0, 600000,
        "over how long clients are sent away when the node stops"},
};
/* clang-format on */

const size_t settings_count = sizeof settings / sizeof settings[0];
