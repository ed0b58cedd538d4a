/* Standard output: a few lines, written at once. */
#include "deliver/sender.h"

#include "newsalert_plugin.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_WAIT_MS 40 /* for a reader that is behind; the loop may not stand still longer */

static struct terminal_look look_of(const struct config_notify *n) {
    bool tty = isatty(STDOUT_FILENO);
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    struct terminal_look look = {.color = n->color == TRI_YES, .width = (size_t)n->width};
    if (n->color == TRI_AUTO) look.color = tty && !(no_color && *no_color) && term && strcmp(term, "dumb");
    struct winsize size;
    if (!look.width && tty)
        look.width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
    return look;
}

/* 0, or -1 with errno. */
static int write_all(const char *ptr, size_t len) {
    while (len) {
        ssize_t n = write(STDOUT_FILENO, ptr, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
            if (poll(&p, 1, TERMINAL_WAIT_MS) > 0) continue;
            errno = EAGAIN;
        }
        if (n < 0) return -1;
        ptr += n, len -= (size_t)n;
    }
    return 0;
}

void *terminal_start(const struct sender_env *env, const struct render_ask *ask, const struct facts *f,
                     sender_done_fn *done, void *arg, struct answer *ret) {
    struct buf text;
    (void)env, (void)done, (void)arg;
    buf_init(&text, LIMIT_FIELD);
    if (render_terminal(ask, f, look_of(ask->notify), &text) < 0)
        answer_say(ret, ANSWER_FAILURE, FAILURE_ROW, "the message is too large for a terminal");
    else if (write_all(buf_str(&text), text.len) < 0)
        answer_say(ret, ANSWER_FAILURE, FAILURE_WRITE, "standard output: %s", strerror(errno));
    else
        answer_say(ret, ANSWER_PLUGIN, NA_SENT, "written");
    buf_clear(&text);
    return NULL;
}

void terminal_cancel(void *attempt) {
    (void)attempt; /* it ends in terminal_start, so there is nothing to cancel */
}
