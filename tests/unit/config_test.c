#include "unit.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "config/config.c"

#include <sys/stat.h>

/* All tests run in one new folder, so that messages begin with n.conf. */
static char folder[] = "/tmp/newsalert-config-XXXXXX";

static void put(const char *name, const char *text, unsigned mode) {
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(name, mode);
}

static int in_folder(void **state) {
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    setenv("HOME", "/home/desk", 1);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int clean(void **state) {
    (void)state;
    static const char *const files[] = {"n.conf",          "more.conf",  "pass",  "empty", "sign",
                                        "n.conf.d/x.conf", "creds/smtp", "large", "body"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) unlink(files[i]);
    rmdir("n.conf.d");
    rmdir("creds");
    rmdir("folder");
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static char *said(struct problems *p) {
    struct buf out;
    buf_init(&out, 1 << 20);
    problems_sort(p);
    for (size_t i = 0; i < p->n; i++) {
        AUTOFREE char *line = problem_format(&p->list[i]);
        buf_addf(&out, "%s\n", line);
    }
    return buf_steal(&out);
}

/* Reads text as n.conf; the configuration is the caller's. */
static struct config *read_text(const char *text, enum config_use use, char **ret_said) {
    struct problems p = PROBLEMS_INIT;
    put("n.conf", text, 0600);
    struct config *c = config_read("n.conf", use, &p);
    *ret_said = said(&p);
    problems_clear(&p);
    return c;
}

static void check_said(const char *text, const char *want) {
    AUTOFREE char *got = NULL;
    struct config *c = read_text(text, CONFIG_CHECK, &got);
    assert_string_equal(got, want);
    config_free(c);
}

#define TOP  "contact = desk@newsroom.test\n"          /* line 1 */
#define OUT  "[notify out]\nkind = terminal\n"         /* two lines */
#define FEED "[feed a]\nurl = https://a.example/rss\n" /* two lines */

static const struct {
    const char *text, *want;
} bad[] = {
    {TOP OUT, ""},
    {OUT, "n.conf: warning: contact is missing: a URL or mail address of yours, for publishers who want to "
          "write to "
          "you\n"},
    {TOP, "n.conf: warning: no notifier at all: alerts are recorded, and nobody is told\n"},
    {TOP "[notify out]\nkind = terminal\nenabled = no\n",
     "n.conf: warning: no notifier at all: alerts are recorded, and nobody is told\n"},
    /* sections and names */
    {TOP OUT "[fead a]\nurl = x\n[weather]\n",
     "n.conf:4: [fead]: unknown section; did you mean [feed]?\n"
     "n.conf:6: [weather]: unknown section; there are feed, opml, alert, "
     "notify, plugin and websub\n"},
    {TOP OUT "[notifier a]\nkind = terminal\n",
     "n.conf:4: [notifier]: unknown section; did you mean [notify]?\n"},
    {TOP OUT "[feed]\nurl = https://a.example/\n[websub x]\ncallback = https://a.example/\n",
     "n.conf:4: [feed] lacks a name: write [feed NAME]\nn.conf:6: [websub] has no name\n"},
    {TOP OUT "[feed a,b]\nurl = https://a.example/\n[alert all]\nquery = x\n",
     "n.conf:4: feed \"a,b\": a name holds no comma, no ] and no control character\n"
     "n.conf:6: alert \"all\": none, all, log and status have a meaning of their own\n"},
    {TOP OUT FEED FEED "[alert a]\nquery = x\n",
     "n.conf:6: feed \"a\": stands twice; the first is in n.conf:4\n"},
    /* keys */
    {TOP "colour = blue\nevrey = 5m\n" OUT,
     "n.conf:2: colour: unknown key; newsalertctl config lists those there are\n"
     "n.conf:3: evrey: unknown key; did you mean every?\n"},
    {TOP "every = 5m\nEVERY = 6m\n" OUT, "n.conf:3: every: stands twice; the first is in n.conf:2\n"},
    {TOP OUT FEED "tags = a\ntags = b\nurl = https://b.example/\n",
     "n.conf:8: feed \"a\": url: stands twice; the first is in n.conf:5\n"},
    {TOP OUT FEED "password = x\npassword_file = y\n",
     "n.conf:7: feed \"a\": password_file: only one form of this secret may stand; the first is in "
     "n.conf:6\n"},
    {TOP OUT FEED "server = smtp://m.example\n",
     "n.conf:6: feed \"a\": server: unknown key here; it belongs into [notify NAME]\n"},
    {TOP "url = https://a.example/\n" OUT FEED "query = x\ncontact = https://a.example/\ncallback = x\n",
     "n.conf:2: url: unknown key here; it belongs into [feed NAME]\n"
     "n.conf:7: feed \"a\": query: unknown key here; it belongs into [alert NAME]\n"
     "n.conf:8: feed \"a\": contact: unknown key here; it belongs before the first [section]\n"
     "n.conf:9: feed \"a\": callback: unknown key here; it belongs into [websub]\n"},
    {TOP "every = 5m # often\nlog = \"info\"\n" OUT "[feed a]\nurl = https://a.example/rss # ours\n",
     "n.conf:2: every: \"5m # often\" is not a duration such as 90s, 5m, 1h30m or 2d, nor auto (a comment "
     "needs a "
     "line of its own)\n"
     "n.conf:3: log: \"\"info\"\" is none of error, warning, info, debug; did you mean info? (a value stands "
     "without quotation marks)\n"
     "n.conf:7: feed \"a\": url: \"https://a.example…\": an address holds no blanks (a comment needs a line "
     "of "
     "its own)\n"},
    {TOP "[notify out]\nkind = terminal\nserver = smtp://m.example\nwitdh = 80\n",
     "n.conf:4: notify \"out\": server: a notifier of this kind has no such key\n"
     "n.conf:5: notify \"out\": witdh: unknown key; did you mean width?\n"},
    {TOP OUT FEED "include = x\n", "n.conf:6: include must stand before the first [section]\n"},
    /* what must be there */
    {TOP OUT "[feed a]\n[feed b]\nurl = https://b.example/\npath = b.xml\n",
     "n.conf:4: feed \"a\": url is missing (or path, or command)\n"
     "n.conf:7: feed \"b\": path: only one of url, path and command may stand; line 6 has another\n"},
    {TOP OUT "[alert a]\nlevel = flash\n", "n.conf:4: alert \"a\": query is missing. What to look for: "
                                           "newsalert-query(7). The rest of the line, as it is.\n"},
    {TOP OUT "[notify x]\nlevels = all\n", "n.conf:4: notify \"x\": kind is missing. One of email, webhook, "
                                           "command, terminal, or the name of a plugin that notifies "
                                           "(desktop).\n"},
    {TOP OUT "[notify x]\nkind = webhook\n[notify y]\nkind = email\n[notify z]\nkind = email\ncommand = "
             "/nonexistent/sendmail -i -ftom@b.test\nfrom = "
             "a@b.test\nto = c@d.test\nbcc = e@d.test\n[notify w]\nkind = email\ncommand = /bin/true -it\n"
             "from = a@b.test\nbcc = e@d.test\n[notify v]\nkind = email\ncommand = /bin/true\nserver = "
             "smtp://s.test\n"
             "from = a@b.test\nto = e@d.test\n",
     "n.conf:4: notify \"x\": url is missing: format json needs it\n"
     "n.conf:6: notify \"y\": from is missing. The sender's address.\n"
     "n.conf:6: notify \"y\": server is missing: write server = smtp://HOST:587\n"
     "n.conf:6: notify \"y\": to is missing: the addresses that get the mail\n"
     "n.conf:10: warning: notify \"z\": command: there is no program /nonexistent/sendmail\n"
     "n.conf:13: notify \"z\": bcc: the command has no -t: it would not read bcc, and send it to everybody\n"
     "n.conf:21: notify \"v\": command: server and command exclude each other\n"},
    /* values; of secrets none is shown */
    {TOP "every = sometimes\nlog = loud\nparallel = 0\n" OUT,
     "n.conf:2: every: \"sometimes\" is not a duration such as 90s, 5m, 1h30m or 2d, nor auto\n"
     "n.conf:3: log: \"loud\" is none of error, warning, info, debug\n"
     "n.conf:4: parallel: \"0\" is out of range (1 to 1024)\n"},
    {TOP OUT "[feed a]\nurl = ftp://files.example/\n[feed b]\nurl = http://u:geheim@b .example\n",
     "n.conf:5: feed \"a\": url: \"ftp://files.example/\": must begin with http:// or https://\n"
     "n.conf:7: feed \"b\": url: an address holds no blanks\n"},
    {TOP OUT "[notify h]\nkind = webhook\nurl = geheim\nsecret = geheim\nheader = geheim\n",
     "n.conf:6: notify \"h\": url: must begin with http:// or https://\n"
     "n.conf:7: notify \"h\": secret: write whsec_ and base64 of 24 to 64 random bytes (openssl rand -base64 "
     "32)\n"
     "n.conf:8: notify \"h\": header: write Name: value\n"},
    {TOP OUT FEED "publisher =\nlanguage = english\ntags =\n",
     "n.conf:7: feed \"a\": language: \"english\": write a language tag such as en or pt-BR\n"
     "n.conf:8: feed \"a\": tags: the value is empty\n"},
    {TOP OUT FEED "publisher = ${NA_NOT_SET}\n",
     "n.conf:6: feed \"a\": publisher: the environment variable NA_NOT_SET is not set; set it, or write "
     "${NA_NOT_SET:-default}\n"},
    /* names that must exist */
    {TOP OUT FEED
     "tags = Local\n[alert x]\nquery = ${x}\nfeeds = a, tag:LOCAL, b, tag:locla\nnotify = out, outt\n",
     "n.conf:9: alert \"x\": feeds: there is no feed \"b\"\n"
     "n.conf:9: alert \"x\": feeds: there is no feed with tag \"locla\"; did you mean \"local\"?\n"
     "n.conf:10: alert \"x\": notify: there is no notifier \"outt\"; did you mean \"out\"?\n"},
    {TOP OUT "[alert x]\nquery = x\nnotify = none\n[alert y]\nquery = x\nfeeds = all\nnotify = out, all\n",
     "n.conf:6: alert \"x\": notify: none: an alert that tells nobody is written enabled = no\n"
     "n.conf:10: alert \"y\": notify: all stands alone\n"},
    {TOP "notices = log, status, out, uot\n" OUT,
     "n.conf:2: notices: there is no notifier \"uot\"; did you mean \"out\"?\n"},
    /* keys that go together */
    {TOP "min_every = 5h\n" OUT FEED "min_every = 1h\nmax_every = 30m\n",
     "n.conf:2: min_every: min_every 5h is longer than max_every 4h\n"
     "n.conf:7: feed \"a\": min_every: min_every 1h is longer than max_every 30m\n"},
    {TOP OUT FEED "password = a\ntoken = b\n",
     "n.conf:7: feed \"a\": token: password and token exclude each other\n"},
    {TOP OUT "[alert x]\nquery = x\nlevel = flash\ndigest = 08:00\nwindow = 72h\n",
     "n.conf:7: alert \"x\": digest: a flash alert cannot wait for a digest; lower its level, or leave "
     "digest out\n"
     "n.conf:8: alert \"x\": window: 3d is longer than story_window 2d\n"},
    {TOP "[notify out]\nkind = terminal\nretry_first = 5h\n",
     "n.conf:4: notify \"out\": retry_first: retry_first 5h is longer than retry_max 4h\n"},
    {TOP "[notify m]\nkind = email\nserver = smtps://m.example\ntls = none\nfrom = a@b.test\nto = "
         "c@d.test\npassword = x\n",
     "n.conf:2: notify \"m\": user is missing: a password alone logs nobody in\n"
     "n.conf:5: warning: notify \"m\": tls: mails and the password go unencrypted to a server that is not on "
     "this "
     "machine\n"
     "n.conf:5: notify \"m\": tls: smtps:// is TLS from the start; write smtp://\n"},
    {TOP
     "[notify m]\nkind = email\nserver = smtp://localhost:25\ntls = none\nfrom = a@b.test\nto = c@d.test\n",
     ""},
    /* quiet hours */
    {TOP "[notify out]\nkind = terminal\nquiet = 09:00-21:00, 21:00-09:00\n",
     "n.conf:4: warning: notify \"out\": quiet: these spans cover a whole day\n"},
    {TOP "[notify out]\nkind = webhook\nurl = https://h.example/x\nformat = slack\nto = a, b\n",
     "n.conf:6: notify \"out\": to: format slack posts to one place; make a [notify] section for each\n"},
    {TOP "[notify out]\nkind = terminal\nquiet = 20:00-08:00\n[alert x]\nquery = x\nquiet = "
         "08:00-20:00\n[alert y]\nquery "
         "= x\nquiet = 08:00-19:00\n[alert z]\nquery = x\nquiet = 22:00-22:00\n",
     "n.conf:7: warning: alert \"x\": quiet: together with quiet of notifier \"out\" it covers a whole day\n"
     "n.conf:13: alert \"z\": quiet: \"22:00-22:00\": start and end are the same time\n"},
    {TOP OUT "[alert x]\nquery = x\ntimezone = Europe/Atlantis\n",
     "n.conf:6: alert \"x\": timezone: \"Europe/Atlantis\": no such time zone; write one such as "
     "Europe/Berlin\n"},
    /* manners, and secrets on the wire */
    {TOP OUT FEED "every = 30s\n[feed b]\nurl = http://127.0.0.1/\nevery = 1s\nallow_private = yes\n",
     "n.conf:6: warning: feed \"a\": every: more often than once a minute is hard on a public host\n"},
    {TOP "every = 30s\n" OUT FEED "[feed b]\nurl = https://b.example/\n",
     "n.conf:2: warning: every: more often than once a minute is hard on public hosts (feed \"a\")\n"},
    {TOP OUT "[feed b]\nurl = http://192.168.1.1/\n",
     "n.conf:5: warning: feed \"b\": url: 192.168.1.1 is at home here; allow_private = yes lets the feed "
     "reach it\n"},
    {TOP OUT "[feed b]\nurl = http://b.example/\ntoken = x\n[notify h]\nkind = webhook\nurl = "
             "http://h.example/\ntoken = "
             "x\n[notify i]\nkind = webhook\nurl = http://127.0.0.1/\ntoken = x\n",
     "n.conf:5: warning: feed \"b\": url: a password or token goes over plain http, where anybody can read "
     "it\n"
     "n.conf:9: warning: notify \"h\": url: a token or secret goes over plain http, where anybody can read "
     "it\n"},
    {TOP
     "pace = 5m\n[websub]\ncallback = https://w.example/\n[opml o]\npath = /nonexistent/o\ntags = x\nhints = "
     "obey\n" OUT "[feed a]\ncommand = /nonexistent/get it\nmin_every = 5m\n[alert x]\nquery = x\nupdates = "
     "yes\nfeeds = o/One, tag:folder\n",
     "n.conf:6: opml \"o\": path: cannot read /nonexistent/o: No such file or directory\n"
     "n.conf:12: warning: feed \"a\": command: there is no program /nonexistent/get\n"
     "n.conf:13: warning: feed \"a\": min_every: means nothing for a feed without url, ignored\n"},
    {TOP OUT "[feed a]\nurl = https://a.example/\ndelta = yes\n[alert x]\nquery = x\nlimit = 0/1h\n",
     "n.conf:9: alert \"x\": limit: \"0/1h\" is not a rate such as 5/s, 10/1h or none\n"},
    /* programs, lists, hubs */
    {TOP OUT
     "[feed a]\ncommand = no-such-program-here --x\n[feed b]\ncommand = 'open\n[feed c]\ncommand = true\n",
     "n.conf:5: warning: feed \"a\": command: there is no program no-such-program-here in PATH\n"
     "n.conf:7: feed \"b\": command: \"'open\": a ' is never closed\n"},
    {TOP OUT
     "[opml o]\nurl = https://o.example/\n[opml p]\npath = /dev/null\nevery = 1s\npassword = geheim\n",
     "n.conf:4: opml \"o\": path is missing. The OPML file.\n"
     "n.conf:5: opml \"o\": url: unknown key here; it belongs into [feed NAME]\n"
     "n.conf:6: warning: opml \"p\": its password or token is sent to every host of the list\n"
     "n.conf:7: opml \"p\": path: cannot read /dev/null: it is no regular file\n"
     "n.conf:8: warning: opml \"p\": every: more often than once a minute is hard on public hosts\n"},
    {TOP OUT "[websub]\ncallback = http://w.example/\nlisten = 8911\npath = hub\n",
     "n.conf:5: websub: callback: \"http://w.example/\": must begin with https://\n"
     "n.conf:6: websub: listen: \"8911\": write HOST:PORT\n"
     "n.conf:7: websub: path: \"hub\": must begin with /\n"},
    {TOP OUT "[websub]\ncallback = https://u:geheim@w.example/\n[websub]\nlisten = :1\n",
     "n.conf:5: websub: callback: holds a user or password, which hubs would be told\n"
     "n.conf:6: websub: stands twice; the first is in n.conf:4\n"
     "n.conf:6: websub: callback is missing. The https address under which hubs reach us; each subscription "
     "adds "
     "an unguessable name of its own.\n"},
    {TOP OUT "[notify c]\nkind = command\ncommand = no-such-program-here x\n[notify q]\nkind = "
             "command\n[notify d]\nkind = webhook\nformat = discord\nurl = "
             "https://d.example/x\n[notify e]\nkind = webhook\nformat = dicsord\nurl = "
             "https://d.example/x\nbody = x\n",
     "n.conf:6: warning: notify \"c\": command: there is no program no-such-program-here in PATH\n"
     "n.conf:7: notify \"q\": command is missing. Gets the alert as JSON on standard input and as "
     "NEWSALERT_* "
     "variables; exit 0 sent, 75 try again, else given up.\n"
     "n.conf:15: notify \"e\": format: \"dicsord\" is none of json, slack, discord, mattermost, rocketchat, "
     "teams, "
     "google-chat, zulip, matrix, telegram, ntfy, gotify, apprise, signal, custom; did you mean discord?\n"},
    {TOP "[notify h]\nkind = webhook\nformat = slack\nurl = https://h.example/x\nbody = x\nsecret = "
         "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n",
     "n.conf:6: warning: notify \"h\": body: is read by format = custom only\n"
     "n.conf:7: warning: notify \"h\": secret: only format = json is signed\n"},
    /* a plugin's keys are the plugin's to check; twice is twice */
    {TOP OUT "[notify d]\nkind = desktop\nanything = goes\nlevels = loud\nanything = twice\n[plugin p]\nx = "
             "${NA_NOT_SET}\n",
     "n.conf:7: notify \"d\": levels: \"loud\" is neither all nor a list of routine, urgent and flash\n"
     "n.conf:8: notify \"d\": anything: stands twice; the first is in n.conf:6\n"
     "n.conf:10: plugin \"p\": x: the environment variable NA_NOT_SET is not set; set it, or write "
     "${NA_NOT_SET:-default}\n"},
};

static void test_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) check_said(bad[i].text, bad[i].want);
}

