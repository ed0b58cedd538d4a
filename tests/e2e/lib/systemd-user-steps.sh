#!/bin/bash
# What tests/e2e/systemd-user looks at, from inside `systemd --user` (see systemd-user.sh). Each line on standard output
# is "PASS name" or "FAIL name: detail"; all steps are tried, so that one failure does not hide the next.
#   systemd-user-steps.sh main       the whole life of the service, from an empty home
#   systemd-user-steps.sh elsewhere  a home outside /home: fails plainly, and works with the drop-in
#   systemd-user-steps.sh sendmail   a setgid mail program: refused by the unit, and works with the drop-in
set -u
conf=$HOME/.config/newsalertd/newsalertd.conf

step() { # NAME COMMAND...: the command's output is the detail
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then echo "PASS $name"; else echo "FAIL $name: ${said//$'\n'/ | }"; fi
}
until_true() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
unit() { systemctl --user show newsalertd --property="$1" --value; }
journal() { journalctl --user-unit=newsalertd --no-pager -o cat; }
in_journal() { journal | grep -Fq -- "$1"; }

configure() { # the alert's query
    mkdir -p "${conf%/*}"
    printf '%s\n' 'contact = desk@newsroom.test' 'first_run = all' 'max_item_age = none' \
        '[feed gazette]' "path = ${conf%/*}/gazette.xml" 'every = 2s' \
        '[alert guard]' "query = $1" 'level = urgent' 'group = none' \
        '[notify desktop]' 'kind = desktop' >"$conf"
    chmod 600 "$conf"
}
publish() { # TITLE: the whole feed is this one item
    cat >"${conf%/*}/gazette.xml.new" <<END
<rss version="2.0"><channel><title>Invented Gazette</title><link>https://gazette.example/</link>
<item><title>$1</title><link>https://gazette.example/$RANDOM</link><guid>$1</guid>
<description>Ferries &amp; tugs.</description></item></channel></rss>
END
    mv "${conf%/*}/gazette.xml.new" "${conf%/*}/gazette.xml"
}

empty_home() { [ -z "$(ls -A)" ]; }
starts() { systemctl --user start newsalertd || { journal; return 1; }; }
is_active() { [ "$(unit ActiveState)/$(unit SubState)" = active/running ] || { unit ActiveState; journal; return 1; }; }
answers() { newsalertctl status --json | grep -q '"pid"'; }
state_is_there() { [ -s .local/state/newsalertd/newsalertd.db ] && [ "$(stat -c %a .local/state/newsalertd)" = 700 ] || { ls -laR .local; return 1; }; }
# What the unit's lines make of the process, seen in /proc.
is_confined() {
    local pid p
    pid=$(unit MainPID)
    for p in 'NoNewPrivs: 1' 'Seccomp: 2' 'CapBnd: 0000000000000000' 'CapEff: 0000000000000000'; do
        tr '\t' ' ' <"/proc/$pid/status" | grep -q "^$p" || { echo "no $p: $(grep -E 'NoNew|Secc|Cap' "/proc/$pid/status")"; return 1; }
    done
    [ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/self/ns/user)" ] || { echo "no user namespace of its own"; return 1; }
    [ "$(readlink "/proc/$pid/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] || { echo "no mount namespace of its own"; return 1; }
}
watchdog_is_set() { [ "$(unit WatchdogUSec)" = 1min ] || { unit WatchdogUSec; return 1; }; }
good_reload() { systemctl --user reload newsalertd && is_active; }
bad_reload_says_where() { # answers 2 and names the line
    local said code
    said=$(newsalertctl reload 2>&1); code=$?
    [ $code = 2 ] && grep -q "newsalertd.conf:8: " <<<"$said" || { echo "exit $code: $said"; return 1; }
}
bad_reload_fails() { ! systemctl --user reload newsalertd && is_active; }
where_is_in_journal() { in_journal "newsalertd.conf:8: " || { journal; return 1; }; }
same_process() { [ "$(unit MainPID)" = "$1" ] && answers; }
bad_start_fails() { ! systemctl --user restart newsalertd; }
comes_back() { until_true 30 is_active >/dev/null || { journal; return 1; }; }
stops() { systemctl --user stop newsalertd && [ "$(unit ActiveState)/$(unit Result)" = inactive/success ] || { unit Result; journal; return 1; }; }

# Of several servers that are installed the bus may take any.
choose_dunst() {
    mkdir -p .local/share/dbus-1/services
    printf '[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/usr/bin/dunst\nSystemdService=dunst.service\n' \
        >.local/share/dbus-1/services/notifications.service
    busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig
}
popped_up() { dunstctl history 2>/dev/null | grep -Fq "$1" || [ "$(dunstctl count displayed 2>/dev/null)" -gt 0 ]; }
pop_up() { until_true 15 popped_up 'National Guard' || { newsalertctl status; newsalertctl outbox; journal; return 1; }; }
opened() { [ -s "$HOME/opened" ]; }
opens() {
    dunstctl action 0
    until_true 15 opened || { journalctl --no-pager -n 30 -o cat; return 1; }
    grep -Eq '^https://gazette\.example/[0-9]+$' "$HOME/opened" || { cat "$HOME/opened"; return 1; }
}
opened_outside() { # of the sandbox: in a unit of its own
    grep -q 'newsalertd-open-.*\.service' "$HOME/opened.where" && grep -q '^NoNewPrivs:[[:space:]]0' "$HOME/opened.where" || { cat "$HOME/opened.where"; return 1; }
}

