#include "config/keys.h"

#include "base/level.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/problem.h"
#include "base/time.h"
#include "config/value.h"

#include <stddef.h>

const struct key_section_row key_sections[N_KEY_SECTIONS] = {
    [SECTION_TOP] = {"", "TOP LEVEL",
                     "Keys before the first section are the daemon's own, and defaults for feeds.", false},
    [SECTION_FEED] = {"feed", "FEED", "A feed, by exactly one of *url*, *path* and *command*.", true},
    [SECTION_OPML] =
        {"opml", "OPML",
         "A list of feeds that another reader exported. Takes the keys of [feed] as defaults for all "
         "of them; they are named NAME/title, and folders become tags. Only http and https addresses are "
         "taken. Read again at a reload.",
         true},
    [SECTION_ALERT] = {"alert", "ALERT", "A query, the feeds it looks at, and who is told.", true},
    [SECTION_NOTIFY] =
        {"notify", "NOTIFY",
         "A way to tell somebody. Besides the keys for all kinds, each kind has its own; those of a "
         "plugin's kind are declared by the plugin (newsalertctl plugins NAME).",
         true},
    [SECTION_PLUGIN] = {"plugin", "PLUGIN",
                        "Options of a plugin, as it declares them (newsalertctl plugins NAME).", true},
    [SECTION_WEBSUB] =
        {"websub", "WEBSUB",
         "Lets hubs push what is new (W3C WebSub); off without this section. A hub must reach "
         "*callback*: a web server with a certificate that hands it on to *listen*. A feed whose "
         "hub has confirmed is polled every *max_every*, as a check.",
         false},
};

const char *const kind_names[NOTIFY_PLUGIN] = {[NOTIFY_WEBHOOK] = "webhook",
                                               [NOTIFY_EMAIL] = "email",
                                               [NOTIFY_COMMAND] = "command",
                                               [NOTIFY_TERMINAL] = "terminal"};

int key_section_of(struct text kind) {
    for (int s = SECTION_TOP + 1; s < N_KEY_SECTIONS; s++)
        if (text_eqs(kind, key_sections[s].kind)) return s;
    return -1;
}

#define FORMAT(name, ...) {name, __VA_ARGS__},
const struct format_row key_formats[] = {
#include "config/formats.inc"
    {NULL, false, NULL, NULL},
};
#undef FORMAT
#define FORMAT(name, ...) {name, 0},
static const struct key_word words_format[] = {
#include "config/formats.inc"
    {NULL, 0}};
#undef FORMAT

const struct format_row *key_format(const char *name) {
    for (const struct format_row *f = key_formats; f->name; f++)
        if (!strcmp(f->name, name)) return f;
    return NULL;
}

#define W(...) ((const struct key_word[]){__VA_ARGS__, {NULL, 0}})

static const struct key_word words_level[] = {
    {"routine", LEVEL_ROUTINE}, {"urgent", LEVEL_URGENT}, {"flash", LEVEL_FLASH}, {NULL, 0}};
static const struct key_word words_log[] = {{"error", LOG_LEVEL_ERROR},
                                            {"warning", LOG_LEVEL_WARNING},
                                            {"info", LOG_LEVEL_INFO},
                                            {"debug", LOG_LEVEL_DEBUG},
                                            {NULL, 0}};
static const struct key_word words_first_run[] = {
    {"none", FIRST_RUN_NONE}, {"all", FIRST_RUN_ALL}, {NULL, 0}};
static const struct key_word words_age[] = {{"none", AGE_NONE}, {NULL, 0}};
static const struct key_word words_auto[] = {{"auto", 0}, {NULL, 0}};
/* The struct that a section becomes. */
#define STRUCT_TOP    struct config
#define STRUCT_FEED   struct config_feed
#define STRUCT_OPML   struct config_feed
#define STRUCT_ALERT  struct config_alert
#define STRUCT_NOTIFY struct config_notify
#define STRUCT_PLUGIN struct config_plugin
#define STRUCT_WEBSUB struct config_websub

