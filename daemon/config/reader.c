#include "config/reader.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/include.h"

#include <ctype.h>
#include <stdlib.h>

struct reader {
    struct raw *raw;
    struct problems *problems;
    struct raw_file *file;
    char *at, *end;
    unsigned line;   /* the one that `at` stands in, from 1 */
    unsigned depth;  /* of includes; the main file has 0 */
    bool in_section; /* a [section] was seen in this file */
    bool broken;     /* its header cannot be read: its keys would be taken for another section's */
    bool in_memory;  /* includes are not followed */
};

void raw_init(struct raw *r) {
    *r = (struct raw){0};
}

void raw_clear(struct raw *r) {
    for (size_t i = 0; i < r->n_files; i++) {
        free(r->files[i]->name);
        free(r->files[i]->folder);
        free(r->files[i]->bytes);
        free(r->files[i]);
    }
    free(r->files);
    free(r->top.list);
    free(r->keys.list);
    free(r->sections);
    raw_init(r);
}

/* Is every byte part of a well-formed character (RFC 3629)? */
static bool is_utf8(const char *bytes, size_t len) {
    const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
    while (p < end) {
        if (*p < 0x80) {
            p++;
            continue;
        }
        size_t more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : 1;
        if (*p < 0xC2 || *p > 0xF4 || (size_t)(end - p) <= more) return false;
        if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) || (*p == 0xF0 && p[1] < 0x90) ||
            (*p == 0xF4 && p[1] > 0x8F))
            return false;
        for (size_t i = 1; i <= more; i++)
            if ((p[i] & 0xC0) != 0x80) return false;
        p += more + 1;
    }
    return true;
}

/* The next line of the file without its end. 0, or -1 at the end of the file. */
static int next_line(struct reader *rd, struct text *ret) {
    if (rd->at >= rd->end) return -1;
    char *stop = memchr(rd->at, '\n', (size_t)(rd->end - rd->at));
    size_t len = (size_t)((stop ? stop : rd->end) - rd->at);
    *ret = (struct text){rd->at, len};
    rd->at = stop ? stop + 1 : rd->end;
    rd->line++;
    if (len && ret->ptr[len - 1] == '\r') ret->len--;
    return 0;
}

static bool is_comment(struct text t) {
    t = text_trim(t);
    return !t.len || t.ptr[0] == '#' || t.ptr[0] == ';';
}

/* Joins the lines that a \ at the end asks for, in place: a joined line is never longer than its parts.
 * False: one of them was too long, and the whole is to be left out. */
static bool join_lines(struct reader *rd, struct text *line) {
    unsigned first = rd->line;
    char *start = (char *)line->ptr;
    bool fits = line->len <= LIMIT_CONFIG_LINE;
    while (line->len && line->ptr[line->len - 1] == '\\') {
        line->len--;
        while (line->len && text_is_space(line->ptr[line->len - 1])) line->len--;
        struct text more;
        if (next_line(rd, &more) < 0) break;
        fits = fits && more.len <= LIMIT_CONFIG_LINE;
        while (more.len && text_is_space(more.ptr[0])) more.ptr++, more.len--;
        start[line->len] = ' ';
        memmove(start + line->len + 1, more.ptr, more.len);
        line->len += 1 + more.len;
    }
    if (!fits)
        problem_error(rd->problems, rd->file->name, first, "a line of more than %u KiB; left out",
                      LIMIT_CONFIG_LINE >> 10);
    return fits;
}

static void make_small(struct text t) {
    for (char *c = (char *)t.ptr; c < t.ptr + t.len; c++) *c = (char)tolower((unsigned char)*c);
}

