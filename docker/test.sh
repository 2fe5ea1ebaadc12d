#!/usr/bin/env bash
# Builds the images with this program, and takes an order through the bot in one: no root, no capabilities, a read-only root.
#
#   docker/test.sh PROGRAM     as root, with buildah, runc, jq and mmdebstrap; needs no Docker and pulls no image
#
# The stage that compiles is replaced by a directory with the program, Debian's image by one from Debian's packages. Images ship a
# static program (docker/build-static); the libraries of another one are added for the test, and the size is not looked at.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."
. packaging/debian.sh
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$(mktemp -d "$target/tmp/image-XXXXXX")
chmod 755 "$work"
size_limit=$((12 * 1024 * 1024))

buildah() { command buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
runc() { command runc --root "$work/runc" "$@"; }
finish() {
    command runc --root "$work/runc" delete --force botctl 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

step "images"
mkdir -p "$work/debian" "$work/build/out"
ln "$(debian_archive "$target")" "$work/debian/debian.tar"
printf 'FROM scratch\nADD debian.tar /\n' > "$work/debian/Dockerfile"
buildah build --quiet --isolation chroot --tag localhost/debian "$work/debian" > /dev/null
strip -o "$work/build/out/botctl" "$program"
for image in bot postgres; do
    buildah build --quiet --isolation chroot --format docker --build-arg DEBIAN_IMAGE=localhost/debian \
        --build-context build="$work/build" --file docker/Dockerfile --target "$image" --tag "localhost/$image" . > "$work/build.log" 2>&1 ||
        { cat "$work/build.log"; fail "image $image"; }
done

step "what the images say"
for image in bot postgres; do
    buildah inspect --type image "localhost/$image" | jq --exit-status '.Docker.config |
        .User == "65532:65532" and .StopSignal == "SIGTERM" and .WorkingDir == "/data" and (.Volumes | has("/data"))
        and .Entrypoint == ["/usr/bin/botctl"] and .Cmd == ["serve", "--migrate"]
        and .Healthcheck.Test == ["CMD", "/usr/bin/botctl", "health"]
        and .Labels["org.opencontainers.image.licenses"] == "MIT OR Apache-2.0"' > /dev/null || fail "image $image"
done
container=$(buildah from localhost/postgres)
buildah run --isolation chroot "$container" -- sh -c 'pg_dump --version && pg_restore --version && psql --version' > /dev/null
buildah rm "$container" > /dev/null
container=$(buildah from localhost/bot)
ldd "$program" > "$work/libraries" 2>&1 || true
if grep --quiet "=>" "$work/libraries"; then
    grep --only-matching '/[^ ]*' "$work/libraries" | while read -r library; do buildah copy --quiet "$container" "$library" "$library"; done > /dev/null
else
    buildah push --quiet localhost/bot "oci:$work/pushed"
    size=$(du --bytes --summarize "$work/pushed" | cut -f1)
    echo "compressed: $size bytes"
    [ "$size" -le "$size_limit" ] || fail "the image is larger than $size_limit bytes"
fi
root=$(buildah mount "$container")
[ "$(stat -c '%u:%g %a' "$root/data")" = "65532:65532 700" ] || fail "/data does not belong to the bot"

step "an order, in the image"
mkdir "$work/bundle"
(cd "$work/bundle" && runc spec)
cat > "$work/runner" <<RUNNER
#!/usr/bin/env bash
# Runs the bot in a container with the variables of the environment, shows its log, and passes on the signal to stop.
set -euo pipefail
[ "\$*" = serve ]
world=\$(dirname "\$PWD")
chown -R 65532:65532 "\$world"
cd $work/bundle
jq --arg root "$root" --arg world "\$world" '
    .root = {path: \$root, readonly: true} | .hostname = "botctl"
    | .process += {terminal: false, user: {uid: 65532, gid: 65532}, cwd: "/data", args: ["/usr/bin/botctl", "serve", "--migrate"],
        noNewPrivileges: true, capabilities: {}}
    | .process.env = [\$ENV | to_entries[] | select(.key != "HOME") | "\(.key)=\(.value)"] + ["HOME=/data", "HTTP_LISTEN=127.0.0.1:19090"]
    # The sandbox listens on this machine.
    | .linux.namespaces |= map(select(.type != "network"))
    | .mounts += [{destination: \$world, type: "none", source: \$world, options: ["bind", "rw"]},
        {destination: "/data", type: "tmpfs", source: "tmpfs", options: ["mode=700", "uid=65532", "gid=65532"]}]' config.json > new.json
mv new.json config.json
touch $work/bot.log
runc --root $work/runc run --bundle $work/bundle botctl < /dev/null >> $work/bot.log 2>&1 &
bot=\$!
tail --lines +1 --follow --pid \$\$ $work/bot.log &
stop() {
    command runc --root $work/runc exec botctl /usr/bin/botctl health > $work/health.txt 2>&1 || true
    command runc --root $work/runc kill botctl TERM
    code=0
    wait \$bot || code=\$?
    kill %2
    exit \$code
}
trap stop TERM
# It ends by itself when it cannot start.
wait -n
kill %2
exit 1
RUNNER
chmod +x "$work/runner"
take_order "$work/runner" || fail "the order"
[ "$(cat "$work/health.txt")" = ready ] || { cat "$work/health.txt"; fail "the health check"; }
grep -iE 'permission|not permitted|read-only' "$work/bot.log" && fail "something was refused"
grep -q '"message":"serving"' "$work/bot.log" || fail "no log"
step "done"
