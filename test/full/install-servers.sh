#!/bin/sh
# Installs what the full test level uses and package.json does not name: lighttpd and nginx (which
# the tests start themselves, on loopback), faketime, GNU parallel, LibreOffice Calc, and Azurite in a
# folder of its own, since it brings hundreds of packages. For Debian 12, as root; where a part cannot
# be had, says so and goes on: the tests that need it then say that they were skipped. Safe to run
# again.
set -u

cd "$(dirname "$0")"
servers="$PWD/.servers"
azurite=3.37.0

# Debian has WebDAV's PUT for lighttpd in a package of its own; nginx-light has it built in.
packages='lighttpd lighttpd-mod-webdav nginx-light faketime parallel libreoffice-calc'

# Debian starts a service when it is installed, unless this file forbids it. If there is one already,
# it is put back afterwards.
policy=/usr/sbin/policy-rc.d
saved=

forbid_services() {
  if [ -e "$policy" ]; then
    saved="$(mktemp)" && cp -p "$policy" "$saved" || return 1
  fi
  trap allow_services EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
}

allow_services() {
  trap - EXIT
  rm -f "$policy"
  if [ -n "$saved" ]; then
    cp -p "$saved" "$policy"
    rm -f "$saved"
  fi
}

# Not at the next boot either.
disable_services() {
  command -v systemctl >/dev/null || return 0
  for package in "$@"; do
    case $package in
    lighttpd) systemctl disable lighttpd >/dev/null 2>&1 ;;
    nginx-light) systemctl disable nginx >/dev/null 2>&1 ;;
    esac
  done
  return 0
}

installed() {
  dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "Skipped: there is no apt-get here, so these were not installed: $packages."
    return
  fi
  # What is there already, perhaps in use, is left alone.
  set --
  for package in $packages; do
    [ "$package" = libreoffice-calc ] && command -v soffice >/dev/null && continue
    installed "$package" || set -- "$@" "$package"
  done
  if [ $# -eq 0 ]; then
    echo "There already: $packages."
  elif [ "$(id -u)" -ne 0 ]; then
    echo "Skipped: installing these needs root: $*."
  elif ! forbid_services; then
    echo "Skipped: $policy could not be written, so the servers would have been started."
  else
    if apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; then
      disable_services "$@"
      echo "Installed: $*."
    else
      echo "Skipped: apt-get could not install $*."
    fi
    allow_services
  fi
}

install_azurite() {
  if ! command -v npm >/dev/null; then
    echo 'Skipped: there is no npm here, so Azurite was not installed.'
  elif [ -x "$servers/node_modules/.bin/azurite-blob" ] &&
    grep -q "\"version\": \"$azurite\"" "$servers/node_modules/azurite/package.json"; then
    echo "There already: azurite $azurite."
  elif ! mkdir -p "$servers" ||
    # Without a package.json of its own npm would take that of the repository.
    ! printf '{ "private": true }\n' >"$servers/package.json" ||
    ! npm install --prefix "$servers" --no-audit --no-fund --loglevel=error \
      --ignore-scripts --omit=optional "azurite@$azurite"; then
    echo "Skipped: npm could not install azurite $azurite."
  else
    echo "Installed: azurite $azurite in $servers."
  fi
}

install_packages
install_azurite