/* The configuration with ten different mistakes, one a line or so: all are named, in order. */
static void test_ten(void **state) {
    (void)state;
    AUTOFREE char *got = NULL;
    struct config *c = read_text("colour = blue\n"      /* 1 unknown key */
                                 "contact = a@b.test\n" /* fine */
                                 "every = sometimes\n"  /* 3 wrong type */
                                 "parallel = 100000\n"  /* 4 out of range */
                                 "[feed one]\n"
                                 "url = ftp://files.example/\n" /* 6 scheme */
                                 "[feed two]\n"
                                 "url = https://two.example/\n"
                                 "url = https://two.example/2\n" /* 9 twice */
                                 "[feed two]\n"                  /* 10 section twice */
                                 "path = x\n"
                                 "[alert x]\n"       /* 12 no query */
                                 "feeds = oen\n"     /* 13 unknown feed */
                                 "notify = screne\n" /* 14 unknown notifier */
                                 "[weather z]\n"     /* 15 unknown section */
                                 "[notify screen]\n"
                                 "kind = terminal\n"
                                 "a line\n", /* 18 no key */
                                 CONFIG_CHECK, &got);
    static const unsigned lines[] = {1, 3, 4, 6, 9, 10, 12, 13, 14, 15, 18};
    const char *at = got;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char place[32];
        snprintf(place, sizeof place, "n.conf:%u: ", lines[i]);
        if (strncmp(at, place, strlen(place)) != 0)
            fail_msg("line %u is not named next, but %s", lines[i], at);
        at = strchr(at, '\n') + 1;
    }
    assert_string_equal(at, "");
    config_free(c);
}

