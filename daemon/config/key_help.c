/* Help from the table: texts for newsalertctl, and newsalertd.conf(5) as scdoc source. */
#include "base/buf.h"
#include "base/mem.h"
#include "config/keys.h"

#include <jansson.h>
#include <stdlib.h>

#define HELP_MAX (1u << 20) /* far more than all rows together */

const char *config_key_preset(const struct config_key *row) {
    if (row->preset_help) return row->preset_help;
    if (row->preset) return row->preset;
    return row->flags & KEY_REQUIRED ? "must be set" : "none";
}

/* "duration or auto", "one of routine, urgent, flash". */
static void add_type(struct buf *out, const struct config_key *row) {
    bool choice = row->type == KEY_CHOICE || row->type == KEY_EITHER || (row->words && row->type == KEY_WORD);
    buf_adds(out, choice ? "one of" : key_type_name(row->type));
    for (const struct key_word *w = row->words; w && w->word; w++)
        buf_addf(out, "%s %s", choice ? w == row->words ? "" : "," : " or", w->word);
}

/* Which notifiers have the key: " (kind webhook)". */
static void add_kinds(struct buf *out, const struct config_key *row) {
    if (row->section != SECTION_NOTIFY || row->kinds == KIND_ALL) return;
    for (int k = 0; k < NOTIFY_PLUGIN; k++)
        if (row->kinds & KIND(k)) buf_addf(out, " (kind %s)", kind_names[k]);
}

static void add_place(struct buf *out, const struct config_key *row) {
    const struct key_section_row *s = &key_sections[row->section];
    if (row->section == SECTION_TOP)
        buf_adds(out, "top level");
    else
        buf_addf(out, "[%s%s]", s->kind, s->named ? " NAME" : "");
}

static void add_long(struct buf *out, const struct config_key *row) {
    buf_addf(out, "%s", row->name);
    if (key_type_is_secret(row->type)) buf_addf(out, ", %s_file, %s_credential", row->name, row->name);
    buf_adds(out, "\n  stands in  ");
    add_place(out, row);
    add_kinds(out, row);
    buf_adds(out, "\n  value      ");
    add_type(out, row);
    buf_addf(out, "\n  default    %s\n  %s\n", config_key_preset(row), row->help);
}

static void add_short(struct buf *out, const struct config_key *row) {
    struct buf type;
    buf_init(&type, HELP_MAX);
    add_type(&type, row);
    add_kinds(&type, row);
    buf_addf(out, "  %-16s %s; default %s\n", row->name, buf_str(&type), config_key_preset(row));
    buf_clear(&type);
}

static void add_section(struct buf *out, int section) {
    size_t n;
    const struct config_key *rows = config_keys(&n);
    const struct key_section_row *s = &key_sections[section];
    if (section == SECTION_TOP)
        buf_adds(out, "top level (before the first section)\n");
    else
        buf_addf(out, "[%s%s]\n", s->kind, s->named ? " NAME" : "");
    for (size_t i = 0; i < n; i++)
        if ((int)rows[i].section == section) add_short(out, &rows[i]);
}

/* What KEY means: "every", "feed.every" or "feed"; section -1: of each one. */
struct wanted {
    int section;
    struct text name; /* of the key; empty: the section as a whole */
    bool either;      /* no dot: a section's name may be a key's name as well */
};

static struct wanted wanted_of(const char *key) {
    const char *dot = strchr(key, '.');
    struct text first = {key, dot ? (size_t)(dot - key) : strlen(key)};
    if (dot) return (struct wanted){key_section_of(first), text_of(dot + 1), false};
    return (struct wanted){key_section_of(first), first, true};
}

static bool is_named(const struct config_key *row, const struct wanted *w) {
    enum key_form form;
    int kind = 0;
    if (!w->either && (int)row->section != w->section) return false;
    if (text_eq_nocase(w->name, text_of(row->name))) return true;
    while (row->kinds && !(row->kinds & KIND(kind))) kind++;
    return key_type_is_secret(row->type) &&
           key_find_form(row->section, w->name, (enum notify_kind)kind, &form) == row;
}

char *config_key_help(const char *key) {
    size_t n;
    const struct config_key *rows = config_keys(&n);
    struct wanted w = key ? wanted_of(key) : (struct wanted){.section = -1};
    struct buf out;
    buf_init(&out, HELP_MAX);
    for (size_t i = 0; key && i < n; i++) {
        if (!is_named(&rows[i], &w)) continue;
        if (out.len) buf_addc(&out, '\n');
        add_long(&out, &rows[i]);
    }
    for (int s = 0; s < N_KEY_SECTIONS; s++) {
        if (key && (!w.either || s != w.section)) continue;
        if (out.len) buf_addc(&out, '\n');
        add_section(&out, s);
    }
    if (out.len) return buf_steal(&out);
    buf_clear(&out);
    return NULL;
}