#define ROW(s, key, t, member, default_, text, ...)                                                          \
    {                                                                                                        \
        .section = SECTION_##s, .name = key, .type = KEY_##t, .offset = offsetof(STRUCT_##s, member),        \
        .preset = default_, .help = text, __VA_ARGS__                                                        \
    }
#define BARE(s, key, t, text, ...)                                                                           \
    { .section = SECTION_##s, .name = key, .type = KEY_##t, .offset = KEY_NOWHERE, .help = text, __VA_ARGS__ }
#define RANGE(from, to) .min = (from), .max = (to)
#define AS_TOP          .preset_help = "as at the top"
#define URL_ONLY        .flags = KEY_URL_ONLY
#define CUSTOM          .kinds = KIND(NOTIFY_WEBHOOK), .flags = KEY_CUSTOM_ONLY
#define ALL             .kinds = KIND_ALL
#define WEBHOOK         .kinds = KIND(NOTIFY_WEBHOOK)
#define EMAIL           .kinds = KIND(NOTIFY_EMAIL)
#define TERMINAL        .kinds = KIND(NOTIFY_TERMINAL)

/* clang-format off */
static const struct config_key keys[] = {
    /* -- before the first section -- */
    BARE(TOP, "include", PATHS, "Further files: relative to this one, in the order of their names, each read once, "
         "16 deep. Must stand before the first section. May match nothing.", .preset_help = "none"),
    ROW(TOP, "contact", WORD, contact, NULL, "URL or mail address of yours, for the User-Agent: publishers block "
        "readers they cannot write to.", .check = check_contact, .preset_help = "none (a warning)"),
    ROW(TOP, "state", PATH, state, NULL, "The folder for the database, the lock and the control socket.",
        .preset_help = "$STATE_DIRECTORY, else $XDG_STATE_HOME/newsalertd, else ~/.local/state/newsalertd"),
    ROW(TOP, "timezone", WORD, timezone, NULL, "Zone of quiet hours and digests.", .check = check_zone,
        .preset_help = "the system's"),
    ROW(TOP, "plugins", PATHS, plugin_folders, NULL, "Further folders with plugins, owned by you or root and "
        "not writable by others.", .preset_help = "the built-in folder"),
    ROW(TOP, "every", DURATION, every, "auto", "How often a feed is polled: a duration, or auto, which learns from "
        "the feed.", .words = words_auto, RANGE(SECOND, 30 * DAY)),
    ROW(TOP, "min_every", DURATION, min_every, "5m", "The shortest interval of auto.", RANGE(SECOND, 30 * DAY)),
    ROW(TOP, "max_every", DURATION, max_every, "4h", "The longest interval of auto.", RANGE(SECOND, 30 * DAY)),
    ROW(TOP, "pace", DURATION, pace, "10m", "How often auto polls a feed that posts once an hour.",
        RANGE(SECOND, DAY)),
    ROW(TOP, "budget", INT, budget, "0", "Polls a day of all feeds together, from which the pace is solved; 0: none.",
        RANGE(0, LIMIT_BUDGET)),
    ROW(TOP, "parallel", INT, parallel, "64", "Requests under way at once.", RANGE(1, 1024)),
    ROW(TOP, "host_parallel", INT, host_parallel, "2", "Requests under way at once to one host.", RANGE(1, 64)),
    ROW(TOP, "host_spacing", DURATION, host_spacing, "1s", "Time between the starts of two requests to one host.",
        RANGE(0, 10 * MINUTE)),
    ROW(TOP, "timeout", DURATION, timeout, "30s", "The longest that one request may take, redirects included.",
        RANGE(SECOND, 10 * MINUTE)),
    ROW(TOP, "allow_private", BOOL, allow_private, "no", "Feeds may reach loopback, private and link-local "
        "addresses (addresses of cloud metadata never). Notifiers always may."),
    ROW(TOP, "first_run", DURATION, first_run, "1h", "How young an item must be for a new feed to alert on it: a "
        "duration, none or all.", .words = words_first_run, RANGE(0, 3650 * DAY)),
    ROW(TOP, "max_item_age", DURATION, max_item_age, "7d", "Older items are recorded, and alert nobody; none: no bound.",
        .words = words_age, RANGE(MINUTE, 3650 * DAY)),
    ROW(TOP, "keep", DURATION, keep, "30d", "How long items and sent messages are kept.", RANGE(DAY, 3650 * DAY)),
    ROW(TOP, "notices", LIST, notices, NULL, "Notifiers that are told of troubles of feeds and destinations.",
        .preset_help = "log, status"),
    ROW(TOP, "story_window", DURATION, story_window, "48h", "How long a story takes further items.",
        RANGE(MINUTE, 7 * DAY)),
    ROW(TOP, "story_threshold", REAL, story_threshold, NULL, "How alike two items must be to tell one story, 0 to 1.",
        RANGE(0, 1), .preset_help = "by measurement"),
    ROW(TOP, "outbox_max", INT, outbox_max, "100000", "Messages that may wait; beyond, the oldest routine ones are "
        "given up.", RANGE(100, 10000000)),
    ROW(TOP, "once_wait", DURATION, once_wait, "30s", "How long newsalertd --once waits for deliveries.",
        RANGE(0, DAY)),
    ROW(TOP, "log", CHOICE, log, "info", "How much is logged.", .words = words_log),

    /* -- [feed NAME] -- */
    ROW(FEED, "url", WORD, location, NULL, "Address of the feed, http or https.", .check = check_url),
    ROW(FEED, "path", PATH, location, NULL, "A file that is the feed."),
    ROW(FEED, "command", WORD, location, NULL, "A command whose standard output is the feed, split at spaces ('…' "
        "and \"…\" keep them); there is no shell. Polled every 15m unless `every` says otherwise; see "
        "newsalertd(1) for its environment and its bounds.", .check = check_command),
    ROW(FEED, "every", DURATION, every, NULL, "How often it is polled: a duration, or auto.", .words = words_auto,
        RANGE(SECOND, 30 * DAY), AS_TOP),
    ROW(FEED, "min_every", DURATION, min_every, NULL, "The shortest interval of auto.", RANGE(SECOND, 30 * DAY),
        AS_TOP, URL_ONLY),
    ROW(FEED, "max_every", DURATION, max_every, NULL, "The longest interval of auto.", RANGE(SECOND, 30 * DAY), AS_TOP),
    ROW(FEED, "timeout", DURATION, timeout, NULL, "The longest that one request may take.",
        RANGE(SECOND, 10 * MINUTE), AS_TOP),
    ROW(FEED, "hints", EITHER, obey_hints, "obey", "Whether the publisher's wishes (max-age, ttl, skipHours) stretch "
        "the interval.", .words = W({"ignore", 0}, {"obey", 1}), .flags = KEY_URL_ONLY),
    ROW(FEED, "delta", BOOL, delta, "no", "Asks for changes only (RFC 3229).", .flags = KEY_URL_ONLY),
    ROW(FEED, "tags", LIST, tags, NULL, "Words to choose feeds by, as tag:WORD."),
    ROW(FEED, "publisher", TEXT, publisher, NULL, "Whose feed it is.", .preset_help = "the domain"),
    ROW(FEED, "language", TEXT, language, NULL, "Language of items that name none, such as en or pt-BR.",
        .check = check_language),
    ROW(FEED, "header", LINES, headers, NULL, "A header of the request, Name: value; repeat the key for more.",
        .check = check_header, URL_ONLY),
    ROW(FEED, "user", TEXT, user, NULL, "User name for the feed's server.", URL_ONLY),
    ROW(FEED, "password", SECRET, password, NULL, "Password for it.", URL_ONLY),
    ROW(FEED, "token", SECRET, token, NULL, "Bearer token for it.", URL_ONLY),
    ROW(FEED, "proxy", WORD, proxy, NULL, "Proxy: http://, https:// or socks5h://HOST:PORT.", .check = check_proxy,
        URL_ONLY),
    ROW(FEED, "ca_file", PATH, ca_file, NULL, "Certificates to trust, PEM.", URL_ONLY, .preset_help = "the system's"),
    ROW(FEED, "allow_private", BOOL, allow_private, NULL, "It may be at a loopback, private or link-local address.",
        AS_TOP, URL_ONLY),
    ROW(FEED, "first_run", DURATION, first_run, NULL, "How young an item must be to alert when the feed is new.",
        .words = words_first_run, RANGE(0, 3650 * DAY), AS_TOP),
    ROW(FEED, "max_item_age", DURATION, max_item_age, NULL, "Older items alert nobody; none: no bound.",
        .words = words_age, RANGE(MINUTE, 3650 * DAY), AS_TOP),
    ROW(FEED, "max_size", SIZE, max_size, "16MiB", "The largest document, unpacked.", RANGE(1 << 10, LIMIT_BODY)),
    ROW(FEED, "enabled", BOOL, enabled, "yes", "no: it is not polled."),

    /* -- [opml NAME]; the keys of feed come on top -- */
    ROW(OPML, "path", PATH, location, NULL, "The OPML file.", .flags = KEY_REQUIRED),

    /* -- [alert NAME] -- */
    ROW(ALERT, "query", QUERY, query, NULL, "What to look for: newsalert-query(7). The rest of the line, as it is.",
        .flags = KEY_REQUIRED),
    ROW(ALERT, "feeds", LIST, feeds, NULL, "Names of feeds and tag:WORD.", .flags = KEY_ALL, .preset_help = "all"),
    ROW(ALERT, "notify", LIST, notify, NULL, "Names of notifiers.", .flags = KEY_ALL, .preset_help = "all"),
    ROW(ALERT, "level", CHOICE, level, "urgent", "How urgent it is; flash passes quiet hours.", .words = words_level),
    ROW(ALERT, "updates", BOOL, updates, "no", "Also tells of later changes of an item."),
    ROW(ALERT, "group", EITHER, group_story, "story", "Items of one story make one thread; none: each item its own.",
        .words = W({"none", 0}, {"story", 1})),
    ROW(ALERT, "window", DURATION, window, "24h", "How long a thread takes further items.", RANGE(MINUTE, 7 * DAY)),
    ROW(ALERT, "sources", INT, sources, "1", "Independent publishers that make a story confirmed.", RANGE(1, 100)),
    ROW(ALERT, "unconfirmed", EITHER, unconfirmed_hold, "send", "What happens to a story that is not.",
        .words = W({"send", 0}, {"hold", 1})),
    ROW(ALERT, "follow_up", DURATION, follow_up, "1h", "When later outlets are told; none: never.",
        .words = W({"none", -1}), RANGE(0, 7 * DAY)),
    ROW(ALERT, "limit", RATE, limit, "none", "The most messages in a time, 10/1h; what exceeds comes as one summary."),
    ROW(ALERT, "quiet", WORD, quiet, NULL, "Hours that hold messages: 22:00-07:00, mon-fri 22:00-07:00 (the day of the "
        "evening), lists.", .check = check_quiet, .preset_help = "none"),
    ROW(ALERT, "digest", WORD, digest, NULL, "Times at which all comes as one message: 08:00, mon 08:00, lists.",
        .check = check_digest, .preset_help = "none"),
    ROW(ALERT, "timezone", WORD, timezone, NULL, "Zone of quiet and digest.", .check = check_zone, AS_TOP),
    ROW(ALERT, "enabled", BOOL, enabled, "yes", "no: it makes nothing new."),

    /* -- [notify NAME], all kinds -- */
    ROW(NOTIFY, "kind", WORD, kind_name, NULL, "One of email, webhook, command, terminal, or the name of a plugin that "
        "notifies (desktop).", .check = check_name, .flags = KEY_REQUIRED, ALL),
    ROW(NOTIFY, "levels", LEVELS, levels, "all", "Levels that it takes.", ALL),
    ROW(NOTIFY, "rate", RATE, rate, NULL, "The most messages in a time, 5/s or 10/1m; none. What waits over a "
        "minute for it comes as one summary.", ALL,
        .preset_help = "by kind"),
    ROW(NOTIFY, "in_flight", INT, in_flight, "1", "Messages under way at once.", RANGE(1, LIMIT_IN_FLIGHT), ALL),
    ROW(NOTIFY, "timeout", DURATION, timeout, "20s", "The longest that one attempt may take.",
        RANGE(SECOND, 10 * MINUTE), ALL),
    ROW(NOTIFY, "retry_first", DURATION, retry_first, "5s", "Wait after the first failure; it grows fourfold.",
        RANGE(100, DAY), ALL),
    ROW(NOTIFY, "retry_max", DURATION, retry_max, "4h", "The longest wait.", RANGE(100, 7 * DAY), ALL),
    ROW(NOTIFY, "retry_for", DURATION, retry_for, "48h", "After that long a message is given up (flash never).",
        RANGE(SECOND, 365 * DAY), ALL),
    ROW(NOTIFY, "max_age", DURATION, max_age, "none", "Older messages come as one summary. Desktop: 1h.",
        .words = words_age, RANGE(SECOND, 365 * DAY), ALL),
    ROW(NOTIFY, "quiet", WORD, quiet, NULL, "Hours that hold messages, as in an alert.", .check = check_quiet,
        ALL, .preset_help = "none"),
    ROW(NOTIFY, "digest", WORD, digest, NULL, "Times at which all comes as one message, as in an alert.",
        .check = check_digest, ALL, .preset_help = "none"),
    ROW(NOTIFY, "timezone", WORD, timezone, NULL, "Zone of quiet and digest.", .check = check_zone, ALL,
        AS_TOP),
    ROW(NOTIFY, "break_through", CHOICE, break_through, "flash", "The level that passes quiet hours.",
        .words = W({"urgent", LEVEL_URGENT}, {"flash", LEVEL_FLASH}), ALL),
    ROW(NOTIFY, "excerpt", INT, excerpt, "280", "Characters of the item's text.", RANGE(0, LIMIT_WEBHOOK_SUMMARY), ALL),
    ROW(NOTIFY, "link", BOOL, link, "yes", "Whether the item's address is in it.", ALL),
    ROW(NOTIFY, "enabled", BOOL, enabled, "yes", "no: its messages wait.", ALL),

    /* -- kind = webhook -- */
    ROW(NOTIFY, "format", WORD, format, "json", "What is posted.", .words = words_format, WEBHOOK),
    ROW(NOTIFY, "url", SECRET, url, NULL, "Where it is posted to; for a hook, the address is the secret.",
        .check = check_url, WEBHOOK),
    ROW(NOTIFY, "secret", SECRETS, secrets, NULL, "Signs the json format (Standard Webhooks): whsec_ and base64; while "
        "changing it, new, old.", .check = check_whsec, WEBHOOK),
    ROW(NOTIFY, "token", SECRET, token, NULL, "Token of matrix, telegram, ntfy, gotify; of json, a bearer token.",
        WEBHOOK),
    ROW(NOTIFY, "user", TEXT, user, NULL, "User name; zulip: the bot's mail address.", WEBHOOK),
    ROW(NOTIFY, "password", SECRET, password, NULL, "Password; zulip: the API key.", WEBHOOK),
    ROW(NOTIFY, "from", TEXT, from, NULL, "signal: the number that sends.", WEBHOOK),
    ROW(NOTIFY, "to", LIST, to, NULL, "matrix: room, telegram: chat, zulip: stream, signal: recipients.", WEBHOOK),
    ROW(NOTIFY, "channel", TEXT, channel, NULL, "mattermost: another channel.", WEBHOOK),
    ROW(NOTIFY, "username", TEXT, username, NULL, "mattermost: another name to post as.", WEBHOOK),
    ROW(NOTIFY, "topic", TEXT, topic, NULL, "ntfy and zulip: the topic.", WEBHOOK, .preset_help = "zulip: the story"),
    ROW(NOTIFY, "api", WORD, api, NULL, "telegram: an API server of your own.", .check = check_url, WEBHOOK),
    ROW(NOTIFY, "header", LINES, headers, NULL, "A header of the request, Name: value; repeat the key for more.",
        .check = check_header, WEBHOOK),
    ROW(NOTIFY, "ca_file", PATH, ca_file, NULL, "Certificates to trust, PEM.", WEBHOOK, .preset_help = "the system's"),
    ROW(NOTIFY, "proxy", WORD, proxy, NULL, "Proxy: http://, https:// or socks5h://HOST:PORT.", .check = check_proxy,
        WEBHOOK),
    ROW(NOTIFY, "story_thread", BOOL, story_thread, "yes", "Later messages of a story edit or thread the first one, "
        "where the service can.", WEBHOOK),
    ROW(NOTIFY, "method", WORD, method, "POST", "The request's method.", .check = check_method, CUSTOM),
    ROW(NOTIFY, "content_type", WORD, content_type, "application/json", "Type of the body.",
        .check = check_content_type, CUSTOM),
    ROW(NOTIFY, "body", VERBATIM, body, NULL, "The body, with ${title} and the like.", CUSTOM),
    ROW(NOTIFY, "body_file", PATH, body_file, NULL, "A file with the body.", CUSTOM),
    ROW(NOTIFY, "success", WORD, success, "200-299", "Answers that mean sent.", .check = check_codes, CUSTOM),
    ROW(NOTIFY, "success_body", TEXT, success_body, NULL, "What the answer's body must hold.", CUSTOM),

    /* -- kind = email -- */
    ROW(NOTIFY, "server", WORD, server, NULL, "smtp://HOST:587 or smtps://HOST.", .check = check_server, EMAIL),
    ROW(NOTIFY, "command", WORD, command, NULL, "In place of a server, such as /usr/sbin/sendmail -i -t.",
        .check = check_command, EMAIL),
    ROW(NOTIFY, "tls", CHOICE, tls, "required", "required never falls back; opportunistic does; none is for loopback.",
        .words = W({"required", MAIL_TLS_REQUIRED}, {"opportunistic", MAIL_TLS_OPPORTUNISTIC},
                   {"none", MAIL_TLS_NONE}), EMAIL),
    ROW(NOTIFY, "ca_file", PATH, ca_file, NULL, "Certificates to trust, PEM.", EMAIL, .preset_help = "the system's"),
    ROW(NOTIFY, "user", TEXT, user, NULL, "User name for the server.", EMAIL),
    ROW(NOTIFY, "password", SECRET, password, NULL, "Password for it.", EMAIL),
    ROW(NOTIFY, "oauth_token", SECRET, token, NULL, "In place of a password: an OAuth 2 token.", EMAIL),
    ROW(NOTIFY, "from", WORD, from, NULL, "The sender's address.", .check = check_address, .flags = KEY_REQUIRED,
        EMAIL),
    ROW(NOTIFY, "to", ADDRESSES, to, NULL, "Recipients; each gets a mail of its own.", .check = check_address, EMAIL),
    ROW(NOTIFY, "cc", ADDRESSES, cc, NULL, "Further recipients, named in the header.", .check = check_address, EMAIL),
    ROW(NOTIFY, "bcc", ADDRESSES, bcc, NULL, "Further recipients, not named.", .check = check_address, EMAIL),
    ROW(NOTIFY, "hello", WORD, hello, NULL, "The name said to the server.", .check = check_host, EMAIL,
        .preset_help = "the host's"),

    /* -- kind = command -- */
    ROW(NOTIFY, "command", WORD, command, NULL, "Gets the alert as JSON on standard input and as NEWSALERT_* "
        "variables; exit 0 sent, 75 try again, else given up.", .check = check_command,
        .kinds = KIND(NOTIFY_COMMAND), .flags = KEY_REQUIRED),

    /* -- kind = terminal -- */
    ROW(NOTIFY, "color", CHOICE, color, "auto", "auto: when it is a terminal.",
        .words = W({"auto", TRI_AUTO}, {"yes", TRI_YES}, {"no", TRI_NO}), TERMINAL),
    ROW(NOTIFY, "width", INT, width, "auto", "Columns.", .words = words_auto, RANGE(20, 1000), TERMINAL),

    /* -- [plugin NAME] -- */
    ROW(PLUGIN, "enabled", BOOL, enabled, "yes", "no: the plugin is not used."),

    /* -- [websub] -- */
    ROW(WEBSUB, "callback", WORD, callback, NULL, "The https address under which hubs reach us; each "
        "subscription adds an unguessable name of its own.", .check = check_callback, .flags = KEY_REQUIRED),
    ROW(WEBSUB, "listen", WORD, listen, "127.0.0.1:8911", "HOST:PORT to listen on (plain http), behind your web "
        "server.", .check = check_listen),
    ROW(WEBSUB, "path", WORD, path, NULL, "The path with which requests arrive at *listen*, if your web server "
        "changes it.", .check = check_web_path, .preset_help = "that of the callback"),
};
/* clang-format on */
#define N_KEYS (sizeof keys / sizeof *keys)

const struct config_key *config_keys(size_t *ret_n) {
    *ret_n = N_KEYS;
    return keys;
}

bool key_fits(const struct config_key *row, enum key_section section, enum notify_kind kind) {
    if (row->section == SECTION_NOTIFY) return section == SECTION_NOTIFY && (row->kinds & KIND(kind));
    if (row->section == section) return true;
    return section == SECTION_OPML && row->section == SECTION_FEED && strcmp(row->name, "url") != 0 &&
           strcmp(row->name, "path") != 0 && strcmp(row->name, "command") != 0;
}

/* A section's rows stand together, so this looks at a few dozen names; it is not what loading waits for. */
const struct config_key *key_find(enum key_section section, struct text name, enum notify_kind kind) {
    for (const struct config_key *k = keys; k < keys + N_KEYS; k++)
        if (name.len && k->name[0] == name.ptr[0] && key_fits(k, section, kind) && text_eqs(name, k->name))
            return k;
    return NULL;
}

const struct config_key *key_find_form(enum key_section section, struct text name, enum notify_kind kind,
                                       enum key_form *ret_form) {
    static const struct {
        struct text end;
        enum key_form form;
    } forms[] = {{TEXT("_file"), FORM_FILE}, {TEXT("_credential"), FORM_CREDENTIAL}};
    const struct config_key *k = key_find(section, name, kind);
    *ret_form = FORM_PLAIN;
    for (size_t i = 0; !k && i < 2; i++) {
        struct text end = forms[i].end;
        if (name.len <= end.len || memcmp(name.ptr + name.len - end.len, end.ptr, end.len) != 0) continue;
        k = key_find(section, (struct text){name.ptr, name.len - end.len}, kind);
        if (k && !key_type_is_secret(k->type)) k = NULL;
        *ret_form = forms[i].form;
    }
    return k;
}

const char *key_nearest(enum key_section section, struct text name, enum notify_kind kind) {
    const char *names[N_KEYS];
    char wrong[64];
    size_t n = 0;
    if (name.len >= sizeof wrong) return NULL;
    memcpy(wrong, name.ptr, name.len);
    wrong[name.len] = '\0';
    for (const struct config_key *k = keys; k < keys + N_KEYS; k++)
        if (key_fits(k, section, kind)) names[n++] = k->name;
    return problem_nearest(wrong, names, n);
}