static void test_values(void **state) {
    (void)state;
    AUTOFREE char *got = NULL;
    mkdir("n.conf.d", 0755);
    put("more.conf", "[feed more]\npath = more.xml\n", 0600);
    put("n.conf.d/x.conf", "max_every = 2h\n[feed drop]\npath = ~/x.xml\n", 0600);
    setenv("NA_USER", "desk$1", 1);
    struct config *c =
        read_text("contact = desk@newsroom.test\ninclude = m*.conf\nstate = st\nmax_item_age = none\n"
                  "[feed a]\nurl = https://a.example/${NA_USER}\nevery = 10m\ntags = x, y\ntags = z\n"
                  "user = ${NA_USER}\nheader = X-A: b, c\nheader = X-B: d\nfirst_run = all\nmax_size = 1MiB\n"
                  "[alert q]\nquery = ($$ OR ${NA_USER}) \\\n  #ICE\nlevel = Flash\nfeeds = tag:X, more\n"
                  "notify = ALL\n"
                  "[notify d]\nkind = desktop\nexpire = 10s\nrate = 5/m\n"
                  "[notify m]\nkind = Email\nserver = smtp://m.example:587\nfrom = A <a@b.test>\n"
                  "to = \"C, D\" <c@d.test>, e@f.test\nlevels = flash\nuser = u\noauth_token = tok\n"
                  "[plugin city]\nradius = 10\nenabled = no\n",
                  CONFIG_START, &got);
    assert_string_equal(got, "");
    AUTOFREE char *here = getcwd(NULL, 0), *more = xasprintf("%s/more.xml", here),
                  *st = xasprintf("%s/st", here);
    assert_string_equal(c->state, st);
    assert_int_equal(c->state_at.line, 3);
    assert_int_equal(c->n_files, 3);
    assert_int_equal(c->max_every, 2 * HOUR);
    assert_int_equal(c->max_item_age, AGE_NONE);
    /* Sections in the order in which they are read. */
    assert_int_equal(c->n_feeds, 3);
    assert_string_equal(c->feeds[0].name, "more");
    assert_string_equal(c->feeds[0].location, more);
    assert_int_equal(c->feeds[0].source, SOURCE_PATH);
    assert_int_equal(c->feeds[0].every, 0);
    assert_int_equal(c->feeds[0].max_every, 2 * HOUR);
    assert_string_equal(c->feeds[0].at.file, "more.conf");
    assert_string_equal(c->feeds[2].location, "/home/desk/x.xml");
    const struct config_feed *a = config_feed(c, "a");
    assert_ptr_equal(a, &c->feeds[1]);
    assert_string_equal(a->location, "https://a.example/desk$1");
    assert_int_equal(a->every, 10 * MINUTE);
    assert_int_equal(a->first_run, FIRST_RUN_ALL);
    assert_int_equal(a->max_item_age, AGE_NONE);
    assert_int_equal(a->max_size, 1 << 20);
    assert_int_equal(a->tags.n, 3);
    assert_string_equal(a->tags.list[2], "z");
    assert_int_equal(a->headers.n, 2);
    assert_string_equal(a->headers.list[0], "X-A: b, c");
    assert_string_equal(a->user, "desk$1");
    assert_true(a->enabled && a->obey_hints && !a->allow_private && !a->delta);
    const struct config_alert *q = config_alert(c, "q");
    assert_true(text_eqs(q->query, "($$ OR ${NA_USER}) #ICE"));
    assert_int_equal(q->query_at.line, 16);
    assert_int_equal(q->at.line, 15);
    assert_int_equal(q->level, LEVEL_FLASH);
    assert_int_equal(q->notify.n, 0);
    assert_true(q->group_story && !q->unconfirmed_hold && q->window == DAY && q->follow_up == HOUR &&
                q->sources == 1);
    assert_true(config_alert_wants_feed(q, a));
    assert_true(config_alert_wants_feed(q, config_feed(c, "more")));
    assert_false(config_alert_wants_feed(q, config_feed(c, "drop")));
    const struct config_notify *d = config_notify(c, "d"), *m = config_notify(c, "m");
    assert_int_equal(d->kind, NOTIFY_PLUGIN);
    assert_string_equal(d->kind_name, "desktop");
    assert_int_equal(d->max_age, HOUR);
    assert_true(d->rate_set && d->rate.count == 5 && d->rate.per_ms == MINUTE);
    assert_int_equal(d->options.n, 1);
    assert_int_equal(d->kind_at.line, 22);
    assert_string_equal(d->options.list[0].key, "expire");
    assert_int_equal(d->options.list[0].at.line, 23);
    assert_int_equal(m->kind, NOTIFY_EMAIL);
    assert_string_equal(m->kind_name, "email");
    assert_int_equal(m->to.n, 2);
    assert_string_equal(m->to.list[0], "\"C, D\" <c@d.test>");
    assert_int_equal(m->levels, 1u << LEVEL_FLASH);
    assert_true(m->token_is_oauth && !strcmp(m->token, "tok") && !m->rate_set && m->max_age == AGE_NONE);
    assert_int_equal(m->tls, MAIL_TLS_REQUIRED);
    assert_true(m->timeout == 20 * SECOND && m->retry_for == 48 * HOUR && m->in_flight == 1 &&
                m->excerpt == 280 && m->link);
    assert_false(c->plugins[0].enabled);
    assert_string_equal(c->plugins[0].options.list[0].value, "10");
    assert_null(config_feed(c, "nope"));
    config_free(c);
    unlink("n.conf.d/x.conf");
    unlink("more.conf");
}

