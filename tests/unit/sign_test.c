/* Standard Webhooks signatures. The expected values come from Python's hmac. */
#include "unit.h"

#include "deliver/sign.h"

static void signs(void **state) {
    (void)state;
    char *list[] = {(char *)"whsec_dGVzdC1zaWduaW5nLXNlY3JldC0wMTIzNDU2Nzg5YWJjZGVm",
                    (char *)"YW5vdGhlci1zZWNyZXQtb2YtdGhpcy10ZXN0LTAxMjM0NQ=="};
    struct strings secrets = {list, 1, 2};
    struct buf b;
    buf_init(&b, 1024);
    assert_int_equal(sign_webhook(&secrets, "na_key", 1795489200, TEXT("{\"a\":1}"), &b), 0);
    assert_string_equal(buf_str(&b), "v1,npz/S8FLSX1at66J3IxMzph3AeI5S2BNrWL31cVccno=");
    buf_reset(&b);
    secrets.n = 2;
    assert_int_equal(sign_webhook(&secrets, "na_key", 1795489200, TEXT("{\"a\":1}"), &b), 0);
    assert_string_equal(
        buf_str(&b),
        "v1,npz/S8FLSX1at66J3IxMzph3AeI5S2BNrWL31cVccno= v1,vse4Bthzynku03HPnvggDDFJHV8wFG0wl0VM/+pfo9U=");
    buf_clear(&b);
}

static void secrets(void **state) {
    (void)state;
    unsigned char out[SIGN_SECRET_MAX];
    assert_int_equal(sign_secret("whsec_dGVzdC1zaWduaW5nLXNlY3JldC0wMTIzNDU2Nzg5YWJjZGVm", out), 36);
    assert_memory_equal(out, "test-signing-secret-0123456789abcdef", 36);
    assert_int_equal(sign_secret("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", out), 24);
    assert_int_equal(sign_secret("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=", out), -1); /* 23 bytes */
    assert_int_equal(sign_secret("whsec_", out), -1);
    assert_int_equal(sign_secret("whsec_not base64 at all, and long enough to be one", out), -1);
    char *long_one = malloc(200);
    memset(long_one, 'A', 88);
    long_one[86] = '\0'; /* 64 bytes */
    assert_int_equal(sign_secret(long_one, out), 64);
    long_one[86] = 'A', long_one[87] = '\0'; /* 65 */
    assert_int_equal(sign_secret(long_one, out), -1);
    free(long_one);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(signs), cmocka_unit_test(secrets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
