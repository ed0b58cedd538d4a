#include "net/net.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

enum verdict { PUBLIC, PRIVATE, NEVER };

static const struct {
    const char *address;
    enum verdict verdict;
} table[] = {
    {"8.8.8.8", PUBLIC},
    {"1.0.0.1", PUBLIC},
    {"100.63.255.255", PUBLIC},
    {"100.128.0.0", PUBLIC},
    {"172.15.255.255", PUBLIC},
    {"172.32.0.0", PUBLIC},
    {"192.167.255.255", PUBLIC},
    {"192.169.0.0", PUBLIC},
    {"169.253.255.255", PUBLIC},
    {"198.17.255.255", PUBLIC},
    {"198.20.0.0", PUBLIC},
    {"223.255.255.255", PUBLIC},
    {"11.0.0.0", PUBLIC},
    {"128.0.0.1", PUBLIC},
    {"0.0.0.0", PRIVATE},
    {"0.255.255.255", PRIVATE},
    {"10.0.0.0", PRIVATE},
    {"10.255.255.255", PRIVATE},
    {"100.64.0.0", PRIVATE},
    {"100.127.255.255", PRIVATE},
    {"127.0.0.1", PRIVATE},
    {"127.255.255.255", PRIVATE},
    {"169.254.0.1", PRIVATE},
    {"169.254.169.253", PRIVATE},
    {"172.16.0.0", PRIVATE},
    {"172.31.255.255", PRIVATE},
    {"192.0.0.1", PRIVATE},
    {"192.0.2.1", PRIVATE},
    {"192.168.0.1", PRIVATE},
    {"198.18.0.1", PRIVATE},
    {"198.19.255.255", PRIVATE},
    {"198.51.100.7", PRIVATE},
    {"203.0.113.7", PRIVATE},
    {"224.0.0.1", PRIVATE},
    {"239.255.255.255", PRIVATE},
    {"240.0.0.1", PRIVATE},
    {"255.255.255.255", PRIVATE},
    {"169.254.169.254", NEVER},
    {"169.254.170.2", NEVER},
    {"100.100.100.200", NEVER},
    {"2606:4700::1111", PUBLIC},
    {"2a00:1450::1", PUBLIC},
    {"2001:4860::8888", PUBLIC},
    {"64:ff9c::7f00:1", PUBLIC},
    {"::", PRIVATE},
    {"::1", PRIVATE},
    {"::127.0.0.1", PRIVATE},
    {"::8.8.8.8", PUBLIC},
    {"::ffff:127.0.0.1", PRIVATE},
    {"::ffff:10.1.2.3", PRIVATE},
    {"::ffff:8.8.8.8", PUBLIC},
    {"::ffff:169.254.169.254", NEVER},
    {"::ffff:0:192.168.1.1", PRIVATE},
    {"64:ff9b::192.168.1.1", PRIVATE},
    {"64:ff9b::8.8.8.8", PUBLIC},
    {"64:ff9b::169.254.169.254", NEVER},
    {"64:ff9b:1::1", PRIVATE},
    {"2002:7f00:1::1", PRIVATE},
    {"2002:808:808::1", PUBLIC},
    {"2002:a9fe:a9fe::1", NEVER},
    {"2001::1", PRIVATE},
    {"2001:db8::1", PRIVATE},
    {"100::1", PRIVATE},
    {"fc00::1", PRIVATE},
    {"fdff::1", PRIVATE},
    {"fe80::1", PRIVATE},
    {"febf::1", PRIVATE},
    {"fec0::1", PRIVATE},
    {"ff02::1", PRIVATE},
    {"fd00:ec2::254", NEVER},
    {"fd20:ce::254", NEVER},
    {"fd00:ec2::253", PRIVATE},
};

static bool allowed(const char *text, bool allow_private) {
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return address_allowed((const struct sockaddr *)&in, allow_private);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return address_allowed((const struct sockaddr *)&in6, allow_private);
}

static void the_table_of_addresses(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool plainly = allowed(table[i].address, false), laxly = allowed(table[i].address, true);
        if (plainly != (table[i].verdict == PUBLIC) || laxly != (table[i].verdict != NEVER))
            fail_msg("%s: %s, with allow_private %s", table[i].address, plainly ? "allowed" : "refused",
                     laxly ? "allowed" : "refused");
    }
}

static void other_families_are_refused(void **state) {
    (void)state;
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/nowhere"};
    assert_false(address_allowed((const struct sockaddr *)&un, true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_addresses),
        cmocka_unit_test(other_families_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
