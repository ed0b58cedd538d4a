/* Programs: kind = command, which gets the json format on standard input and each fact as a NEWSALERT_
 * variable; and the mail program of kind = email, which gets a whole mail, with the line ends of files, and
 * reads its recipients there (-t). No shell; what a program prints is not kept, save its last line of
 * standard error when it fails. */
#include "deliver/render/template.h"
#include "deliver/sender.h"

#include "config/value.h"

#include <stdio.h>

#define OUTPUT_MAX    (1u << 20) /* nobody reads it; more than that is a program gone wrong */
#define MAIL_BYTES    (8u << 20)
#define VARIABLE_MAX  (64u << 10) /* the kernel takes 128 KiB each */
#define VARIABLES_MAX 32u

struct program {
    struct spawn *spawn;
    struct spawn_request request;
    char **words, **environment;
    enum answer_kind kind;
    struct mask mask;
    sender_done_fn *done;
    void *arg;
};

static void program_free(struct program *p) {
    spawn_environment_free(p->environment);
    free(p->words);
    mask_clear(&p->mask);
    free(p);
}

/* -- the variables ---- */
struct variables {
    char *list[VARIABLES_MAX];
    size_t n;
};

/* NEWSALERT_TITLE=…: a program may read them without knowing JSON. */
static void add_variable(void *arg, const char *name, struct text value) {
    struct variables *v = arg;
    struct buf line;
    if (v->n == VARIABLES_MAX) return;
    buf_init(&line, VARIABLE_MAX);
    buf_adds(&line, "NEWSALERT_");
    for (; *name; name++) buf_addc(&line, (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name));
    buf_addc(&line, '=');
    buf_addt(&line, value);
    if (line.failed)
        buf_clear(&line);
    else
        v->list[v->n++] = buf_steal(&line);
}

static char **environment_of(const struct render_ask *ask, const struct facts *f) {
    struct variables v = {.n = 0};
    template_each(ask, f, add_variable, &v);
    char **environment = spawn_environment((const char *const *)v.list, v.n);
    while (v.n) free(v.list[--v.n]);
    return environment;
}

/* -- the end ---- */
static struct text last_line(struct text t) {
    t = text_trim(t);
    const char *end = t.len ? memrchr(t.ptr, '\n', t.len) : NULL;
    return end ? (struct text){end + 1, (size_t)(t.ptr + t.len - end) - 1} : t;
}

static void on_end(void *arg, const struct spawn_result *r) {
    static const enum failure failures[] = {[SPAWN_SIGNALLED] = FAILURE_RESET,
                                            [SPAWN_TIMEOUT] = FAILURE_TIME_OUT,
                                            [SPAWN_TOO_MUCH] = FAILURE_ROW,
                                            [SPAWN_NO_MEMORY] = FAILURE_RESET};
    struct program *p = arg;
    struct answer a;
    char words[160];
    spawn_words(r, &p->request, words, sizeof words);
    if (r->end == SPAWN_EXITED)
        answer_say(&a, p->kind, r->code, "%s", r->code ? words : "exit code 0");
    else
        answer_say(&a, ANSWER_FAILURE, (int)failures[r->end], "%s", words);
    if (*words) answer_quote(&a, &p->mask, ": ", last_line(r->errors));
    mask_apply(&p->mask, a.what);
    sender_done_fn *done = p->done;
    void *done_arg = p->arg;
    program_free(p);
    done(done_arg, &a);
}

/* -- the start ---- */
static struct program *program_run(const struct sender_env *env, const struct render_ask *ask,
                                   enum answer_kind kind, char **environment, struct text input,
                                   sender_done_fn *done, void *arg, struct answer *ret) {
    const char *why = NULL;
    struct program *p = xcalloc(1, sizeof *p);
    *p = (struct program){.kind = kind, .environment = environment, .done = done, .arg = arg};
    mask_init(&p->mask, ask->notify);
    p->words = value_command(text_of(ask->notify->command));
    p->request = (struct spawn_request){.argv = p->words,
                                        .environment = environment,
                                        .input = input,
                                        .max_output = OUTPUT_MAX,
                                        .timeout = ask->notify->timeout};
    if ((p->spawn = spawn_start(env->spawns, &p->request, on_end, p, &why))) return p;
    answer_say(ret, ANSWER_FAILURE, FAILURE_SETUP, "%.200s cannot be started: %s",
               p->words[0] ? p->words[0] : "", why);
    program_free(p);
    return NULL;
}

void *program_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                    sender_done_fn *done, void *arg, struct answer *ret) {
    struct buf body;
    struct program *p = NULL;
    buf_init(&body, LIMIT_WEBHOOK_BODY);
    if (render_json(ask, f, &body) < 0)
        answer_say(ret, ANSWER_FAILURE, FAILURE_ROW, "the message is too large for a command");
    else
        p = program_run(env, ask, ANSWER_COMMAND, environment_of(ask, f), buf_text(&body), done, arg, ret);
    buf_clear(&body);
    return p;
}

void *sendmail_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                     sender_done_fn *done, void *arg, struct answer *ret) {
    struct buf mail, lines;
    struct program *p = NULL;
    buf_init(&mail, MAIL_BYTES);
    buf_init(&lines, MAIL_BYTES);
    int r = render_mail(ask, f, &mail);
    for (size_t i = 0; !r && i < mail.len; i++)
        if (mail.ptr[i] != '\r') buf_addc(&lines, mail.ptr[i]);
    if (r < 0 || lines.failed)
        answer_say(ret, ANSWER_FAILURE, FAILURE_ROW,
                   "from is no mail address, or the message is too large for a mail");
    else
        p = program_run(env, ask, ANSWER_SENDMAIL, spawn_environment(NULL, 0), buf_text(&lines), done, arg,
                        ret);
    buf_clear(&mail);
    buf_clear(&lines);
    return p;
}

void program_cancel(void *attempt) {
    struct program *p = attempt;
    spawn_cancel(p->spawn);
    program_free(p);
}
