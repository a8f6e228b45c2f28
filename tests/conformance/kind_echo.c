#include "tests/conformance/kinds.h"

const struct peer_kind kind_echo = {.path = "/echo", .received = peer_send};