static void read_header(struct reader *rd, struct text line, unsigned at) {
    const char *close = memrchr(line.ptr, ']', line.len);
    rd->in_section = true;
    rd->broken = true;
    if (!close) {
        problem_error(rd->problems, rd->file->name, at,
                      "the ] of this section is missing: write [kind name]");
        return;
    }
    struct text in = text_trim((struct text){line.ptr + 1, (size_t)(close - line.ptr) - 1});
    if (close + 1 < line.ptr + line.len) {
        problem_error(rd->problems, rd->file->name, at,
                      "nothing may stand behind the ] of a section; a comment needs a line of its own");
        return;
    }
    size_t kind = 0;
    while (kind < in.len && !text_is_space(in.ptr[kind])) kind++;
    struct raw *r = rd->raw;
    GROW(r->sections, r->n_sections, r->cap_sections);
    r->sections[r->n_sections++] =
        (struct raw_section){.kind = {in.ptr, kind},
                             .name = text_trim((struct text){in.ptr + kind, in.len - kind}),
                             .file = rd->file,
                             .line = at,
                             .first = r->keys.n};
    make_small((struct text){in.ptr, kind});
    rd->broken = false;
}

static void read_file(struct raw *r, struct raw_file *file, unsigned depth, struct problems *problems);

static void read_include(struct reader *rd, struct text pattern, unsigned at) {
    if (rd->in_section) {
        problem_error(rd->problems, rd->file->name, at, "include must stand before the first [section]");
        return;
    }
    if (rd->in_memory) {
        problem_error(rd->problems, rd->file->name, at, "include needs a file; here is none");
        return;
    }
    if (rd->depth >= LIMIT_INCLUDE_DEPTH) {
        problem_error(rd->problems, rd->file->name, at, "more than %u includes one inside the other",
                      LIMIT_INCLUDE_DEPTH);
        return;
    }
    struct include_list found = {0};
    if (include_find(rd->file, pattern, at, &found, rd->problems) == 0)
        for (size_t i = 0; i < found.n; i++) {
            struct raw_file *f = include_open(rd->raw, found.list[i], rd->file, at, rd->problems);
            if (f) read_file(rd->raw, f, rd->depth + 1, rd->problems);
        }
    include_list_clear(&found);
}

static void read_key(struct reader *rd, struct text line, unsigned at) {
    const char *sign = memchr(line.ptr, '=', line.len);
    if (!sign) {
        problem_error(rd->problems, rd->file->name, at, "neither a [section] nor key = value");
        return;
    }
    struct text name = text_trim((struct text){line.ptr, (size_t)(sign - line.ptr)});
    struct text value = text_trim((struct text){sign + 1, (size_t)(line.ptr + line.len - sign) - 1});
    if (!name.len) {
        problem_error(rd->problems, rd->file->name, at, "the key before the = is missing");
        return;
    }
    make_small(name);
    if (text_eqs(name, "include")) {
        read_include(rd, value, at);
        return;
    }
    struct raw_keys *keys = rd->in_section ? &rd->raw->keys : &rd->raw->top;
    GROW(keys->list, keys->n, keys->cap);
    keys->list[keys->n++] = (struct raw_key){name, value, rd->file, at, NULL, false};
    if (rd->in_section) rd->raw->sections[rd->raw->n_sections - 1].n++;
}

static void read_lines(struct reader *rd) {
    struct text line;
    while (next_line(rd, &line) == 0) {
        unsigned at = rd->line;
        if (is_comment(line) || !join_lines(rd, &line)) continue;
        line = text_trim(line);
        if (!is_utf8(line.ptr, line.len))
            problem_error(rd->problems, rd->file->name, at, "not UTF-8; save the file as UTF-8");
        else if (line.len && line.ptr[0] == '[')
            read_header(rd, line, at);
        else if (line.len && !rd->broken)
            read_key(rd, line, at);
    }
}

static void read_bytes(struct reader *rd) {
    struct raw_file *f = rd->file;
    rd->at = f->bytes;
    rd->end = f->bytes + f->len;
    const char *nul = memchr(rd->at, '\0', f->len);
    if (nul) {
        unsigned line = 1;
        for (const char *c = rd->at; c < nul; c++) line += *c == '\n';
        problem_error(rd->problems, f->name, line,
                      "a NUL byte; save the file as UTF-8 (nothing of it was read)");
        return;
    }
    if (f->len >= 3 && !memcmp(rd->at, "\xEF\xBB\xBF", 3)) rd->at += 3;
    read_lines(rd);
}