static json_t *key_json(const struct config_key *row) {
    struct buf type;
    buf_init(&type, HELP_MAX);
    add_type(&type, row);
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "section", key_sections[row->section].kind, "key", row->name,
                  "type", buf_str(&type), "default", config_key_preset(row), "help", row->help);
    buf_clear(&type);
    json_t *kinds = json_array();
    for (int k = 0; row->kinds && row->kinds != KIND_ALL && k < NOTIFY_PLUGIN; k++)
        if (row->kinds & KIND(k)) json_array_append_new(kinds, json_string(kind_names[k]));
    if (json_array_size(kinds)) json_object_set(j, "kinds", kinds);
    json_decref(kinds);
    return j;
}

int config_keys_json(const char *key, FILE *out) {
    size_t n, found = 0;
    const struct config_key *rows = config_keys(&n);
    struct wanted w = key ? wanted_of(key) : (struct wanted){.section = -1};
    for (size_t i = 0; i < n; i++) {
        bool whole_section = key && w.either && (int)rows[i].section == w.section;
        if (key && !whole_section && !is_named(&rows[i], &w)) continue;
        json_t *j = key_json(&rows[i]);
        json_dumpf(j, out, JSON_COMPACT);
        fputc('\n', out);
        json_decref(j);
        found++;
    }
    return found ? 0 : -1;
}

/* ---- the man page ---- */

/* scdoc takes * and _ for emphasis, and \ before either as itself. */
static void add_escaped(struct buf *out, const char *s) {
    for (; *s; s++) {
        if (strchr("*_\\#[]|`<>~", *s)) buf_addc(out, '\\');
        buf_addc(out, *s);
    }
}

static void man_key(struct buf *out, const struct config_key *row) {
    struct buf type;
    buf_init(&type, HELP_MAX);
    add_type(&type, row);
    buf_adds(out, "*");
    add_escaped(out, row->name);
    buf_adds(out, "*");
    if (key_type_is_secret(row->type)) {
        buf_adds(out, ", *");
        add_escaped(out, row->name);
        buf_adds(out, "\\_file*, *");
        add_escaped(out, row->name);
        buf_adds(out, "\\_credential*");
    }
    buf_adds(out, " = ");
    add_escaped(out, buf_str(&type));
    buf_adds(out, "\n\t");
    add_escaped(out, row->help);
    buf_adds(out, " Default: ");
    add_escaped(out, config_key_preset(row));
    buf_adds(out, ".\n\n");
    buf_clear(&type);
}

static void man_keys(struct buf *out, enum key_section section, unsigned kinds) {
    size_t n;
    const struct config_key *rows = config_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].section == section && rows[i].kinds == kinds) man_key(out, &rows[i]);
}

static void man_section(struct buf *out, enum key_section section) {
    const struct key_section_row *s = &key_sections[section];
    buf_addf(out, "# %s\n\n", s->title);
    if (section != SECTION_TOP) buf_addf(out, "*\\[%s%s\\]*\n\n", s->kind, s->named ? " NAME" : "");
    for (const char *c = s->help; *c; c++) {
        if (*c == '[' || *c == ']') buf_addc(out, '\\');
        buf_addc(out, *c);
    }
    buf_adds(out, "\n\n");
    man_keys(out, section, section == SECTION_NOTIFY ? KIND_ALL : 0);
    for (int k = 0; section == SECTION_NOTIFY && k < NOTIFY_PLUGIN; k++) {
        buf_addf(out, "## kind = %s\n\n", kind_names[k]);
        man_keys(out, section, KIND(k));
    }
}

static const char man_head[] =
    "newsalertd.conf(5)\n\n# NAME\n\nnewsalertd.conf - configuration of newsalertd\n\n"
    "# SYNOPSIS\n\n"
    "_$NEWSALERTD\\_CONF_, _$XDG\\_CONFIG\\_HOME/newsalertd/newsalertd.conf_ (~/.config), "
    "_/etc/newsalertd/newsalertd.conf_: the first that is there; or *-c* _FILE_. After it the drop-ins "
    "_FILE.d/\\*.conf_ are read, in the order of their names.\n\n"
    "# SYNTAX\n\n"
    "UTF-8, lines of up to 64 KiB. Empty lines, and lines whose first sign is # or ;, are skipped: there are "
    "no "
    "comments behind a value. *\\[kind name\\]* opens a section; spaces inside a name belong to it. Names "
    "hold no "
    "comma, \\] or control character, and are not none, all, log or status. Keys before the first section "
    "are the "
    "daemon's.\n\n"
    "*key = value*: both trimmed, the case of keys does not matter, indentation is free. A \\\\ at a line's "
    "end "
    "joins the next line with one space, whatever that starts with. A list takes values parted by commas, "
    "and may "
    "be repeated: it appends. In *to*, *cc* and *bcc* a comma inside \"…\" does not part. Any other key "
    "twice, or a "
    "section twice, is an error. An empty value is an error except for texts.\n\n"
    "*${ENV}* and *${ENV:-default}* are filled in, *$$* is a dollar sign; not in *query* and *body*. A "
    "command is "
    "split at spaces; '…' and \"…\" keep spaces; there is no shell. A relative path starts in the folder of "
    "the file "
    "in which it stands, ~/ in your home.\n\n"
    "A _duration_ is a sum such as 90s, 200ms, 5m, 2h, 1d, 1w, 1h30m; a _rate_ is N/UNIT or N/DURATION (5/s, "
    "10/1h) "
    "or none; a _size_ is bytes, KiB or MiB; yes and no may be written true and false, on and off.\n\n"
    "*newsalertd --check-config* reads everything a start would read, and names all that is wrong, with file "
    "and "
    "line.\n\n";

