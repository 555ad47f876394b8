# shellcheck shell=bash
# A private Redis.

redis_ports() { echo "PORT=$(free_port)"; }
redis_make() { command -v redis-server >/dev/null || die "Redis is not installed"; }

redis_launch() {
  cat >"$1/redis.conf" <<CONF
bind 127.0.0.1
port $(value "$1/ports" PORT)
dir $1
daemonize no
save ""
appendonly yes
appendfsync everysec
maxmemory 256mb
maxmemory-policy noeviction
CONF
  launch server "$1" redis-server "$1/redis.conf"
}

redis_ready() { [ "$(redis-cli -h 127.0.0.1 -p "$(value "$1/ports" PORT)" ping 2>/dev/null)" = PONG ]; }
redis_stop() { end TERM "$1/server.pid" 15; }
redis_kill() { end KILL "$1/server.pid" 10; }
redis_env() { echo "REDIS=redis://127.0.0.1:$(value "$1/ports" PORT)/"; }
