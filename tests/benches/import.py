"""Import of a call log at the phone desk, in a release build with everything in one process.

A generated table (CSV) goes the way of a clerk's browser: read, judged, its
rows' fates paged through, taken, with the page asked for progress meanwhile. Printed: seconds for each step, rows a second, and the most
memory that the process ever held (VmHWM) beside what it held before.
"""

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROWS = int(sys.argv[1])
BINARY = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "dengwen")
PASSWORD = "a long enough password"
HEADER = "uniqueid,calldate,billsec,坐席,复述确认,反映内容\n"


def table():
    """Rows that differ, of the length of a short call."""
    yield HEADER
    for row in range(ROWS):
        words = f"来电反映某县第{row}号单位负责人在提拔第{row % 977}名股长时收受礼金，未经集体讨论决定任用。" * 2
        yield f"{1790000000 + row}.{row},2026-10-{row % 28 + 1:02} 09:{row % 60:02}:00,{row % 600},坐席{row % 9},是,{words}\n"


def status(pid, field):
    """A figure of the process, in MiB."""
    with open(f"/proc/{pid}/status") as lines:
        found = re.search(rf"{field}:\s+(\d+) kB", lines.read())
    return int(found.group(1)) / 1024


class Browser:
    """A clerk's browser without scripts."""

    def __init__(self, base):
        self.base = base
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.opener.addheaders = [("sec-fetch-site", "same-origin")]

    def open(self, path, body=None, media="application/x-www-form-urlencoded"):
        """A page and where it was found."""
        request = urllib.request.Request(urllib.parse.urljoin(self.base, path), body, {"content-type": media} if body else {})
        with self.opener.open(request, timeout=600) as answer:
            return answer.url, answer.read().decode()

    def fill(self, path, **fields):
        return self.open(path, urllib.parse.urlencode(fields).encode() or b"x=")

    def upload(self, path, body):
        boundary = "----------------------------a-boundary"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="log.csv"\r\n\r\n'
        whole = head.encode() + body + f"\r\n--{boundary}--\r\n".encode()
        return self.open(path, whole, f"multipart/form-data; boundary={boundary}")

    def settled(self, at):
        """The page once nothing is under way any more, and how often progress was seen."""
        seen = set()
        while True:
            page = self.open(at)[1]
            progress = re.search(r'<progress max="\d+" value="(\d+)"', page)
            if not progress:
                return page, len(seen)
            seen.add(progress.group(1))
            time.sleep(0.2)


def measure(browser, pid, body):
    before = status(pid, "VmRSS")
    started = time.monotonic()
    at, page = browser.upload("/desk/phone/import", body)
    read = time.monotonic()
    names = re.findall(r'name="(column_\d+)"><option value="-">.*?</select>', page)
    chosen = {}
    for name in names:
        select = page.split(f'name="{name}">')[1].split("</select>")[0]
        picked = re.search(r'value="([^"]+)" selected', select)
        chosen[name] = picked.group(1) if picked else "-"
    browser.fill(at + "/columns", **chosen)
    page, _ = browser.settled(at)
    judged = time.monotonic()
    pages = int(re.search(r"<span>1 / (\d+)</span>", page).group(1))
    rows = sum(browser.open(f"{at}?page={number}")[1].count('<td class="code">') for number in range(1, pages + 1))
    paged = time.monotonic()
    if rows != ROWS:
        raise SystemExit(f"{rows} rows on {pages} pages for {ROWS}")
    begun = time.monotonic()
    browser.fill(at + "/take", do="all")
    page, steps = browser.settled(at)
    taken = time.monotonic()
    receipts = browser.open(at + "/receipts.csv")[1].count("\n") - 1
    if receipts != ROWS:
        raise SystemExit(f"{receipts} receipts for {ROWS} rows")
    print(f"{ROWS} rows, {len(body) / 2**20:.1f} MiB of CSV")
    print(f"read {read - started:.1f} s, judged {judged - read:.1f} s, {pages} pages of fates {paged - judged:.1f} s")
    print(f"taken {taken - begun:.1f} s, {ROWS / (taken - begun):.0f} rows a second; {steps} different steps of progress seen")
    print(f"memory: {before:.0f} MiB before, {status(pid, 'VmHWM'):.0f} MiB at most")


def main():
    body = "".join(table()).encode()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DENGWEN_DATA": folder, "DENGWEN_DANGEROUS_LIMITS_OFF": "1"}
        added = [BINARY, "user", "add", "--name", "clerk", "--role", "intake"]
        given = subprocess.run(added, env=environment, capture_output=True, text=True, check=True).stdout.split()[-1]
        served = [BINARY, "up", "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(served, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            for line in process.stdout:
                found = re.search(r"(http://127\.0\.0\.1:\d+)", line)
                if found:
                    break
            browser = Browser(found.group(1))
            browser.fill("/desk/sign-in", name="clerk", password=given)
            browser.fill("/desk/password", old=given, new=PASSWORD)
            browser.open("/desk/phone")
            measure(browser, process.pid, body)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


main()
