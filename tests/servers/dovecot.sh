# shellcheck shell=bash
# A private Dovecot: IMAP over TLS, every account with the password `secret`.

dovecot_ports() { echo "PORT=$(free_port)"; }

# Its own small configuration, so that the certificate is no authority: clients refuse one that is both.
dovecot_make() {
  command -v dovecot >/dev/null || die "Dovecot is not installed"
  cat >"$1/certificate.conf" <<CONF
[req]
distinguished_name = name
x509_extensions = server
prompt = no
[name]
CN = 127.0.0.1
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1
CONF
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -config "$1/certificate.conf" \
    -keyout "$1/key.pem" -out "$1/cert.pem" 2>>"$1/log"
}

# As root it must read mail as somebody else; as a plain user it can only be that one.
dovecot_launch() {
  local user group
  if [ "$(id -u)" = 0 ]; then user=nobody group=nogroup; else user=$(id -un) group=$(id -gn); fi
  mkdir -p "$1/run" "$1/mail" && chmod 755 "$1" "$1/run"
  [ "$(id -u)" != 0 ] || chown "$user:$group" "$1/mail"
  cat >"$1/dovecot.conf" <<CONF
protocols = imap
listen = 127.0.0.1
base_dir = $1/run
state_dir = $1/run
log_path = /dev/stderr
ssl = required
ssl_cert = <$1/cert.pem
ssl_key = <$1/key.pem
default_internal_user = $user
default_internal_group = $group
default_login_user = $user
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
mail_home = $1/mail/%u
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=$user gid=$group
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = $(value "$1/ports" PORT)
    ssl = yes
  }
}
CONF
  launch server "$1" dovecot -F -c "$1/dovecot.conf"
}

dovecot_ready() {
  echo 'a logout' | openssl s_client -quiet -connect "127.0.0.1:$(value "$1/ports" PORT)" 2>/dev/null | grep -q '^\* OK'
}
dovecot_stop() { end TERM "$1/server.pid" 15; }
dovecot_kill() { end KILL "$1/server.pid" 10; }
dovecot_env() {
  echo "DOVECOT=imaps://127.0.0.1:$(value "$1/ports" PORT)/"
  echo "DOVECOT_CERTIFICATE=$1/cert.pem"
}
