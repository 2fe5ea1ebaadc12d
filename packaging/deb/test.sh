#!/usr/bin/env bash
# Installs the package in a Debian with a running systemd, takes an order through the bot under the restrictions of its service,
# upgrades, removes and purges it.
#
#   packaging/deb/test.sh PROGRAM     as root, with cargo-deb, mmdebstrap and systemd-nspawn (package systemd-container)
#
# The end-to-end test plays the users and Telegram; BOTCTL_TEST_RUNNER makes it start the service instead of the program.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
. packaging/debian.sh
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# Not in /tmp, wherever the build is: the service has one of its own.
case $target in
    /tmp/* | /var/tmp/*) work=$(mktemp -d /srv/botctl-test-XXXXXX) ;;
    *) work=$(mktemp -d "$target/tmp/deb-XXXXXX") ;;
esac
chmod 755 "$work"
root=$work/root
nspawn=

finish() {
    if [ -n "$nspawn" ]; then
        kill -KILL "$(leader)" "$nspawn" 2>/dev/null || true
        wait "$nspawn" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT

# The first process of the container.
leader() { pgrep --newest --parent "$nspawn"; }
inside() { nsenter --target "$(leader)" --all -- "$@"; }
# As the bot's user, in its directory, as the guide says.
as_bot() { inside setpriv --reuid botctl --regid botctl --clear-groups env -i -C /var/lib/botctl PATH=/usr/bin:/bin "$@"; }

step "package"
packaging/deb/build.sh "$program" "$work/botctl.deb" --fast

step "Debian"
archive=$(debian_archive "$target")
mkdir "$root"
tar -xf "$archive" -C "$root" --exclude './dev/*'
systemd-nspawn --quiet --directory "$root" --boot --register=no --keep-unit --console=pipe \
    --bind "$work" < /dev/null > "$work/console.log" 2>&1 &
nspawn=$!
until inside test -S /run/systemd/private 2>/dev/null; do
    kill -0 "$nspawn" || { cat "$work/console.log"; fail "the container does not start"; }
done
inside systemctl is-system-running --wait > /dev/null || true

step "install"
inside dpkg --install "$work/botctl.deb" > /dev/null
[ "$(inside stat -c '%U:%G %a' /var/lib/botctl /etc/botctl/botctl.env | tr '\n' ' ')" = \
    "botctl:botctl 700 botctl:botctl 600 " ] || fail "owners or modes"
[ "$(inside systemctl is-enabled botctl || true)" = disabled ] || fail "enabled before it has a token"
inside systemd-analyze verify --man=no botctl.service
as_bot botctl config check > "$work/check.txt" 2>&1 && fail "no token, and no problem"
grep -q BOT_TOKEN "$work/check.txt" || fail "config check reads no settings"
for file in /usr/share/man/man1/botctl.1.gz /usr/share/bash-completion/completions/botctl /usr/share/doc/botctl/copyright; do
    inside test -s "$file" || fail "$file is missing"
done

step "an order, under the restrictions of the service"
cat > "$work/runner" <<RUNNER
#!/usr/bin/env bash
# Starts the service with the variables of the environment, shows its log, and stops it when it is to stop itself.
set -euo pipefail
[ "\$*" = serve ]
world=\$(dirname "\$PWD")
env | grep -E '^(BOT_TOKEN|TELEGRAM_API_URL|DATABASE_URL|ADMIN_IDS|DISPATCHER_IDS|[A-Z_]+_LIMIT|LOG_[A-Z]+)=' > $root/etc/botctl/botctl.env
uid=\$(stat -c %u $root/etc/botctl/botctl.env)
chown -R "\$uid" "\$world"
mkdir -p $root/etc/systemd/system/botctl.service.d
cat > $root/etc/systemd/system/botctl.service.d/test.conf <<CONF
[Service]
ReadWritePaths=\$world
StandardOutput=append:$work/service.log
StandardError=append:$work/service.log
CONF
touch $work/service.log
inside() { nsenter --target $(leader) --all -- "\$@" < /dev/null > /dev/null 2>&1; }
inside systemctl daemon-reload
inside systemctl start botctl
# It ends with this process, however that ends.
tail --lines +1 --follow --pid \$\$ $work/service.log &
trap 'inside systemctl stop botctl; kill %1; ! inside systemctl is-failed botctl; exit' TERM
wait
RUNNER
chmod +x "$work/runner"
if ! take_order "$work/runner"; then
    inside journalctl --no-pager -n 40
    fail "the order"
fi
# What the filter of system calls or a read-only path refuses must not be missing silently.
grep -iE 'permission|not permitted|read-only' "$work/service.log" && fail "something was refused"

step "a killed service starts again, a stopped one ends in order"
# In its own directory, with a Telegram that does not answer. The test has left it without its database.
inside systemctl stop botctl
rm -r "$root/etc/systemd/system/botctl.service.d"
sed -i '/^DATABASE_URL=/d; s#^TELEGRAM_API_URL=.*#TELEGRAM_API_URL=http://127.0.0.1:1#' "$root/etc/botctl/botctl.env"
inside systemctl daemon-reload
inside systemctl start botctl
before=$(inside systemctl show --property MainPID --value botctl)
inside systemctl kill --signal KILL botctl
until [ "$(inside systemctl show --property ActiveState --value botctl)" = active ] &&
    [ "$(inside systemctl show --property MainPID --value botctl)" != "$before" ]; do
    [ "$SECONDS" -lt 600 ] || fail "the service does not start again"
done
inside systemctl stop botctl
[ "$(inside systemctl show --property Result --value botctl)" = success ] || fail "the service did not stop in order"

step "a printed unit, of a program and a directory in a home"
inside useradd --create-home repair
inside install -D -o repair /usr/bin/botctl "/home/repair/my bot/botctl"
inside sed -e '/^LOG_/d' /etc/botctl/botctl.env > "$root/home/repair/my bot/.env"
inside chown -R repair: "/home/repair/my bot"
inside env -C "/home/repair/my bot" ./botctl serve --print-unit > "$root/etc/systemd/system/printed.service"
inside systemctl daemon-reload
inside systemctl start printed || { inside journalctl --no-pager -n 20 -u printed; fail "the printed unit does not start"; }
[ "$(inside stat -c %U "/home/repair/my bot/bot_database.db")" = repair ] || fail "the printed unit does not write to its directory"
inside systemctl stop printed
inside rm /etc/systemd/system/printed.service
inside systemctl daemon-reload

step "a backup of the service's user, an upgrade"
as_bot botctl backup > /dev/null
inside dpkg --install "$work/botctl.deb" > /dev/null
[ "$(inside stat -c '%U %a' /etc/botctl/botctl.env)" = "botctl 600" ] || fail "the upgrade changed the settings' owner"
inside grep -q '^BOT_TOKEN=' /etc/botctl/botctl.env || fail "the upgrade lost the settings"

step "remove, purge"
inside dpkg --remove botctl > /dev/null
inside test ! -e /usr/bin/botctl -a -e /etc/botctl/botctl.env || fail "remove"
inside dpkg --purge botctl > "$work/purge.log" 2>&1
grep -q 'backups are kept' "$work/purge.log" || fail "purge does not say what it keeps"
inside test ! -e /etc/botctl -a ! -e /var/lib/botctl/logs -a -d /var/lib/botctl/backups || fail "purge"
left=$(inside find /etc /usr /var/lib -name '*botctl*' -not -path '/var/lib/botctl*')
[ -z "$left" ] || fail "left behind: $left"
step "done"
