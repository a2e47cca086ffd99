#!/bin/bash
# Brings the NTP programs of other people into a folder, from Debian's own packages.
#
#   peers.sh FOLDER [PEER...]
#
# Packages are fetched and unpacked, never installed: installed, they conflict with each other,
# and their maintainer scripts start daemons that steer the host's clock. Each peer gets
# FOLDER/<peer>/; libraries that the host lacks go to FOLDER/lib/. Debian's busybox has no ntpd,
# so that one is built from Debian's source. What is there is kept, so a second run needs no
# network. Exit 77 (skipped) when a peer cannot be had, 1 instead when ETALON_PEERS_REQUIRED is set.
set -euo pipefail

folder=${1:?usage: peers.sh FOLDER [PEER...]}
shift
peers=("$@")
[ ${#peers[@]} -gt 0 ] || peers=(chrony ntpsec python3-ntp ntpsec-ntpdig openntpd busybox)

unavailable() {
    echo "peers: $*" >&2
    [ ! -s "$stage/log" ] || tail -5 "$stage/log" >&2
    [ -z "${ETALON_PEERS_REQUIRED:-}" ] || exit 1
    exit 77
}

broken() {
    echo "peers: $*" >&2
    tail -5 "$stage/log" >&2
    exit 1
}

# fetch PACKAGE: the .deb into the staging folder; the package lists are renewed at most once.
updated=
fetch() {
    (cd "$stage" && apt-get -qq -o APT::Sandbox::User=root download "$1") >>"$stage/log" 2>&1 && return
    if [ -z "$updated" ] && [ "$(id -u)" = 0 ]; then
        updated=yes
        apt-get -qq update >>"$stage/log" 2>&1 || true
        fetch "$1"
        return
    fi
    unavailable "apt-get download $1 failed, so there is nobody to talk to"
}

# unpack PACKAGE: fetched, then moved into its place in one step.
unpack() {
    fetch "$1"
    rm -rf "$stage/tree" "${folder:?}/$1"
    dpkg -x "$stage/$1"_*.deb "$stage/tree"
    mv "$stage/tree" "$folder/$1"
    libraries "$stage/$1"_*.deb
}

# libraries DEB: every library it depends on that the host has not, and theirs in turn.
declare -A seen=()
libraries() {
    local name
    while read -r name; do
        case $name in lib[a-z0-9]*) ;; *) continue ;; esac
        [ -z "${seen[$name]:-}" ] || continue
        seen[$name]=yes
        dpkg-query -W -f '${Status}\n' "$name" 2>/dev/null | grep -q ' installed$' && continue
        fetch "$name"
        mkdir -p "$folder/lib" "$stage/$name"
        dpkg -x "$stage/$name"_*.deb "$stage/$name"
        find "$stage/$name" -name '*.so.*' -exec cp -P -t "$folder/lib" {} +
        libraries "$stage/$name"_*.deb
    done < <(dpkg-deb -f "$1" Depends Pre-Depends | sed 's/^[A-Za-z-]*: *//' | tr ',' '\n' |
        sed 's/|.*//; s/(.*//; s/:any//; s/ //g')
}

# source_of PACKAGE: its upstream tarball into the staging folder. The host's list of sources
# stays as it is: a list of our own asks the same mirrors for source packages.
source_of() {
    local apt=(apt-get -qq -o "Dir::Etc::SourceList=$stage/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$stage/lists" -o APT::Sandbox::User=root)
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg
    apt-get indextargets --format "deb-src [signed-by=$keys] \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
        'Created-By: Packages' 'Origin: Debian' | sort -u >"$stage/sources.list"
    mkdir -p "$stage/lists/partial"
    { "${apt[@]}" update && cd "$stage" && "${apt[@]}" --download-only source "$1"; } >>"$stage/log" 2>&1 ||
        unavailable "the source of $1 cannot be had"
    cd "$OLDPWD"
}

# build_busybox: only ntpd of it. Python unpacks, because bzip2 is often missing.
build_busybox() {
    local tool
    for tool in make gcc python3; do
        command -v $tool >/dev/null || unavailable "no $tool here to build busybox with"
    done
    source_of busybox
    mkdir "$stage/source"
    python3 -m tarfile -e "$stage"/busybox_*.orig.tar.* "$stage/source"
    (
        cd "$stage"/source/busybox-*
        make allnoconfig
        sed -i 's/^# \(CONFIG_NTPD\|CONFIG_FEATURE_IPV6\) is not set/\1=y/' .config
        yes '' | make oldconfig || true
        make -j2 busybox
    ) >>"$stage/log" 2>&1 || broken "busybox does not build"
    mkdir -p "$folder/busybox"
    cp "$stage"/source/busybox-*/busybox "$folder/busybox/"
}

# starts PEER PROGRAM ARGUMENT...: what is missing shows here and not in some test.
starts() {
    local peer=$1 program=$2
    shift 2
    LD_LIBRARY_PATH=$folder/lib PYTHONPATH=$folder/python3-ntp/usr/lib/python3/dist-packages \
        timeout 10 "$folder/$peer/$program" "$@" >>"$stage/log" 2>&1 || broken "$peer does not run"
}

get() {
    case $1 in busybox) build_busybox ;; *) unpack "$1" ;; esac
    case $1 in
        chrony) starts chrony usr/sbin/chronyd --version ;;
        ntpsec) starts ntpsec usr/sbin/ntpd --version ;;
        openntpd) starts openntpd usr/sbin/ntpd -n -f /dev/null ;;
        ntpsec-ntpdig) starts ntpsec-ntpdig usr/bin/ntpdig --version ;;
        busybox) starts busybox busybox ntpd --help ;;
        # Its module looks for the library beside itself before it asks the host.
        python3-ntp) cp "$folder"/python3-ntp/usr/lib/{*/ntp/libntpc.so,python3/dist-packages/ntp/} ;;
    esac
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
exec 9>"$folder/.lock"
flock 9
stage=$(mktemp -d "$folder/.stage.XXXXXX")
trap 'rm -rf "$stage"' EXIT
for tool in apt-get dpkg dpkg-deb dpkg-query; do
    command -v $tool >/dev/null || unavailable "no $tool here: peers come from Debian packages"
done

for peer in "${peers[@]}"; do
    [ -e "$folder/$peer/.complete" ] && continue
    get "$peer"
    touch "$folder/$peer/.complete"
done
echo "peers: ${peers[*]} in $folder"
