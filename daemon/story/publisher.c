#include "story/publisher.h"

#include "base/url.h"

#include <ctype.h>
#include <libpsl.h>

#define DATELINE 120u /* bytes at the front of a text, or at its end, where an agency is named */

static const struct {
    const char *name;   /* as it counts */
    const char *byline; /* how an author or a credit writes it out */
    const char *code;   /* how a dateline does: LONDON (AP) — */
} agencies[] = {
    {"AP", "Associated Press", "AP"},
    {"Reuters", "Reuters", "Reuters"},
    {"AFP", "Agence France-Presse", "AFP"},
    {"dpa", "Deutsche Presse-Agentur", "dpa"},
    {"ANSA", "Agenzia ANSA", "ANSA"},
    {"EFE", "Agencia EFE", "EFE"},
    {"UPI", "United Press International", "UPI"},
    {"PA", "PA Media", "PA"},
    {"Kyodo", "Kyodo News", "Kyodo"},
    {"Xinhua", "Xinhua", "Xinhua"},
    {"TASS", "TASS", "TASS"},
    {"PTI", "Press Trust of India", "PTI"},
    {"ANI", "Asian News International", "ANI"},
    {"AAP", "Australian Associated Press", "AAP"},
    {"APA", "Austria Presse Agentur", "APA"},
    {"Keystone-SDA", "Keystone-SDA", "sda"},
    {"Belga", "Belga", "Belga"},
    {"ANP", "Algemeen Nederlands Persbureau", "ANP"},
    {"Lusa", "Agência Lusa", "Lusa"},
    {"Bloomberg", "Bloomberg News", "Bloomberg"},
    {"Ritzau", "Ritzau", "Ritzau"},
    {"NTB", "Norsk Telegrambyrå", "NTB"},
    {"TT", "Tidningarnas Telegrambyrå", "TT"},
    {"The Canadian Press", "Canadian Press", "CP"},
    {"Yonhap", "Yonhap", "Yonhap"},
};

struct text publisher_domain(struct text url, struct arena *a) {
    struct url u;
    url_split(url, &u);
    if (!u.host.len) return TEXT_NONE;
    struct text host = arena_dup(a, u.host);
    if (!host.len) return TEXT_NONE;
    char *p = (char *)host.ptr;
    for (size_t i = 0; i < host.len; i++) p[i] = (char)tolower((unsigned char)p[i]);
    while (host.len && p[host.len - 1] == '.') p[--host.len] = '\0';
    /* An address of digits has no suffix. */
    if (p[0] == '[' || (host.len && isdigit((unsigned char)p[host.len - 1]))) return host;
    const char *domain = psl_registrable_domain(psl_builtin(), p);
    return domain ? text_of(domain) : host;
}

struct text publisher_of(struct text configured, struct text item_url, struct text feed_url,
                         struct arena *a) {
    if (configured.len) return configured;
    struct text t = publisher_domain(item_url, a);
    return t.len ? t : publisher_domain(feed_url, a);
}

static bool contains(struct text t, const char *what) {
    return t.len && memmem(t.ptr, t.len, what, strlen(what)) != NULL;
}

/* "(AP)", "(Reuters)" near the front; "/dpa", "(dpa)" at the end. */
static bool credits(struct text t, const char *code) {
    char bracketed[40], slashed[40];
    struct text front = {t.ptr, t.len < DATELINE ? t.len : DATELINE};
    struct text back = {t.ptr + t.len - front.len, front.len};
    snprintf(bracketed, sizeof bracketed, "(%s)", code);
    snprintf(slashed, sizeof slashed, "/%s", code);
    size_t n = strlen(slashed);
    return contains(front, bracketed) || contains(back, bracketed) ||
           (t.len > n && !memcmp(t.ptr + t.len - n, slashed, n));
}

struct text publisher_agency(struct text author, struct text text) {
    text = text_trim(text);
    author = text_trim(author);
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        struct text end = {text.ptr + (text.len > DATELINE ? text.len - DATELINE : 0),
                           text.len > DATELINE ? DATELINE : text.len};
        /* The Australian one names the American one within its name. */
        bool byline = contains(author, agencies[i].byline) && !(i == 0 && contains(author, "Australian"));
        if (byline || text_eqs(author, agencies[i].code) || (text.len && credits(text, agencies[i].code)) ||
            contains(end, agencies[i].byline))
            return text_of(agencies[i].name);
    }
    return TEXT_NONE;
}
