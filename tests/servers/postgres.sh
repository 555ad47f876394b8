# shellcheck shell=bash
# A private PostgreSQL. Durable as in production: fsync stays on, or an outage test shows nothing.

# PostgreSQL refuses to run as root: root hands it to the user its package made.
if [ "$(id -u)" = 0 ]; then
  AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/)
  own() { chown postgres "$@"; }
else
  AS_POSTGRES=()
  own() { :; }
fi

postgres_bin() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV); do
    [ -x "$dir/initdb" ] && { echo "$dir"; return; }
  done
  dir=$(command -v initdb) && dirname "$dir"
}

postgres_ports() { echo "PORT=$(free_port)"; }

# The database lies in DIR, unless root works below a directory that the user `postgres`
# may not enter (/root, say): then under /tmp, with a link in DIR.
postgres_make() {
  local dir=$1 home=$1 bin
  bin=$(postgres_bin) || die "PostgreSQL is not installed"
  "${AS_POSTGRES[@]}" test -x "$dir" || home=$(mktemp -d "${TMPDIR:-/tmp}/dengwen-postgres.XXXXXX")
  mkdir "$home/data" && own "$home" "$home/data"
  [ "$home" = "$dir" ] || ln -s "$home/data" "$dir/data"
  cd / && "${AS_POSTGRES[@]}" "$bin/initdb" -D "$home/data" -U tip --auth=trust -E UTF8 --locale=C.UTF-8 -k >"$dir/log" 2>&1 &&
    echo "include 'dengwen.conf'" >>"$home/data/postgresql.conf"
}

postgres_launch() {
  local dir=$1 data
  data=$(readlink -f "$dir/data") && cd / || return
  cat >"$data/dengwen.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $(value "$dir/ports" PORT)
unix_socket_directories = ''
max_connections = 300
shared_buffers = 128MB
log_min_messages = warning
CONF
  own "$data/dengwen.conf"
  rm -f "$data/postmaster.pid" # ours does not run: `start` has looked
  launch server "$dir" "${AS_POSTGRES[@]}" "$(postgres_bin)/postgres" -D "$data"
}

postgres_ready() { "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$(value "$1/ports" PORT)" -U tip -d postgres; }
postgres_stop() { end INT "$1/server.pid" 30; } # INT: roll back what is open, then leave

postgres_kill() { # the postmaster and its children at once, so that nothing finishes a commit
  local pid
  pid=$(pid_of "$1/server.pid") || return 0
  # shellcheck disable=SC2046 # the ids are words
  kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null) 2>/dev/null
  until_true 10 gone "$1/server.pid"
}

postgres_env() { echo "POSTGRES=postgres://tip@127.0.0.1:$(value "$1/ports" PORT)/postgres"; }
