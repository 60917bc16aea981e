#!/bin/bash
# setup.sh [LIST]: sees to it that the Debian packages of the list, packages.txt by default, are there: installs what is missing where apt-get and root are, otherwise
# prints what is missing and fails.
cd "$(dirname "$0")/.." || exit 1
missing=()
while read -r package; do
    [[ -z $package || $package == \#* ]] && continue
    dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done <"${1:-packages.txt}"
if ! command -v dpkg-query >/dev/null; then
    echo "No dpkg here. Weft needs what these Debian 12 packages contain:" "${missing[@]}"
    exit 0
fi
[[ ${#missing[@]} -eq 0 ]] && exit 0
if command -v apt-get >/dev/null && [[ $(id -u) -eq 0 ]]; then
    echo "Installing" "${missing[@]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null ||
        { apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null; } && exit 0
fi
echo "Missing Debian packages; as root: apt-get install" "${missing[@]}" >&2
exit 1