static const char man_formats[] =
    "# WEBHOOK FORMATS\n\n"
    "Text from feeds is put where a service takes it as plain, or is escaped: no headline calls anybody, and "
    "none begins markup. An attempt counts as sent when the service's own sign of success comes back.\n\n";
static const char man_programs[] =
    "In a *body*, *${NAME}* stands for a fact, escaped for the content type, *${NAME|ESCAPE}* for the same "
    "by "
    "another escape, *${if NAME}*…*${end}* stands only where there is that fact, and *$$* is a dollar sign. "
    "Names: title, text, url, byline, source, alert, level, kind, feed, author, published, fired, key, host. "
    "Escapes: json (without the quotes), html, xml, url, md, slack, plain.\n\n"
    "# PROGRAMS\n\n"
    "A notifier of *kind = command* gets the body of format json on standard input, and the names above as "
    "*NEWSALERT\\_TITLE* and so on; of the daemon's environment only PATH, HOME, USER, LOGNAME, LANG, "
    "LC\\_\\*, "
    "TZ and TMPDIR. Exit code 0 is sent, 75 is tried again, any other is given up, with the last line of its "
    "standard error. After *timeout* it is stopped with all that it started, and tried again. The same "
    "NEWSALERT\\_KEY twice is the same message.\n\n"
    "A mail program (*command* of *kind = email*) gets one mail for all recipients, who stand in its header: "
    "with *-t* it reads them there. 0 is sent, 75 and codes outside of 64 to 78 are tried again, the others "
    "are given up. One that needs setuid or setgid, or calls such a program as Postfix's does, cannot work "
    "under the systemd unit without the drop-in allow-sendmail.conf; *server = smtp://localhost:25* with "
    "*tls = none* needs none.\n\n";

static void add_man_formats(struct buf *out) {
    buf_adds(out, man_formats);
    for (const struct format_row *f = key_formats; f->name; f++)
        buf_addf(out, "*%s*\n\t%s\n\n", f->name, f->help);
    buf_adds(out, man_programs);
}

static const char man_tail[] =
    "# SECRETS\n\n"
    "A secret X may also be given as *X\\_file*, a path, or as *X\\_credential*, the name of a systemd "
    "credential "
    "(see *LoadCredential=* in systemd.exec(5)); only one of the three. Line ends behind the secret do not "
    "count. "
    "Outside the service credentials cannot be checked; *newsalertd --check-config* says so, a start "
    "refuses. Secrets "
    "never come into log, status or messages. A file that holds one and is readable by others gets a "
    "warning: "
    "*chmod 600*.\n\n"
    "# EXAMPLES\n\n"
    "```\n"
    "contact = https://newsroom.example/contact\n"
    "include = feeds.d/*.conf\n"
    "\n"
    "[feed radio]\n"
    "url     = https://feeds.npr.org/1001/rss.xml\n"
    "tags    = us, radio\n"
    "\n"
    "[alert guard]\n"
    "query   = (\"National Guard\" OR ICE) NOT sports\n"
    "feeds   = radio, tag:local\n"
    "notify  = screen, mail\n"
    "level   = flash\n"
    "\n"
    "[notify screen]\n"
    "kind    = desktop\n"
    "\n"
    "[notify mail]\n"
    "kind    = email\n"
    "server  = smtp://mail.newsroom.example:587\n"
    "user    = desk\n"
    "password_credential = smtp\n"
    "from    = alerts@newsroom.example\n"
    "to      = desk@newsroom.example\n"
    "```\n\n"
    "# SEE ALSO\n\n"
    "*newsalertd*(1), *newsalertctl*(1), *newsalert-query*(7), *newsalert-plugin*(7)\n";

void config_keys_man(FILE *out) {
    struct buf text;
    buf_init(&text, HELP_MAX);
    buf_adds(&text, man_head);
    for (int s = 0; s < N_KEY_SECTIONS; s++) man_section(&text, (enum key_section)s);
    add_man_formats(&text);
    buf_adds(&text, man_tail);
    fputs(buf_str(&text), out);
    buf_clear(&text);
}
