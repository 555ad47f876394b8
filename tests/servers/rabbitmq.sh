# shellcheck shell=bash
# A private RabbitMQ node with its management API, its own cookie and its own epmd.
# Debian's /usr/sbin wrapper wants a certain user and writes to /var/log: not used.

rabbitmq_bin() {
  local bin
  for bin in /usr/lib/rabbitmq/bin/rabbitmq-server /usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server; do
    [ -x "$bin" ] && { dirname "$bin"; return; }
  done
  return 1
}

rabbitmq_ports() { printf '%s=%s\n' PORT "$(free_port)" MANAGEMENT "$(free_port)" DIST "$(free_port)" EPMD "$(free_port)"; }

rabbitmq_make() {
  rabbitmq_bin >/dev/null || die "RabbitMQ is not installed"
  : >"$1/rabbitmq-env.conf" # empty: keeps /etc/rabbitmq out
  echo '[].' >"$1/advanced.config"
  echo '[rabbitmq_management].' >"$1/enabled_plugins"
  (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1/.erlang.cookie")
}

rabbitmq_environment() { # what the node and its command line share
  local dir=$1 dist
  dist=$(value "$dir/ports" DIST)
  export HOME=$dir RABBITMQ_NODENAME="dengwen$dist@localhost" \
    RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$dir/advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log.d" RABBITMQ_PID_FILE="$dir/node.pid" \
    RABBITMQ_GENERATED_CONFIG_DIR="$dir/generated" RABBITMQ_DIST_PORT="$dist" \
    ERL_EPMD_PORT="$(value "$dir/ports" EPMD)" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none +S 2:2' \
    RUNNING_UNDER_SYSTEMD=true # the start script becomes the node, instead of staying as its parent
}

rabbitmq_launch() {
  local dir=$1
  cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$(value "$dir/ports" PORT)
management.tcp.ip = 127.0.0.1
management.tcp.port = $(value "$dir/ports" MANAGEMENT)
loopback_users.guest = true
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GiB
log.console = false
log.file.level = info
heartbeat = 10
CONF
  rabbitmq_environment "$dir"
  gone "$dir/epmd.pid" && launch epmd "$dir" epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT"
  launch server "$dir" "$(rabbitmq_bin)/rabbitmq-server"
}

# Ready when a protocol header is answered by a Start frame and the management API counts
# the node in. Cheaper than rabbitmqctl, which starts a virtual machine of its own.
rabbitmq_ready() {
  local port management first
  port=$(value "$1/ports" PORT) management=$(value "$1/ports" MANAGEMENT)
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  printf 'AMQP\0\0\x09\x01' >&3
  IFS= read -r -t 2 -N 1 -u 3 first
  exec 3>&-
  [ "$first" = $'\x01' ] || return 1
  { exec 3<>"/dev/tcp/127.0.0.1/$management"; } 2>/dev/null || return 1
  printf 'GET /api/overview HTTP/1.0\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n' >&3
  IFS= read -r -t 5 -u 3 first
  exec 3>&-
  [[ $first == *" 200 "* ]]
}

rabbitmq_stop() { end TERM "$1/server.pid" 30; end TERM "$1/epmd.pid" 5; }
rabbitmq_kill() { end KILL "$1/server.pid" 10; end KILL "$1/epmd.pid" 5; }

rabbitmq_env() {
  echo "RABBITMQ=amqp://guest:guest@127.0.0.1:$(value "$1/ports" PORT)/%2f"
  echo "RABBITMQ_MANAGEMENT=http://127.0.0.1:$(value "$1/ports" MANAGEMENT)"
}
