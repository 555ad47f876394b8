"""Thousands of similar reports at once, through the whole line in one process, on each ledger.

A campaign on one matter in varied words, and one in which each message names somebody of its own, so that many of
them are joined and their cases are about more and more people. Everything is sent as fast as it is answered; counted
is until the last tip is registered. On PostgreSQL deadlocks are counted too: there should be none, since whoever locks several
cases does so in one order.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

COUNT = int(sys.argv[1])
ROOT = os.getcwd()
BINARY = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "dengwen")
CTL = os.path.join(ROOT, "tests/servers/ctl")
LINES = 8
FAMILY = "钱孙李周吴郑王冯"
GIVEN = "守问怀砚望知疏观拙渠瑾秋舒微桐棋远宁川岳"
COURSE = "在干部推荐期间私下打电话拉票，收了下属的现金，事后把人调到重要岗位，没有经过民主推荐和集体研究，由他一个人说了算。这件事局里的人都知道，请组织核实。"
ENDS = ["请组织核实", "请查处", "望领导重视", "大家都知道", "请为民做主", "盼回复", "局里没有不晓得的"]


def one_matter(number):
    return f"举报清岚县交通运输局局长骆维钧卖官，今年七月提的两个股长一人交了五万块，{ENDS[number % 7]}。第{number % 97}次反映"


def many_people(number):
    who = FAMILY[number % 8] + GIVEN[number // 8 % 20] + GIVEN[number // 160 % 20]
    if number % 3:
        return f"举报清岚县第{number}号单位局长{who}，提拔之前请客拉票，请核实"
    return f"反映石桥乡第{number}号站所负责人{who}的问题：{COURSE}"


@contextlib.contextmanager
def postgres(folder):
    """A private server; its address without a database."""
    out = subprocess.run([CTL, "start", "postgres", folder], capture_output=True, text=True, check=True).stdout
    try:
        yield out.strip().split("=", 1)[1].rsplit("/", 1)[0]
    finally:
        subprocess.run([CTL, "end", folder], check=True)


def asked_of_sqlite(path, query):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchone()[0]


def asked_of_postgres(url, query):
    return int(subprocess.run(["psql", url, "-qtAc", query], capture_output=True, text=True, check=True).stdout)


def send(address, text):
    numbers, turn = iter(range(COUNT)), threading.Lock()

    def line():
        connection = http.client.HTTPConnection(address, timeout=60)
        while True:
            with turn:
                number = next(numbers, None)
            if number is None:
                return
            connection.request("POST", "/api/v1/tips", json.dumps({"text": text(number)}), {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 201, 202):
                os._exit(1)

    lines = [threading.Thread(target=line) for _ in range(LINES)]
    for one in lines:
        one.start()
    return lines


def measure(text, url=None):
    """Seconds until all were registered, and what the ledger then holds."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DENGWEN_DATA": folder, "DENGWEN_DANGEROUS_LIMITS_OFF": "1", "DENGWEN_LOG": "error"}
        if url:
            environment["DENGWEN_LEDGER_URL"] = url
        process = subprocess.Popen([BINARY, "up", "--listen", "127.0.0.1:0"], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            address = next(filter(None, (re.search(r"http://(127\.0\.0\.1:\d+)", line) for line in process.stdout))).group(1)
            ask = lambda query: asked_of_postgres(url, query) if url else asked_of_sqlite(os.path.join(folder, "ledger.db"), query)
            began = time.monotonic()
            lines = send(address, text)
            while ask("SELECT count(*) FROM tips") < COUNT:
                time.sleep(0.2)
            seconds = time.monotonic() - began
            for one in lines:
                one.join()
            deadlocks = ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") if url else "–"
            return seconds, ask("SELECT count(*) FROM cases"), ask("SELECT max(tips) FROM cases"), deadlocks
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def row(ledger, campaign, measured):
    seconds, cases, most, deadlocks = measured
    print(f"| {ledger} | {campaign} | {COUNT} | {cases} | {most} | {seconds:.1f} | {COUNT / seconds:.0f} | {deadlocks} |", flush=True)


def main():
    print("| ledger | campaign | tips | cases | most tips of one | s | tips/s | deadlocks |\n" + "| --- " * 8 + "|", flush=True)
    campaigns = [("one matter", one_matter), ("many people", many_people)]
    for name, text in campaigns:
        row("SQLite", name, measure(text))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with postgres(folder) as server:
            for number, (name, text) in enumerate(campaigns):
                subprocess.run(["psql", f"{server}/postgres", "-qc", f"CREATE DATABASE campaign_{number}"], check=True)
                row("PostgreSQL", name, measure(text, f"{server}/campaign_{number}"))


main()
