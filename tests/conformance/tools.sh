#!/usr/bin/env bash
# Installs the judges that are not ours: what `cargo test` needs to leave nothing out.
#
#   tests/conformance/tools.sh
#
# Debian-like systems. Installs only what is missing, so a second run takes a second:
#   - by the system's packages: a C compiler, curl, openssl, Chromium, fonts for Chinese and emoji, Python with
#     venv, Node with npm, a JDK, man, zsh, fish, systemd-analyze (of systemd, which need not run), Redis;
#   - into ${GLASSROOM_TOOLS:-${XDG_CACHE_HOME:-~/.cache}/glassroom-tools}: Python `websockets`,
#     Node `ws`, axe-core, and the reverse proxies Caddy and nginx. These are only unpacked: an installed package
#     would start a service on port 80.
# The Autobahn suite has a cache of its own, made by autobahn.sh when it first runs.
set -euo pipefail

# Fixed, so that a red run means that *we* changed.
websockets=17.4 ws=8.23.0 axe=4.14.1
tools=${GLASSROOM_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/glassroom-tools}

have() { command -v "$1" >/dev/null 2>&1; }

# The network of a CI machine hiccups: three tries for what downloads.
try() {
    local n
    for n in 1 2 3; do
        "$@" && return
        echo "tools.sh: try $n of 3 failed: $*" >&2
    done
    return 1
}

missing=()
have cc || missing+=(gcc libc6-dev)
have curl || missing+=(curl)
have openssl || missing+=(openssl)
[ -n "${CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome || missing+=(chromium)
[ -n "$(fc-list :lang=zh 2>/dev/null)" ] || missing+=(fontconfig fonts-noto-cjk)
[ -n "$(fc-list :lang=und-zsye 2>/dev/null)" ] || missing+=(fontconfig fonts-noto-color-emoji)
have python3 || missing+=(python3)
# Autobahn builds C extensions, and a system's Python keeps venv and headers apart.
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
python3 -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' \
    2>/dev/null || missing+=(python3-dev)
have node || missing+=(nodejs)
have npm || missing+=(npm)
have systemd-analyze || missing+=(systemd)
have man || missing+=(man-db)
have zsh || missing+=(zsh)
have fish || missing+=(fish)
have javac || missing+=(default-jdk-headless)
# Not `redis-server`, which would start a service. `redis-tools` has the same program as `redis-check-rdb`.
have redis-server || have valkey-server || have redis-check-rdb || missing+=(redis-tools)
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
if [ ${#missing[@]} -gt 0 ]; then
    echo "tools.sh: installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    try "${as_root[@]}" apt-get -qq update
    try "${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

mkdir -p "$tools"
if ! "$tools/venv/bin/python" -c "import websockets, sys; sys.exit(websockets.__version__ != '$websockets')" 2>/dev/null; then
    echo "tools.sh: installing Python websockets $websockets"
    python3 -m venv --clear "$tools/venv"
    try "$tools/venv/bin/python" -m pip install -q --disable-pip-version-check "websockets==$websockets"
fi

version_of() { node -p "require('$tools/node_modules/$1/package.json').version" 2>/dev/null || true; }
if [ "$(version_of ws)" != "$ws" ] || [ "$(version_of axe-core)" != "$axe" ]; then
    echo "tools.sh: installing Node ws $ws and axe-core $axe"
    try npm install --silent --no-audit --no-fund --no-save --prefix "$tools" "ws@$ws" "axe-core@$axe"
fi
if ! { have caddy || [ -x "$tools/proxies/usr/bin/caddy" ]; } || ! { have nginx || [ -x "$tools/proxies/usr/sbin/nginx" ]; }; then
    echo "tools.sh: unpacking Caddy and nginx"
    debs=$(mktemp -d)
    (cd "$debs" && { apt-get -qq download caddy nginx 2>/dev/null || { try "${as_root[@]}" apt-get -qq update && try apt-get -qq download caddy nginx; }; })
    for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$tools/proxies"; done
    rm -r "$debs"
fi
echo "tools.sh: everything is there ($tools)"