static void read_file(struct raw *r, struct raw_file *file, unsigned depth, struct problems *problems) {
    struct reader rd = {.raw = r, .problems = problems, .file = file, .depth = depth};
    read_bytes(&rd);
}

int raw_read(struct raw *r, const char *file, struct problems *problems) {
    struct raw_file *f = include_open(r, file, NULL, 0, problems);
    if (!f) return -1;
    read_file(r, f, 0, problems);
    struct include_list found = {0};
    include_drop_ins(file, &found);
    for (size_t i = 0; i < found.n; i++)
        if ((f = include_open(r, found.list[i], NULL, 0, problems))) read_file(r, f, 1, problems);
    include_list_clear(&found);
    return 0;
}

void raw_read_bytes(struct raw *r, const char *file, struct text bytes, struct problems *problems) {
    struct raw_file *f = xcalloc(1, sizeof *f);
    *f = (struct raw_file){.name = xstrdup(file),
                           .folder = xstrdup("/"),
                           .bytes = xstrndup(bytes.ptr, bytes.len),
                           .len = bytes.len};
    GROW(r->files, r->n_files, r->cap_files);
    r->files[r->n_files++] = f;
    struct reader rd = {.raw = r, .problems = problems, .file = f, .in_memory = true};
    read_bytes(&rd);
}

/* One ${…} at `t`; returns how many bytes it takes, 0: never closed. */
static size_t expand_one(struct text t, struct buf *out, char **ret_why) {
    const char *close = memchr(t.ptr, '}', t.len);
    if (!close) {
        *ret_why = xstrdup("the } of ${…} is missing ($$ is a dollar sign)");
        return 0;
    }
    struct text in = {t.ptr + 2, (size_t)(close - t.ptr) - 2};
    size_t n = 0;
    while (n < in.len && (isalnum((unsigned char)in.ptr[n]) || in.ptr[n] == '_')) n++;
    struct text preset = {in.ptr + n, in.len - n};
    bool has_preset = text_starts(preset, TEXT(":-"));
    if (!n || isdigit((unsigned char)in.ptr[0]) || (preset.len && !has_preset)) {
        *ret_why =
            xasprintf("${%.*s}: write ${NAME} or ${NAME:-default} ($$ is a dollar sign)", TEXT_ARGS(in));
        return 0;
    }
    AUTOFREE char *name = xstrndup(in.ptr, n);
    const char *value = getenv(name);
    if (value && (*value || !has_preset)) {
        buf_adds(out, value);
    } else if (has_preset) {
        buf_add(out, preset.ptr + 2, preset.len - 2);
    } else {
        *ret_why =
            xasprintf("the environment variable %s is not set; set it, or write ${%s:-default}", name, name);
        return 0;
    }
    return (size_t)(close - t.ptr) + 1;
}

int raw_expand(struct text value, char **ret, char **ret_why) {
    struct buf out;
    buf_init(&out, LIMIT_CONFIG_VALUE);
    for (size_t i = 0; i < value.len;) {
        struct text rest = {value.ptr + i, value.len - i};
        size_t n = 1;
        if (text_starts(rest, TEXT("$$"))) {
            buf_addc(&out, '$');
            n = 2;
        } else if (text_starts(rest, TEXT("${"))) {
            n = expand_one(rest, &out, ret_why);
            if (!n) {
                buf_clear(&out);
                return -1;
            }
        } else {
            buf_addc(&out, rest.ptr[0]);
        }
        i += n;
    }
    if (out.failed) {
        *ret_why = xasprintf("more than %u KiB with its ${…} filled in", LIMIT_CONFIG_VALUE >> 10);
        buf_clear(&out);
        return -1;
    }
    *ret = buf_steal(&out);
    return 0;
}
