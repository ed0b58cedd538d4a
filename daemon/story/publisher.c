#include "story/publisher.h"

#include "base/url.h"

#include <ctype.h>
#include <libpsl.h>

#define DATELINE     120u /* bytes at the front of a text, in which it names its agency */
#define CREDIT_WORDS 8u   /* of the last sentence of a text, if that is a credit */

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
    {"Adnkronos", "Adnkronos", "Adnkronos"},
    {"Europa Press", "Europa Press", "Europa Press"},
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

/* ---- agencies ---- */

static bool contains(struct text t, const char *what) {
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= t.len; i++)
        if (!strncasecmp(t.ptr + i, what, n)) return true;
    return false;
}

static bool letter(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* As a word of its own. */
static bool has_word(struct text t, const char *what) {
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= t.len; i++)
        if (!memcmp(t.ptr + i, what, n) && (!i || !letter(t.ptr[i - 1])) &&
            (i + n == t.len || !letter(t.ptr[i + n])))
            return true;
    return false;
}

/* "(AP)", "(dpa/lno)" at the front of t: its bytes; 0: it is not there. */
static size_t bracketed(struct text t, const char *code) {
    size_t n = strlen(code);
    if (t.len < n + 2 || t.ptr[0] != '(' || strncasecmp(t.ptr + 1, code, n) != 0) return 0;
    const char *close = memchr(t.ptr, ')', t.len);
    if (!close || (t.ptr[n + 1] != ')' && t.ptr[n + 1] != '/')) return 0;
    return (size_t)(close - t.ptr) + 1;
}

static bool begins_with_dash(struct text t) {
    t = text_trim(t);
    return t.len && (t.ptr[0] == '-' || (t.len >= 3 && !memcmp(t.ptr, "\xe2\x80", 2) &&
                                         (t.ptr[2] == '\x93' || t.ptr[2] == '\x94'))); /* – — */
}

/* "LONDON, Nov 3 (Reuters) - …": a dash follows, which parts it from "Senator Smith (PA) said". */
static bool dateline(struct text t, const char *code) {
    const char *end = t.ptr + t.len, *front = t.ptr + (t.len < DATELINE ? t.len : DATELINE), *open = t.ptr;
    for (; open < front && (open = memchr(open, '(', (size_t)(front - open))); open++) {
        size_t n = bracketed((struct text){open, (size_t)(end - open)}, code);
        if (n && begins_with_dash((struct text){open + n, (size_t)(end - open) - n})) return true;
    }
    return false;
}

/* Where a text may name its agency: what follows the last sentence that ended. */
struct credit {
    struct text last;
    bool alone;  /* the text has no other sentence */
    bool speaks; /* too long for a credit, or it tells what somebody said: "…, he told Reuters" */
};

static bool ends_sentence(char c) {
    return c == '.' || c == '!' || c == '?' || c == ';' || c == '"';
}

static struct credit credit_of(struct text t) {
    static const char *const speech[] = {"told", "said", "says", "reported", "reports", "according", "sagte"};
    struct credit c = {.last = t, .alone = true};
    size_t words = 1;
    while (t.len && (t.ptr[t.len - 1] == '.' || t.ptr[t.len - 1] == ' ' || t.ptr[t.len - 1] == '\n')) t.len--;
    for (size_t i = t.len; i-- > 1 && c.alone;)
        if (t.ptr[i] == '\n' || (t.ptr[i] == ' ' && ends_sentence(t.ptr[i - 1]))) {
            c.last = (struct text){t.ptr + i + 1, t.len - i - 1};
            c.alone = false;
        }
    if (c.alone) c.last = t;
    c.last = text_trim(c.last);
    for (size_t i = 0; i < c.last.len && words <= CREDIT_WORDS; i++) words += c.last.ptr[i] == ' ';
    c.speaks = words > CREDIT_WORDS;
    for (size_t i = 0; !c.speaks && i < sizeof speech / sizeof *speech; i++)
        c.speaks = has_word(c.last, speech[i]);
    return c;
}

/* The last words are a credit: "© 2026 Agence France-Presse", "Source: AFP", "(AP)", "dpa". */
static bool credits(const struct credit *c, const char *code, const char *byline) {
    if (!c->alone) return !c->speaks && (has_word(c->last, code) || contains(c->last, byline));
    /* One sentence: only what ends it in brackets or after a slash. */
    size_t slash = strlen(code) + 1;
    const char *open = c->last.len ? memrchr(c->last.ptr, '(', c->last.len) : NULL;
    struct text end = open ? (struct text){open, (size_t)(c->last.ptr + c->last.len - open)} : TEXT_NONE;
    return (end.len && bracketed(end, code) == end.len) ||
           (c->last.len > slash && c->last.ptr[c->last.len - slash] == '/' &&
            !memcmp(c->last.ptr + c->last.len - slash + 1, code, slash - 1));
}

/* Authors are "The Associated Press", "Reuters Staff", "AFP", "AFP/Jane Example", "By dpa"; but AP Singh is a
 * person. */
static bool author_is(struct text author, const char *code, const char *byline) {
    if (contains(author, byline)) return true;
    while (author.len) {
        size_t n = 0;
        while (n < author.len && !strchr("/,;|()", author.ptr[n])) n++;
        struct text one = text_trim((struct text){author.ptr, n});
        if (one.len > 3 && !strncasecmp(one.ptr, "by ", 3)) one.ptr += 3, one.len -= 3;
        if (text_eq_nocase(one, text_of(code))) return true;
        n += n < author.len;
        author.ptr += n;
        author.len -= n;
    }
    return false;
}

struct text publisher_agency(struct text author, struct text text) {
    text = text_trim(text);
    author = text_trim(author);
    const struct credit end = credit_of(text);
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        const char *code = agencies[i].code, *byline = agencies[i].byline;
        if (!author_is(author, code, byline) && !dateline(text, code) && !credits(&end, code, byline))
            continue;
        /* The Australian one names the American one within its name. */
        if (i == 0 && (contains(author, "Australian Associated") || contains(text, "Australian Associated")))
            continue;
        return text_of(agencies[i].name);
    }
    return TEXT_NONE;
}
