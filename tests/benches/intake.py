"""Durable acceptance of tips at 1, 8, 64 and 512 connections, beside what each part costs alone.

The web door alone (nothing consumes behind it), with the embedded queue and with a spool before
RabbitMQ; beside a bare axum echo of the same body, bare lapin confirms at the same number in
flight, SQLite with one row a commit, and pgbench with one row a commit. All in one run; the ratios
count, the rates change with the neighbours.
"""

import datetime
import json
import os
import platform
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

SECONDS = int(sys.argv[1])
CONNECTIONS = [1, 8, 64, 512]
ROOT = os.getcwd()
RELEASE = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release")
CTL = os.path.join(ROOT, "tests/servers/ctl")
BODY = json.dumps(
    {
        "text": "举报某县交通局局长，下面股长的位子明码标价，今年七月提的两个股长一人交了五万块，局里没有不晓得的。" * 4,
        "subject": {"name": "某甲", "org": "某县交通运输局", "title": "局长", "rank_code": "0141"},
    },
    ensure_ascii=False,
)


def listening(process):
    """The address that a process prints once it listens."""
    for line in process.stdout:
        found = re.search(r"listening on http://(\S+)", line)
        if found:
            return found.group(1)
    raise SystemExit("a process ended before it listened")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(address, connections, script, pid):
    """Requests a second, p50 and p99 in ms, CPU ms a request of the server, refused requests."""
    before, started = cpu_seconds(pid), time.monotonic()
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "--latency", "-s", script, f"http://{address}/api/v1/tips"],
        capture_output=True, text=True, check=True,
    ).stdout
    cpu = cpu_seconds(pid) - before
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    percentile = lambda p: milliseconds(re.search(rf"{p}%\s+(\S+)", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"Socket errors: (.*)", out)
    refused = int(bad.group(1)) if bad else 0
    if errors:
        refused += sum(int(n) for n in re.findall(r"\d+", errors.group(1)))
    return {
        "rate": requests / (time.monotonic() - started),
        "p50": percentile(50), "p99": percentile(99),
        "cpu": cpu * 1000 / max(requests, 1), "refused": refused,
    }


def serve(command, environment, script):
    """Each number of connections against one fresh process."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    try:
        address = listening(process)
        return [wrk(address, connections, script, process.pid) for connections in CONNECTIONS]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def door(work, name, queue, script):
    environment = {
        "DENGWEN_DATA": os.path.join(work, name),
        "DENGWEN_QUEUE_URL": queue,
        "DENGWEN_CASEWORK_URL": "http://127.0.0.1:9",
        "DENGWEN_DANGEROUS_LIMITS_OFF": "1",
        "DENGWEN_LOG": "error",
    }
    if not queue.startswith("embedded"):
        # Keys are made only where everything is embedded; borrow those of the first run.
        shutil.copytree(os.path.join(work, "embedded", "keys"), os.path.join(work, name, "keys"))
    return serve([os.path.join(RELEASE, "dengwen-web"), "--listen", "127.0.0.1:0"], environment, script)


def sqlite_one_row(work):
    database = sqlite3.connect(os.path.join(work, "one-row.db"), isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE tip (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    body, count, started = os.urandom(2600), 0, time.monotonic()
    while time.monotonic() - started < SECONDS:
        database.execute("INSERT INTO tip (body) VALUES (?)", (body,))
        count += 1
    return count / (time.monotonic() - started)


def pgbench(url, work, clients):
    script = os.path.join(work, "insert.sql")
    with open(script, "w") as file:
        file.write("INSERT INTO bench_tip (body) VALUES (decode(repeat('ab', 2600), 'hex'));\n")
    out = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-f", script, "-c", str(min(clients, 64)), "-j", "1", "-T", str(SECONDS), url],
        capture_output=True, text=True, check=True,
    ).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def start(kind, directory):
    out = subprocess.run([CTL, "start", kind, directory], capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)


def report(rows, machine):
    lines = [
        "## Durable acceptance", "",
        f"`./tests/bench intake {SECONDS}` on {datetime.date.today()}, {machine}. The web door alone, sealing and validation on,",
        "answering only when the tip is on disk; wrk runs on the same cores. CPU is the door's own, in ms a tip.", "",
        "| connections | embedded tips/s | p50 / p99 ms | CPU ms | ÷ SQLite one row a commit | door → RabbitMQ tips/s | p50 / p99 ms | CPU ms | ÷ lapin confirms | ÷ pgbench one row a commit | axum echo req/s | lapin confirms/s | pgbench commits/s | refused |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        e, r = row["embedded"], row["rabbitmq"]
        lines.append(
            f"| {row['connections']} | {e['rate']:.0f} | {e['p50']:.2f} / {e['p99']:.2f} | {e['cpu']:.3f} | {e['rate'] / row['sqlite']:.2f} "
            f"| {r['rate']:.0f} | {r['p50']:.2f} / {r['p99']:.2f} | {r['cpu']:.3f} | {r['rate'] / row['lapin']:.2f} | {e['rate'] / row['pgbench']:.2f} "
            f"| {row['echo']['rate']:.0f} | {row['lapin']:.0f} | {row['pgbench']:.0f} | {e['refused'] + r['refused']} |"
        )
    lines += ["", f"SQLite, one row a commit (WAL, FULL, one writer): {rows[0]['sqlite']:.0f} rows/s. pgbench with at most 64 clients.", ""]
    return "\n".join(lines)


def publish(section):
    """Replaces the section of this benchmark in docs/BENCHMARKS.md."""
    path = os.path.join(ROOT, "docs/BENCHMARKS.md")
    text = open(path).read()
    title = section.split("\n", 1)[0]
    pattern = re.compile(re.escape(title) + r"\n.*?(?=\n## |\Z)", re.S)
    text = pattern.sub(lambda _: section.rstrip() + "\n", text) if title in text else text.rstrip() + "\n\n" + section
    open(path, "w").write(text.rstrip() + "\n")


def main():
    work = tempfile.mkdtemp(prefix="intake-", dir=os.environ.get("CARGO_TARGET_DIR", "target"))
    os.chmod(work, 0o755)
    script = os.path.join(work, "post.lua")
    with open(script, "w") as file:
        file.write("wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\nwrk.body = [==[" + BODY + "]==]\n")
    servers = os.path.join(work, "servers")
    try:
        settings = {**start("postgres", servers), **start("rabbitmq", servers)}
        postgres, rabbitmq = settings["POSTGRES"], settings["RABBITMQ"]
        subprocess.run(["psql", "-q", postgres, "-c", "CREATE TABLE bench_tip (id bigserial PRIMARY KEY, body bytea NOT NULL)"], check=True)
        echo = serve([os.path.join(RELEASE, "examples/echo")], {}, script)
        embedded = door(work, "embedded", "embedded:", script)
        sqlite = sqlite_one_row(work)
        spooled = door(work, "rabbitmq", rabbitmq, script)
        confirms = [
            float(subprocess.run([os.path.join(RELEASE, "examples/confirms"), rabbitmq, str(n), str(SECONDS)], capture_output=True, text=True, check=True).stdout)
            for n in CONNECTIONS
        ]
        commits = [pgbench(postgres, work, n) for n in CONNECTIONS]
    finally:
        subprocess.run([CTL, "remove", servers], check=False)
    rows = [
        {"connections": n, "echo": echo[i], "embedded": embedded[i], "rabbitmq": spooled[i], "sqlite": sqlite, "lapin": confirms[i], "pgbench": commits[i]}
        for i, n in enumerate(CONNECTIONS)
    ]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    section = report(rows, machine)
    publish(section)
    print(section)
    shutil.rmtree(work, ignore_errors=True)


main()