#define HOOK "contact = desk@newsroom.test\n[notify h]\nkind = webhook\nurl = https://h.example/x\n"

static void test_secrets(void **state) {
    (void)state;
    AUTOFREE char *one = NULL, *two = NULL, *three = NULL, *four = NULL, *five = NULL;
    put("pass", "geheim \r\n\n", 0600);
    put("empty", "\n", 0600);
    put("sign", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\nwhsec_NDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n", 0600);
    struct config *c = read_text(HOOK "token_file = pass\nsecret_file = sign\n", CONFIG_START, &one);
    assert_string_equal(one, "");
    assert_string_equal(c->notifiers[0].token, "geheim");
    assert_int_equal(c->notifiers[0].secrets.n, 2);
    config_free(c);
    config_free(
        read_text(HOOK "token_file = gone\nsecret_file = pass\npassword_file = empty\n", CONFIG_START, &two));
    AUTOFREE char *here = getcwd(NULL, 0);
    AUTOFREE char *want =
        xasprintf("n.conf:5: notify \"h\": token_file: cannot read %s/gone: No such file or directory\n"
                  "n.conf:6: notify \"h\": secret_file: write whsec_ and base64 of 24 to 64 random bytes "
                  "(openssl rand -base64 32)\n"
                  "n.conf:7: notify \"h\": password_file: %s/empty is empty\n",
                  here, here);
    assert_string_equal(two, want);
    /* A credential is there in the service only: a check says so, a start refuses. */
    static const char credential[] = HOOK "password_credential = smtp\n";
    config_free(read_text(credential, CONFIG_CHECK, &three));
    assert_non_null(strstr(
        three, "n.conf:5: warning: notify \"h\": password_credential: not checked outside the service"));
    config_free(read_text(credential, CONFIG_START, &four));
    assert_int_equal(strncmp(four, "n.conf:5: notify \"h\": password_credential: ", 43), 0);
    mkdir("creds", 0700);
    put("creds/smtp", "pass word\n", 0400);
    setenv("CREDENTIALS_DIRECTORY", "creds", 1);
    c = read_text(credential, CONFIG_START, &five);
    assert_string_equal(five, "");
    assert_string_equal(c->notifiers[0].password, "pass word");
    config_free(c);
    check_said(HOOK "password_credential = ../pass\n",
               "n.conf:5: notify \"h\": password_credential: the name of a systemd credential, "
               "not a path\n");
    unsetenv("CREDENTIALS_DIRECTORY");
}

/* Each of these names a file that must be read at the start: what is wrong with it, and where it is named. */
static void test_files_named(void **state) {
    (void)state;
    static const struct {
        const char *key, *file, *why;
    } files[] = {
        {"body_file", "folder", "no regular file"},       {"body_file", "gone", "No such file or directory"},
        {"body_file", "large", "larger than 64 KiB"},     {"token_file", "folder", "not a regular file"},
        {"token_file", "large", "too long for a secret"},
    };
    static char large[LIMIT_CONFIG_BODY + 2];
    memset(large, 'a', sizeof large - 1);
    mkdir("folder", 0700);
    put("large", large, 0600);
    AUTOFREE char *here = getcwd(NULL, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        AUTOFREE char *text =
            xasprintf(HOOK "format = custom\n%s%s = %s\n",
                      strcmp(files[i].key, "body_file") ? "body = x\n" : "", files[i].key, files[i].file);
        AUTOFREE char *want = xasprintf("notify \"h\": %s: cannot read %s/%s: %s\n", files[i].key, here,
                                        files[i].file, files[i].why);
        AUTOFREE char *got = NULL;
        config_free(read_text(text, CONFIG_START, &got));
        if (!strstr(got, want)) fail_msg("%s\nwanted: %s", got, want);
    }
    put("body", "{\"text\": \"so\"}\n", 0600);
    AUTOFREE char *none = NULL;
    struct config *c = read_text(HOOK "format = custom\nbody_file = body\n", CONFIG_START, &none);
    assert_string_equal(none, "");
    assert_string_equal(c->notifiers[0].body, "{\"text\": \"so\"}\n");
    assert_int_equal(c->notifiers[0].body_at.line, 6);
    config_free(c);
    check_said(HOOK "format = custom\nbody = x\nbody_file = body\n",
               "n.conf:7: notify \"h\": body_file: body and body_file exclude each other\n");
}

static void test_readable(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool warns;
    } cases[] = {
        {TOP OUT FEED "password = x\n", true},
        {TOP OUT FEED "header = Authorization: Bearer x\n", true},
        {TOP OUT "[feed a]\nurl = https://u:p@a.example/\n", true},
        {HOOK, true},
        {HOOK "secret = whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n", true},
        {TOP OUT FEED "password = ${NA_USER}\n", false},
        {TOP OUT FEED "password_file = pass\n", false},
        {TOP OUT FEED "header = X-A: b\n", false},
    };
    setenv("NA_USER", "u", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned mode = 0600; mode <= 0644; mode += 044) {
            struct problems p = PROBLEMS_INIT;
            put("n.conf", cases[i].text, mode);
            config_free(config_read("n.conf", CONFIG_CHECK, &p));
            AUTOFREE char *got = said(&p);
            assert_int_equal(p.errors, 0);
            assert_int_equal(p.warnings, mode == 0644 && cases[i].warns);
            if (p.warnings) assert_non_null(strstr(got, "chmod 600 n.conf"));
            problems_clear(&p);
        }
}

