# shellcheck shell=bash
# What every private server has in common: a port, a process that is ours, an end.
# Sourced by `ctl`. A process is remembered by its id *and* its start time, so that an id
# the kernel gave to somebody else in the meantime is never signalled.

say() { echo "$*" >&2; }
die() { say "$*"; exit 1; }

# A port nobody listens on, below the kernel's ephemeral range (32768-60999), so that no
# client's socket takes it between the choice and the bind.
free_port() {
  local port tries
  for ((tries = 0; tries < 500; tries++)); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "no free port between 20000 and 31999"
}

start_time() { # PID: clock ticks since boot when it began; fails when it is gone or a zombie
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${stat##*) }" # the name before ')' may hold anything
  [ "${fields[0]}" != Z ] && echo "${fields[19]}"
}

launch() { # NAME DIR COMMAND...: in its own session, so that a ctrl-C reaches the tests first
  local name=$1 dir=$2
  shift 2
  setsid "$@" >>"$dir/log" 2>&1 </dev/null &
  echo "$! $(start_time $!)" >"$dir/$name.pid"
}

pid_of() { # PIDFILE: the id, when that process still runs
  local pid began
  read -r pid began 2>/dev/null <"$1" && [ -n "$began" ] && [ "$(start_time "$pid")" = "$began" ] && echo "$pid"
}

until_true() { # SECONDS COMMAND...: asks every 50 ms
  local tries=$(($1 * 20))
  shift
  while ((tries-- > 0)); do
    "$@" && return
    sleep 0.05
  done
  return 1
}

gone() { ! pid_of "$1" >/dev/null; }
ready_or_gone() { "$1_ready" "$2" || gone "$2/server.pid"; }

end() { # SIGNAL PIDFILE SECONDS: signals our process, and kills it when it has not gone by then
  local pid
  pid=$(pid_of "$2") || return 0
  kill -CONT "$pid" 2>/dev/null # a stopped process would never hear the signal
  kill "-$1" "$pid" 2>/dev/null
  until_true "$3" gone "$2" || { kill -KILL "$pid" 2>/dev/null; until_true 10 gone "$2"; }
}

value() { sed -n "s/^$2=//p" "$1"; } # FILE KEY
