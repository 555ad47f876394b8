# shellcheck shell=bash
# What the tests need of the system, and how it gets there. Sourced by tests/run.

# What is looked for (programs or paths, any of them will do), and the Debian package that brings it.
NEEDED=(
  "cc gcc"
  "/usr/include/stdlib.h libc6-dev"
  "flock util-linux"
  "/usr/lib/postgresql/*/bin/initdb|initdb postgresql"
  "/usr/lib/rabbitmq/bin/rabbitmq-server|/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server rabbitmq-server"
  "redis-server redis-server"
  "redis-cli redis-tools"
  "chromium|chromium-browser|google-chrome chromium"
  "chromedriver chromium-driver"
  "/usr/share/fonts/*/noto*/NotoSansCJK* fonts-noto-cjk"
  "bearerbox kannel"
  "/usr/lib/kannel/test/fakesmsc|fakesmsc kannel-extras"
  "dovecot dovecot-imapd"
  "/usr/lib/dovecot/imap dovecot-imapd"
  "openssl openssl"
  "tesseract tesseract-ocr"
  "/usr/share/tesseract-ocr/*/tessdata/chi_sim.traineddata tesseract-ocr-chi-sim"
  "/usr/share/tesseract-ocr/*/tessdata/chi_tra.traineddata tesseract-ocr-chi-tra"
  "pdftoppm poppler-utils"
  "zbarimg zbar-tools"
  "unshare util-linux"
  "wrk wrk"
  "python3 python3"
  "/usr/lib/python3*/ensurepip/__init__.py|$(python3 -c 'import ensurepip; print(ensurepip.__file__)' 2>/dev/null) python3-venv"
)

present() { # PROGRAM_OR_PATH...
  local what
  for what in "$@"; do
    command -v "$what" >/dev/null || compgen -G "$what" >/dev/null && return
  done
  return 1
}

missing_packages() {
  local entry any
  for entry in "${NEEDED[@]}"; do
    IFS='|' read -ra any <<<"${entry% *}"
    present "${any[@]}" || echo "${entry##* }"
  done
}

# Starts no server: Debian asks policy-rc.d before it does. One apt-get at a time, because
# the second would find its downloads cleaned away; a mirror may fail once or twice.
apt_install() {
  local policy=/usr/sbin/policy-rc.d ours='' tries done=1
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  fi
  for tries in 1 2 3; do
    DEBIAN_FRONTEND=noninteractive flock /var/lock/dengwen-apt sh -c 'apt-get update -q &&
      exec apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@"' apt "$@" && { done=0; break; }
    echo "installing failed, attempt $tries of 3" >&2
  done
  [ -z "$ours" ] || rm -f "$policy"
  return $done
}

install_missing() {
  local packages
  [ "$(uname -s)" = Linux ] || { echo "The tests need Linux." >&2; return 1; }
  command -v cargo >/dev/null || { echo "The tests need Rust 1.95 or newer (https://rustup.rs)." >&2; return 1; }
  mapfile -t packages < <(missing_packages)
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
    apt_install "${packages[@]}" || { echo "Could not install: ${packages[*]}" >&2; return 1; }
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} -gt 0 ] || return 0
    echo "Installed, but still not found: ${packages[*]}" >&2
    return 1
  fi
  echo "The tests need these Debian packages (or what your system calls them): ${packages[*]}" >&2
  echo "On Debian, as root: apt-get install --no-install-recommends ${packages[*]}" >&2
  return 1
}

# Jasmin is no Debian package: from PyPI into FOLDER, once. Where that cannot be done the rest goes on, and the
# test that needs it fails and says so.
install_jasmin() { # FOLDER
  local folder=$1
  [ -e "$folder/installed" ] && return
  echo "installing Jasmin from PyPI into $folder"
  rm -rf "$folder"
  if python3 -m venv "$folder" &&
    "$folder/bin/pip" install --quiet --no-input --disable-pip-version-check -r tests/servers/jasmin.txt; then
    : >"$folder/installed"
  else
    echo "Could not install Jasmin from PyPI; it needs Python 3.9 to 3.12." >&2
  fi
}
