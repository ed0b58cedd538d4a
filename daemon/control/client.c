#include "control/control.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* An answer holds at most a page of rows, or all feeds' states; the daemon is ours, but a cap costs nothing.
 */
#define CLIENT_ANSWER_MAX (64u << 20)

static size_t client_write(char *ptr, size_t size, size_t n, void *arg) {
    return buf_add(arg, ptr, size * n) < 0 ? 0 : size * n;
}

static void client_query(CURL *easy, struct buf *url, const json_t *args) {
    const char *key;
    json_t *value;
    char sep = '?';
    json_object_foreach((json_t *)args, key, value) {
        AUTOFREE char *text =
            json_is_string(value) ? xstrdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);
        char *escaped = curl_easy_escape(easy, text ? text : "", 0);
        buf_addf(url, "%c%s=%s", sep, key, escaped ? escaped : "");
        curl_free(escaped);
        sep = '&';
    }
}

static CURLcode client_run(CURL *easy, const char *socket_path, const char *path, const json_t *args,
                           bool changes, int64_t most, struct buf *answer, long *ret_status) {
    struct buf url;
    buf_init(&url, LIMIT_CONTROL_BODY);
    buf_addf(&url, "http://newsalertd%s", path);
    AUTOFREE char *body = changes ? (args ? json_dumps(args, JSON_COMPACT) : xstrdup("{}")) : NULL;
    if (!changes) client_query(easy, &url, args);
    curl_easy_setopt(easy, CURLOPT_URL, buf_str(&url));
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)most);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, client_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    if (changes) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    CURLcode code = curl_easy_perform(easy);
    if (!code) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, ret_status);
    buf_clear(&url);
    return code;
}

int control_call(const char *dir, const char *path, const json_t *args, bool changes, int64_t most,
                 int *ret_status, json_t **ret_answer, char **ret_why) {
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        *ret_why = xasprintf("no daemon: cannot open the state folder %s: %s", dir, strerror(errno));
        return -1;
    }
    AUTOFREE char *socket_path = xasprintf("/proc/self/fd/%d/control", fd);
    CURL *easy = curl_easy_init();
    if (!easy) out_of_memory(0);
    struct buf answer;
    buf_init(&answer, CLIENT_ANSWER_MAX);
    long status = 0;
    CURLcode code = client_run(easy, socket_path, path, args, changes, most, &answer, &status);
    curl_easy_cleanup(easy);
    close(fd);
    json_t *j = code ? NULL : json_loadb(buf_str(&answer), answer.len, 0, NULL);
    buf_clear(&answer);
    if (code == CURLE_COULDNT_CONNECT)
        *ret_why =
            xasprintf("no newsalertd is running on %s (start it: systemctl --user start newsalertd)", dir);
    else if (code)
        *ret_why = xasprintf("the daemon on %s does not answer: %s", dir, curl_easy_strerror(code));
    else if (!j)
        *ret_why = xasprintf("the daemon on %s gave an answer that is no JSON", dir);
    if (!j) return -1;
    *ret_status = (int)status;
    *ret_answer = j;
    return 0;
}