static void test_state_only(void **state) {
    (void)state;
    AUTOFREE char *one = NULL, *two = NULL;
    struct config *c =
        read_text("nonsense\nevery = x\nstate = /var/lib/na\n[feed\nstate = no\n[feed a]\nstate = no\n",
                  CONFIG_STATE, &one);
    assert_string_equal(one, "");
    assert_string_equal(c->state, "/var/lib/na");
    AUTOFREE char *dir = config_state_dir(c);
    assert_string_equal(dir, "/var/lib/na");
    config_free(c);
    struct problems p = PROBLEMS_INIT;
    assert_null(config_read("gone.conf", CONFIG_STATE, &p));
    two = said(&p);
    assert_string_equal(two, "gone.conf: there is no such file; newsalertctl init writes one\n");
    problems_clear(&p);
}

static void test_folders(void **state) {
    (void)state;
    unsetenv("STATE_DIRECTORY");
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("NEWSALERTD_CONF");
    AUTOFREE char *home = config_state_dir(NULL), *own = config_default_file();
    assert_string_equal(home, "/home/desk/.local/state/newsalertd");
    if (access(NEWSALERT_SYSCONFDIR "/newsalertd/newsalertd.conf", F_OK) < 0)
        assert_string_equal(own, "/home/desk/.config/newsalertd/newsalertd.conf");
    setenv("XDG_STATE_HOME", "/xdg", 1);
    AUTOFREE char *xdg = config_state_dir(NULL);
    assert_string_equal(xdg, "/xdg/newsalertd");
    setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
    setenv("NEWSALERTD_CONF", "given.conf", 1);
    AUTOFREE char *given = config_state_dir(NULL), *conf = config_default_file();
    assert_string_equal(given, "/var/lib/a");
    assert_string_equal(conf, "given.conf");
    unsetenv("STATE_DIRECTORY");
    unsetenv("XDG_STATE_HOME");
    unsetenv("NEWSALERTD_CONF");
}

/* Two files may not both set a key, nor both have a section; both places are named. */
static void test_two_files(void **state) {
    (void)state;
    put("more.conf", "every = 5m\n[feed a]\npath = x\n", 0600);
    check_said("include = more.conf\nevery = 6m\ncontact = a@b.test\n[feed a]\npath = y\n" OUT,
               "n.conf:2: every: stands twice; the first is in more.conf:1\n"
               "n.conf:4: feed \"a\": stands twice; the first is in more.conf:2\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad),         cmocka_unit_test(test_ten),
        cmocka_unit_test(test_values),      cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_files_named), cmocka_unit_test(test_readable),
        cmocka_unit_test(test_state_only),  cmocka_unit_test(test_folders),
        cmocka_unit_test(test_two_files),
    };
    return cmocka_run_group_tests(tests, in_folder, clean);
}
