#!/usr/bin/env bash
# Makes the Debian package of a program that is built already.
#
#   cargo build --locked --profile dist --features postgres-tls
#   packaging/deb/build.sh target/dist/botctl botctl.deb
#
# Needs cargo-deb (`cargo install --locked cargo-deb`) and dpkg-dev.
set -euo pipefail
program=$(realpath "$1")
package=$(realpath -m "$2")
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# cargo-deb takes the program from a release folder of Cargo's.
install -D "$program" "$work/release/botctl"
strip --strip-unneeded "$work/release/botctl"
CARGO_TARGET_DIR=$work cargo deb --quiet --locked --no-build --no-strip --output "$package" "${@:3}"
