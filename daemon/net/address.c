#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Blocks of addresses (RFC 6890 and the IANA special-purpose registries), so that what a name resolves to is
 * judged, never the name. */
enum block_kind {
    BLOCK_PRIVATE, /* needs allow_private */
    BLOCK_NEVER,   /* hands out a machine's credentials to whoever asks from there */
    BLOCK_WRAPS    /* an IPv4 address stands in it, at the given byte; that one is judged */
};

struct block {
    uint8_t prefix[16];
    uint8_t bits;
    enum block_kind kind;
    uint8_t at;
};

static const struct block blocks4[] = {
    {{169, 254, 169, 254}, 32, BLOCK_NEVER, 0}, /* metadata of most clouds */
    {{169, 254, 170, 2}, 32, BLOCK_NEVER, 0},   /* container credentials */
    {{169, 254, 170, 23}, 32, BLOCK_NEVER, 0},  /* pod credentials */
    {{100, 100, 100, 200}, 32, BLOCK_NEVER, 0}, /* metadata of one cloud, in the shared block */
    {{0}, 8, BLOCK_PRIVATE, 0},                 /* this host */
    {{10}, 8, BLOCK_PRIVATE, 0},
    {{100, 64}, 10, BLOCK_PRIVATE, 0}, /* shared with the carrier */
    {{127}, 8, BLOCK_PRIVATE, 0},
    {{169, 254}, 16, BLOCK_PRIVATE, 0}, /* link-local */
    {{172, 16}, 12, BLOCK_PRIVATE, 0},
    {{192, 0, 0}, 24, BLOCK_PRIVATE, 0}, /* protocol assignments */
    {{192, 0, 2}, 24, BLOCK_PRIVATE, 0}, /* documentation, so never a public host */
    {{192, 168}, 16, BLOCK_PRIVATE, 0},
    {{198, 18}, 15, BLOCK_PRIVATE, 0}, /* benchmarks */
    {{198, 51, 100}, 24, BLOCK_PRIVATE, 0},
    {{203, 0, 113}, 24, BLOCK_PRIVATE, 0},
    {{224}, 3, BLOCK_PRIVATE, 0}, /* multicast, reserved, broadcast */
};

static const struct block blocks6[] = {
    {{0xfd, 0x00, 0x0e, 0xc2, [15] = 0x54, [14] = 0x02}, 128, BLOCK_NEVER, 0}, /* fd00:ec2::254 */
    {{0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23}, 128, BLOCK_NEVER, 0},              /* fd00:ec2::23 */
    {{0xfd, 0x20, 0x00, 0xce, [15] = 0x54, [14] = 0x02}, 128, BLOCK_NEVER, 0}, /* fd20:ce::254 */
    {{[15] = 1}, 128, BLOCK_PRIVATE, 0},                                       /* loopback */
    {{[10] = 0xff, [11] = 0xff}, 96, BLOCK_WRAPS, 12},                         /* v4-mapped */
    {{[8] = 0xff, [9] = 0xff}, 96, BLOCK_WRAPS, 12},                           /* v4-translated (SIIT) */
    {{0}, 96, BLOCK_WRAPS, 12},                                   /* v4-compatible; :: is 0.0.0.0 */
    {{0x00, 0x64, 0xff, 0x9b}, 96, BLOCK_WRAPS, 12},              /* NAT64 */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, BLOCK_PRIVATE, 0}, /* NAT64, local use */
    {{0x01}, 64, BLOCK_PRIVATE, 0},                               /* discard-only */
    {{0x20, 0x01}, 32, BLOCK_PRIVATE, 0},                         /* Teredo hides a v4 address */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, BLOCK_PRIVATE, 0},             /* documentation */
    {{0x20, 0x02}, 16, BLOCK_WRAPS, 2},                           /* 6to4 */
    {{0xfc}, 7, BLOCK_PRIVATE, 0},                                /* unique local */
    {{0xfe, 0x80}, 10, BLOCK_PRIVATE, 0},                         /* link-local */
    {{0xfe, 0xc0}, 10, BLOCK_PRIVATE, 0},                         /* site-local, as it was */
    {{0xff}, 8, BLOCK_PRIVATE, 0},                                /* multicast */
};

static bool block_holds(const struct block *b, const uint8_t *address) {
    size_t whole = b->bits / 8, rest = b->bits % 8;
    if (memcmp(b->prefix, address, whole)) return false;
    return !rest || (uint8_t)((b->prefix[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool address_allowed_bytes(const uint8_t *address, bool v6, bool allow_private) {
    const struct block *blocks = v6 ? blocks6 : blocks4;
    size_t n = v6 ? sizeof blocks6 / sizeof *blocks6 : sizeof blocks4 / sizeof *blocks4;
    for (size_t i = 0; i < n; i++) {
        if (!block_holds(&blocks[i], address)) continue;
        switch (blocks[i].kind) {
        case BLOCK_NEVER: return false;
        case BLOCK_PRIVATE: return allow_private;
        case BLOCK_WRAPS: return address_allowed_bytes(address + blocks[i].at, false, allow_private);
        }
    }
    return true;
}

bool address_allowed(const struct sockaddr *address, bool allow_private) {
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return address_allowed_bytes((const uint8_t *)&in.sin_addr, false, allow_private);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        return address_allowed_bytes((const uint8_t *)&in6.sin6_addr, true, allow_private);
    }
    return false;
}

static bool address_is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return address->sa_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
}

static void address_rule_refuse(struct address_rule *rule, const struct sockaddr *address) {
    const void *bytes = address->sa_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    rule->refused = true;
    if (!inet_ntop(address->sa_family, bytes, rule->address, sizeof rule->address)) rule->address[0] = '\0';
}

static curl_socket_t address_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a) {
    struct address_rule *rule = arg;
    if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
    rule->loopback = address_is_loopback(&a->addr);
    if (!address_allowed(&a->addr, rule->allow_private)) {
        address_rule_refuse(rule, &a->addr);
        return CURL_SOCKET_BAD;
    }
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    if (fd < 0) rule->no_socket = errno; /* libcurl does not hand it on */
    return fd;
}

/* A connection that another handle opened under a laxer rule may be reused by curl: this is asked each time.
 */
static int address_before_request(void *arg, char *remote_ip, char *local_ip, int remote_port,
                                  int local_port) {
    struct address_rule *rule = arg;
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    (void)local_ip, (void)remote_port, (void)local_port;
    const struct sockaddr *address = NULL;
    if (remote_ip && inet_pton(AF_INET, remote_ip, &in.sin_addr) == 1)
        address = (const struct sockaddr *)&in;
    else if (remote_ip && inet_pton(AF_INET6, remote_ip, &in6.sin6_addr) == 1)
        address = (const struct sockaddr *)&in6;
    if (!address) {
        rule->refused = true;
        rule->address[0] = '\0';
        return CURL_PREREQFUNC_ABORT;
    }
    if (address_allowed(address, rule->allow_private)) return CURL_PREREQFUNC_OK;
    address_rule_refuse(rule, address);
    return CURL_PREREQFUNC_ABORT;
}

void net_easy_addresses(CURL *easy, struct address_rule *rule) {
    rule->refused = rule->loopback = false;
    rule->no_socket = 0;
    rule->address[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, address_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, rule);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, address_before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, rule);
}
