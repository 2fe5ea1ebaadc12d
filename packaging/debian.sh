# shellcheck shell=bash disable=SC2154
# Sourced by the tests of the package and of the image, which have set `work` to a directory.

step() { printf -- '-- %s (%d s)\n' "$1" "$SECONDS"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }

# Makes an archive of a small Debian with systemd, unless there is one, and prints its path. It is the Debian of this machine, whose C
# library the program was built for; on another system a new one.
debian_archive() {
    local suite archive
    suite=$(. /etc/os-release && if [ "$ID" = debian ]; then echo "$VERSION_CODENAME"; else echo trixie; fi)
    archive=$1/debian-$suite
    if [ ! -e "$archive.tar" ]; then
        mmdebstrap --quiet --variant=minbase --include=adduser,systemd,systemd-sysv "$suite" "$archive.new.tar" >&2
        mv "$archive.new.tar" "$archive.tar"
    fi
    printf '%s\n' "$archive.tar"
}

# Runs the end-to-end test that takes an order from its creation to the payment, with this program in botctl's place.
take_order() {
    local test=order_lifecycle::order_goes_from_creation_to_payment::backend_1_Backend__Sqlite
    mkdir "$work/world"
    TMPDIR=$work/world BOTCTL_TEST_RUNNER=$1 \
        cargo test --quiet --locked --test e2e -- --exact "$test" > "$work/test.log" 2>&1 || { cat "$work/test.log"; return 1; }
    grep -q ' 1 passed' "$work/test.log" || fail "there is no test $test"
}
