"""Durable acceptance of tips at 1, 8, 64 and 512 connections, beside what each part costs alone.

The web door alone (nothing consumes behind it), with the embedded queue and with a spool before
RabbitMQ; beside a bare axum echo of the same request, bare lapin confirms at the same number in
flight, SQLite with one row a commit, and pgbench with one row a commit. All rows and messages of the
baselines have the bytes of a sealed tip. At each number of connections everything runs one after the
other, each with files, queue and process of its own, so that what else the machine does meets all alike;
the ratios count, the rates change with the neighbours.
"""

import contextlib
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
import urllib.request

SECONDS = int(sys.argv[1])
CONNECTIONS = [1, 8, 64, 512]
ROOT = os.getcwd()
RELEASE = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release")
CTL = os.path.join(ROOT, "tests/servers/ctl")
REQUEST = json.dumps(
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


@contextlib.contextmanager
def serving(command, environment={}):
    """A server for the time of a measurement: its process and address."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    try:
        yield process, listening(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(server, connections, script):
    """Requests a second, p50 and p99 in ms, CPU ms a request of the server, refused requests."""
    process, address = server
    before, started = cpu_seconds(process.pid), time.monotonic()
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "--latency", "-s", script, f"http://{address}/api/v1/tips"],
        capture_output=True, text=True, check=True,
    ).stdout
    cpu = cpu_seconds(process.pid) - before
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    percentile = lambda p: milliseconds(re.search(rf"^ +{p}%\s+(\S+)", out, re.M).group(1))
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


def echo(connections, script):
    with serving([os.path.join(RELEASE, "examples/echo")]) as server:
        return wrk(server, connections, script)


class Door:
    """The web door with fresh files. Keys are made where everything is embedded; others borrow them."""

    def __init__(self, work, name, queue):
        self.data = os.path.join(work, name)
        self.queue = queue
        keys = os.path.join(work, "keys")
        if os.path.isdir(keys):
            shutil.copytree(keys, os.path.join(self.data, "keys"))

    def measure(self, connections, script):
        environment = {
            "DENGWEN_DATA": self.data,
            "DENGWEN_QUEUE_URL": self.queue,
            "DENGWEN_CASEWORK_URL": "http://127.0.0.1:9",
            "DENGWEN_DANGEROUS_LIMITS_OFF": "1",
            "DENGWEN_LOG": "error",
        }
        command = [os.path.join(RELEASE, "dengwen-web"), "--listen", "127.0.0.1:0"]
        with serving(command, environment) as server:
            measured = wrk(server, connections, script)
            if not self.queue.startswith("embedded"):
                measured["sent"] = self.sent()
            return measured

    def look(self, file, query):
        with contextlib.closing(sqlite3.connect(f"file:{os.path.join(self.data, file)}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchone()[0]

    def sent(self):
        """Of what was taken, the share that the broker has confirmed by now."""
        taken = self.look("spool-web.db", "SELECT count(*) FROM message")
        return self.look("spool-web.db", "SELECT count(*) FROM delivery WHERE owner = 0") / max(taken, 1)

    def bytes(self):
        """The bytes of a sealed tip, as they are stored and travel."""
        return round(self.look("queue.db", "SELECT avg(length(body)) FROM message"))

    def remove(self):
        shutil.rmtree(self.data)


def first_door(work, script):
    """Makes the keys, and tells how long a sealed tip is."""
    door = Door(work, "first", "embedded:")
    door.measure(1, script)
    shutil.copytree(os.path.join(door.data, "keys"), os.path.join(work, "keys"))
    length = door.bytes()
    door.remove()
    return length


def accepted(work, name, queue, connections, script):
    door = Door(work, name, queue)
    measured = door.measure(connections, script)
    door.remove()
    return measured


def one_row_a_commit(work, length):
    path = os.path.join(work, "one-row.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE tip (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
        body, count, started = os.urandom(length), 0, time.monotonic()
        while time.monotonic() - started < SECONDS:
            database.execute("INSERT INTO tip (body) VALUES (?)", (body,))
            count += 1
        rate = count / (time.monotonic() - started)
    os.remove(path)
    return rate


def pgbench(url, work, clients, length):
    script = os.path.join(work, "insert.sql")
    with open(script, "w") as file:
        file.write(f"INSERT INTO bench_tip (body) VALUES (decode(repeat('ab', {length}), 'hex'));\n")
    out = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-f", script, "-c", str(min(clients, 64)), "-j", "1", "-T", str(SECONDS), url],
        capture_output=True, text=True, check=True,
    ).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def confirms(url, in_flight, length):
    command = [os.path.join(RELEASE, "examples/confirms"), url, str(in_flight), str(SECONDS), str(length)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


class Broker:
    """A virtual host for each measurement, so that none pays for what another left there."""

    def __init__(self, settings):
        self.url, self.management = settings["RABBITMQ"], settings["RABBITMQ_MANAGEMENT"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"{self.management}/api/{path}", method=method, data=body and json.dumps(body).encode())
        request.add_header("authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=")  # guest:guest, on loopback only
        request.add_header("content-type", "application/json")
        urllib.request.urlopen(request).close()

    @contextlib.contextmanager
    def place(self, name):
        self.ask("PUT", f"vhosts/{name}", {})
        self.ask("PUT", f"permissions/{name}/guest", {"configure": ".*", "write": ".*", "read": ".*"})
        try:
            yield re.sub(r"/[^/]*$", f"/{name}", self.url)
        finally:
            self.ask("DELETE", f"vhosts/{name}")


def start(kind, directory):
    out = subprocess.run([CTL, "start", kind, directory], capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)


def measure(connections, work, script, length, broker, postgres):
    """Everything at one number of connections; a baseline stands next to what is compared with it."""
    row = {"connections": connections}
    row["sqlite"] = one_row_a_commit(work, length)
    row["embedded"] = accepted(work, "embedded", "embedded:", connections, script)
    row["pgbench"] = pgbench(postgres, work, connections, length)
    with broker.place("lapin") as url:
        row["lapin"] = confirms(url, connections, length)
    with broker.place("door") as url:
        row["rabbitmq"] = accepted(work, "rabbitmq", url, connections, script)
    row["echo"] = echo(connections, script)
    print(f"{connections} connections done", file=sys.stderr)
    return row


def aim(text, rows, value, holds):
    """One line: where the aim is met, and the value where it is not."""
    missed = [f"{row['connections']} ({value(row):.2f})" for row in rows if not holds(value(row))]
    return f"- {text}: {'missed at ' + ', '.join(missed) if missed else 'met throughout'}"


def report(rows, length, machine):
    lines = [
        "## Durable acceptance", "",
        f"`./tests/bench intake {SECONDS}` on {datetime.date.today()}, {machine}. The web door alone, sealing and validation on,",
        "answering only when the tip is on disk; nothing consumes behind it. wrk, broker and database run on the same cores.",
        f"CPU is that of the door's process, user and system, in ms a tip. A sealed tip has {length} bytes, and so have the rows",
        "and messages of the baselines.", "",
        "Embedded queue:", "",
        "| connections | tips/s | p50 / p99 ms | CPU ms | ÷ SQLite | refused | SQLite rows/s | axum echo req/s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        e = row["embedded"]
        lines.append(
            f"| {row['connections']} | {e['rate']:.0f} | {e['p50']:.2f} / {e['p99']:.2f} | {e['cpu']:.3f} | {e['rate'] / row['sqlite']:.2f} "
            f"| {e['refused']} | {row['sqlite']:.0f} | {row['echo']['rate']:.0f} |"
        )
    lines += [
        "", "Door → RabbitMQ (sent: the share of the accepted tips that the broker had confirmed when the time was over):", "",
        "| connections | tips/s | p50 / p99 ms | CPU ms | ÷ lapin | ÷ pgbench | sent | refused | lapin confirms/s | pgbench commits/s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        r = row["rabbitmq"]
        lines.append(
            f"| {row['connections']} | {r['rate']:.0f} | {r['p50']:.2f} / {r['p99']:.2f} | {r['cpu']:.3f} | {r['rate'] / row['lapin']:.2f} "
            f"| {r['rate'] / row['pgbench']:.2f} | {r['sent']:.0%} | {r['refused']} | {row['lapin']:.0f} | {row['pgbench']:.0f} |"
        )
    lines += [
        "",
        "SQLite: one row a commit, WAL, FULL, one writer. lapin: one channel, persistent, a quorum queue, each message confirmed.",
        "pgbench: one row a commit, at most 64 clients. At one connection every tip is a commit of its own, as every row is.", "",
        "Aims, by connections:", "",
        aim("embedded ≥ 2 × SQLite", rows, lambda row: row["embedded"]["rate"] / row["sqlite"], lambda ratio: ratio >= 2),
        aim("door → RabbitMQ ≥ 0.5 × lapin", rows, lambda row: row["rabbitmq"]["rate"] / row["lapin"], lambda ratio: ratio >= 0.5),
        aim("embedded ≤ 0.25 ms of CPU a tip", rows, lambda row: row["embedded"]["cpu"], lambda cpu: cpu <= 0.25),
        aim("door → RabbitMQ ≤ 0.25 ms of CPU a tip", rows, lambda row: row["rabbitmq"]["cpu"], lambda cpu: cpu <= 0.25),
        aim("nothing refused", rows, lambda row: row["embedded"]["refused"] + row["rabbitmq"]["refused"], lambda count: count == 0),
        "",
    ]
    return "\n".join(lines)


def publish(section):
    """Replaces the section of this benchmark in docs/BENCHMARKS.md."""
    path = os.path.join(ROOT, "docs/BENCHMARKS.md")
    text = open(path).read()
    title = section.split("\n", 1)[0]
    pattern = re.compile(re.escape(title) + r"\n.*?(?=\n## |\Z)", re.S)
    text = pattern.sub(lambda _: section.rstrip() + "\n", text) if title in text else text.rstrip() + "\n\n" + section
    open(path, "w").write(text.rstrip() + "\n")


def machine():
    """What it runs on, and how busy that was before."""
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    name = model.group(1) if model else platform.machine()
    return f"{os.cpu_count()} cores ({name}), {platform.system()}, load before {os.getloadavg()[0]:.1f}"


def main():
    before = machine()
    work = tempfile.mkdtemp(prefix="intake-", dir=os.environ.get("CARGO_TARGET_DIR", "target"))
    os.chmod(work, 0o755)
    script = os.path.join(work, "post.lua")
    with open(script, "w") as file:
        file.write("wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\nwrk.body = [==[" + REQUEST + "]==]\n")
    servers = os.path.join(work, "servers")
    try:
        postgres, broker = start("postgres", servers)["POSTGRES"], Broker(start("rabbitmq", servers))
        subprocess.run(["psql", "-q", postgres, "-c", "CREATE TABLE bench_tip (id bigserial PRIMARY KEY, body bytea NOT NULL)"], check=True)
        length = first_door(work, script)
        rows = [measure(connections, work, script, length, broker, postgres) for connections in CONNECTIONS]
    finally:
        subprocess.run([CTL, "remove", servers], check=False)
        shutil.rmtree(work, ignore_errors=True)
    section = report(rows, length, before)
    publish(section)
    print(section)


main()
