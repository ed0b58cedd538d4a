#include "net/net.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>

void net_easy_defaults(CURL *easy, const char *user_agent) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Else a time-out during a look-up joins the resolver's thread, in the loop. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)LIMIT_HOST_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* With a CAPATH, libcurl cannot keep the parsed bundle between connections. */
    if (curl->cainfo) curl_easy_setopt(easy, CURLOPT_CAINFO, curl->cainfo);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    /* "" also keeps the environment's proxies out: only what the configuration names is used. */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
    /* No PIPEWAIT: a second request to a slow HTTP/1.1 host would wait for the first one's answer. Spaced
     * starts find an HTTP/2 connection open, and share it, without. */
}

static const struct {
    CURLcode code;
    const char *says;
} net_errors[] = {
    {CURLE_OK, "no error"},
    {CURLE_URL_MALFORMAT, "the address is malformed"},
    {CURLE_COULDNT_RESOLVE_HOST, "the host's name cannot be resolved"},
    {CURLE_COULDNT_RESOLVE_PROXY, "the proxy's name cannot be resolved"},
    {CURLE_COULDNT_CONNECT, "cannot connect"},
    {CURLE_PARTIAL_FILE, "the answer was cut short"},
    {CURLE_WRITE_ERROR, "the answer was refused"},
    {CURLE_OUT_OF_MEMORY, "no memory for the answer"},
    {CURLE_OPERATION_TIMEDOUT, "no complete answer in time"},
    {CURLE_SSL_CONNECT_ERROR, "TLS: the handshake failed"},
    {CURLE_PEER_FAILED_VERIFICATION, "TLS: the certificate is not valid for this host or not trusted"},
    {CURLE_SSL_CACERT_BADFILE, "TLS: the file of certificate authorities cannot be read"},
    {CURLE_SSL_CERTPROBLEM, "TLS: the own certificate is not usable"},
    {CURLE_SSL_CIPHER, "TLS: no common cipher"},
    {CURLE_SSL_ENGINE_INITFAILED, "TLS: the library cannot start"},
    {CURLE_TOO_MANY_REDIRECTS, "too many redirects"},
    {CURLE_GOT_NOTHING, "the server closed the connection without an answer"},
    {CURLE_SEND_ERROR, "the connection broke while sending"},
    {CURLE_RECV_ERROR, "the connection broke while receiving"},
    {CURLE_BAD_CONTENT_ENCODING, "the answer's compression is broken or unknown"},
    {CURLE_FILESIZE_EXCEEDED, "the answer is larger than allowed"},
    {CURLE_LOGIN_DENIED, "user name or password was refused"},
    {CURLE_AUTH_ERROR, "user name or password was refused"},
    {CURLE_USE_SSL_FAILED, "the server does not offer TLS"},
    {CURLE_WEIRD_SERVER_REPLY, "the server's answer cannot be understood"},
    {CURLE_UNSUPPORTED_PROTOCOL, "the answer is no HTTP, or the address neither http nor https"},
    {CURLE_ABORTED_BY_CALLBACK, "the transfer was stopped"},
    {CURLE_HTTP2, "HTTP/2: the connection broke"},
    {CURLE_HTTP2_STREAM, "HTTP/2: the stream was reset"},
    {CURLE_PROXY, "the proxy refused"},
};

const char *net_error(CURLcode code, long os_errno) {
    static _Thread_local char text[200];
    const char *says = curl_easy_strerror(code);
    for (size_t i = 0; i < sizeof net_errors / sizeof *net_errors; i++)
        if (net_errors[i].code == code) {
            says = net_errors[i].says;
            break;
        }
    if (!os_errno || code == CURLE_OK) return says;
    char why[100];
    snprintf(text, sizeof text, "%s: %s", says, strerror_r((int)os_errno, why, sizeof why));
    return text;
}