# What a mute held comes as one pop-up, which opens a page: written inside the sandbox, read outside of it.
lists() {
    local n page
    rm -f "$HOME/opened"
    dunstctl close-all
    newsalertctl mute guard 4s || return 1
    for n in 1 2 3; do
        publish "National Guard and ICE, report $n"
        newsalertctl poll && until_true 10 is_seen "report $n" || { newsalertctl feeds; return 1; }
    done
    until_true 20 popped_up '3 more since' || { newsalertctl outbox; journal; return 1; }
    sleep 1
    dunstctl action 0
    until_true 15 opened || { journalctl --no-pager -n 30 -o cat; return 1; }
    page=$(cat "$HOME/opened")
    [ "$(stat -c %a "$page")" = 600 ] && [ "$(grep -c '^<li><a href="https://gazette.example/' "$page")" = 3 ] || { ls -la "$page"; cat "$page"; return 1; }
}
is_seen() { newsalertctl alerts --json | grep -Fq "$1"; }
page_goes() { ! [ -e "$(cat "$HOME/opened")" ]; }
doctor_says() { newsalertctl doctor --json | grep '"check":"unit"' | grep -Fq "$1" || { newsalertctl doctor; return 1; }; }
enables() { systemctl --user enable newsalertd; doctor_says 'running, and enabled'; }

whole_life() {
    step "the home is empty" empty_home
    configure '"National Guard" AND ICE'
    publish "Weather: calm seas at Windmoor"
    [ -z "${DISPLAY:-}" ] || systemctl --user set-environment DISPLAY="$DISPLAY"
    step "it starts from an empty home" starts
    step "systemd calls it active (Type=notify)" is_active
    step "newsalertctl status answers" answers
    step "the state is under ~/.local/state, the user's alone" state_is_there
    step "the process is confined as the unit says" is_confined
    step "the watchdog is set" watchdog_is_set
    pid=$(unit MainPID)
    if [ -n "${DISPLAY:-}" ]; then
        choose_dunst
        publish "National Guard joins ICE at the harbour"
        step "the bus starts a notification server, and the pop-up comes" pop_up
        step "a click opens the address" opens
        step "the browser is started outside the sandbox" opened_outside
    fi
    step "doctor finds the service running, and not enabled" doctor_says 'systemctl --user enable newsalertd'
    step "doctor finds it enabled" enables
    if [ -n "${DISPLAY:-}" ]; then
        step "what was held opens a private page" lists
    fi
    configure '"National Guard" OR ICE'
    step "a good file reloads" good_reload
    configure '("National Guard" AND ICE'
    step "newsalertctl reload of a bad file answers 2 and says file:line" bad_reload_says_where
    step "systemctl reload of a bad file fails, the service stays active" bad_reload_fails
    step "the journal says file:line" where_is_in_journal
    step "the same process still answers" same_process "$pid"
    step "a start with a bad file fails" bad_start_fails
    configure '"National Guard" AND ICE'
    step "once mended, it starts by itself" comes_back
    step "it stops cleanly" stops
    step "doctor says that it does not run" doctor_says 'systemctl --user start newsalertd'
    if [ -n "${DISPLAY:-}" ]; then
        step "the page is gone" page_goes
    fi
}

fails_plainly() { ! systemctl --user start newsalertd && in_journal "cannot make the state folder" || { journal; return 1; }; }
with_drop_in() { # FILE
    mkdir -p .config/systemd/user/newsalertd.service.d
    cp "$WORKDIR/$1" .config/systemd/user/newsalertd.service.d/
    systemctl --user stop newsalertd
    systemctl --user daemon-reload && { systemctl --user reset-failed newsalertd || true; } && starts
}
elsewhere() {
    configure '"National Guard" AND ICE'
    publish "Weather: calm seas at Windmoor"
    step "a home outside /home: the start fails and says why" fails_plainly
    step "with the drop-in it starts" with_drop_in home-elsewhere.conf
    step "its state is there" state_is_there
    step "it stops" stops
}

row_says() { newsalertctl outbox --json | grep -Eq "$1"; }
row_comes_to() { until_true 20 row_says "$1" || { newsalertctl outbox --json; journal; return 1; }; }
sends_again() { newsalertctl retry mail; row_comes_to '"state": ?"sent"'; }
sendmail() {
    configure '"National Guard" AND ICE'
    sed -i '/^\[notify desktop/,$d' "$conf"
    printf '%s\n' '[notify mail]' 'kind = email' 'command = /usr/sbin/sendmail -i -t' 'from = alerts@newsroom.test' \
        'to = desk@newsroom.test' 'retry_first = 1s' 'timeout = 5s' >>"$conf"
    publish "National Guard joins ICE at the harbour"
    step "it starts" starts
    # postdrop itself tries for ever to write where it has no right to: `timeout` ends it.
    step "a mail program that is setgid is refused, and the message waits" row_comes_to '"error": ?"[^"]*Permission denied'
    step "with the drop-in it starts" with_drop_in allow-sendmail.conf
    step "the mail program takes the message" sends_again
    step "it stops" stops
}

case $1 in
sendmail) sendmail ;;
main) whole_life ;;
elsewhere) elsewhere ;;
esac
