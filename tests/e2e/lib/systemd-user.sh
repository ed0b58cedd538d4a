#!/bin/bash
# Runs a script under a real `systemd --user` with a real journal, on a machine that systemd did not boot, and without
# changing that machine: all happens in private mount, pid and cgroup namespaces.
#
#   systemd-user.sh WORKDIR SCRIPT [ARG...]          needs root; exit status is the script's (125: the harness failed)
#
#   WORKDIR/usr-local   becomes /usr/local inside (root's, as after `make install`); made when it is not there
#   WORKDIR/etc-postfix, WORKDIR/spool-postfix   if there, become /etc/postfix and /var/spool/postfix
#   WORKDIR/skeleton    if there, its content is copied into the user's home, which else is empty
#   inside              user `reader`, uid 1600, home /home/reader (or $READER_HOME), a session bus, systemctl --user,
#                       journalctl; WORKDIR is at $WORKDIR
#   afterwards          WORKDIR/journal.txt, WORKDIR/manager.log
# Why it looks as it does:
#   - systemd --user ends without a word unless /run/systemd/system exists; its complaints go to /dev/console;
#   - mount options with PrivateUsers= need /run/systemd/unit-root, which PID 1 would have made;
#   - it needs a cgroup2 subtree of its own; where v1 controllers are mounted they must vanish from view;
#   - units are attributed in the journal only below user.slice/user-UID.slice/user@UID.service;
#   - dbus-daemon wants a passwd entry for its user; /tmp becomes private to units, so no home may lie there.
# Not enforced here (the cgroup2 tree beside v1 has no controllers): MemoryMax=, TasksMax=.
set -euo pipefail
uid=1600 name=reader
home=${READER_HOME:-/home/$name}

wait_for() { # SECONDS COMMAND...
    local n=$(($1 * 20)); shift
    while ! "$@" >/dev/null 2>&1; do n=$((n - 1)); [ $n -gt 0 ] || return 1; sleep 0.05; done
}
fail() { echo "systemd-user.sh: $*" >&2; exit 125; }

outside() { # the host's side: a cgroup of our own, and the namespaces
    [ "$(id -u)" = 0 ] || fail "needs root"
    work=$(mkdir -p "$1" && cd "$1" && pwd) script=$(readlink -f "$2"); shift 2
    mkdir -p "$work/usr-local" "$work/home"
    chmod 755 "$work" "$work/usr-local"
    cp "$0" "$work/harness" && cp "$script" "$work/script" # the user inside may not see where they come from
    chmod 755 "$work/harness" "$work/script"
    tree=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    if [ -z "$tree" ]; then
        tree=$work/cgroup2; mkdir -p "$tree"; mount -t cgroup2 cgroup2 "$tree"
    fi
    before=$(awk -F: '$1 == 0 { print $3 }' /proc/self/cgroup)
    mine=$tree/newsalert-test-$$
    mkdir "$mine" || fail "cannot make a control group under $tree"
    echo $$ >"$mine/cgroup.procs"
    status=0
    SYSTEMD_USER_STAGE=inside unshare --cgroup --mount --pid --fork --mount-proc --kill-child=SIGKILL \
        bash "$work/harness" "$work" "$@" || status=$?
    echo $$ >"$tree$before/cgroup.procs"
    wait_for 5 sh -c "[ -z \"\$(find $mine -name cgroup.procs -exec cat {} + 2>/dev/null)\" ]" || true
    find "$mine" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ "$tree" != "$work/cgroup2" ] || umount -l "$tree"
    exit $status
}

inside() { # root in the namespaces: what PID 1, logind and the journal would have prepared
    work=$1; shift
    run=/run/user/$uid groups=/sys/fs/cgroup
    mount --make-rprivate /
    mount --bind "$work/usr-local" /usr/local
    umount -R -l /run 2>/dev/null || true
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir /run/work && mount --bind "$work" /run/work
    umount -R -l $groups 2>/dev/null || true
    mount -t cgroup2 cgroup2 $groups
    mkdir -p /run/systemd/{system,unit-root,inaccessible} /run/credentials /run/log/journal "$run"
    chgrp systemd-journal /run/log/journal && chmod 2755 /run/log/journal
    cp /etc/passwd "$work/passwd" && echo "$name:x:$uid:$uid::$home:/bin/sh" >>"$work/passwd"
    cp /etc/group "$work/group" && echo "$name:x:$uid:" >>"$work/group"
    mount --bind "$work/passwd" /etc/passwd
    mount --bind "$work/group" /etc/group
    top=${home#/}
    mount -t tmpfs -o mode=755 tmpfs "/${top%%/*}" # so that the machine's own stays as it is
    mkdir -p "$home" && mount --bind "$work/home" "$home"
    [ ! -d "$work/skeleton" ] || cp -a "$work/skeleton/." "$home/"
    for dir in etc spool; do
        target=/etc/postfix; [ $dir = etc ] || target=/var/spool/postfix
        [ ! -d "$work/$dir-postfix" ] || mount --bind "$work/$dir-postfix" $target
    done
    : >"$work/manager.log" && mount --bind "$work/manager.log" /dev/console

    service=$groups/user.slice/user-$uid.slice/user@$uid.service
    mkdir -p $groups/system.slice/systemd-journald.service "$service/init.scope"
    echo $$ >$groups/system.slice/systemd-journald.service/cgroup.procs
    /lib/systemd/systemd-journald >"$work/journald.log" 2>&1 </dev/null &
    journald=$!
    wait_for 10 test -S /run/systemd/journal/stdout || fail "no journal: see $work/journald.log"
    echo $$ >"$service/init.scope/cgroup.procs"
    chown -R $uid:$uid "$service" "$home" "$run"
    chmod 700 "$run" "$home"
    status=0
    env -i PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$home" USER=$name LOGNAME=$name SHELL=/bin/sh \
        XDG_RUNTIME_DIR=$run WORKDIR=/run/work SYSTEMD_USER_STAGE=user ${DISPLAY:+DISPLAY="$DISPLAY"} \
        setpriv --reuid=$uid --regid=$uid --groups "$(getent group systemd-journal | cut -d: -f3)" \
        bash /run/work/harness "$@" || status=$?
    journalctl --no-pager -o short 2>/dev/null | grep -v ' kernel: ' >"$work/journal.txt" || true
    kill $journald
    exit $status
}

user() { # the user in the namespaces: the manager, then the script
    cd "$HOME"; unset SYSTEMD_USER_STAGE
    /lib/systemd/systemd --user --log-target=journal --show-status=0 &
    manager=$!
    up() { systemctl --user is-system-running | grep -Eq 'running|degraded'; }
    wait_for 30 up || fail "systemd --user does not come up: see manager.log, journal.txt"
    export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
    status=0
    "$WORKDIR/script" "$@" || status=$?
    systemctl --user exit
    wait $manager || true
    exit $status
}

case ${SYSTEMD_USER_STAGE:-} in
'') outside "$@" ;;
*) "$SYSTEMD_USER_STAGE" "$@" ;;
esac
