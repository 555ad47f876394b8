"""A power cut under the web door at full speed: is every report whose receipt was handed out there afterwards?

The door's files lie on an ext4 of their own, on a loop device that writes nothing back by itself. It is
told to shut down as by a power cut (FS_IOC_SHUTDOWN without a flush, as fstests' `godown`): from then on
nothing in memory reaches it. Then it is mounted again, and the file is held against the answers. With the
embedded queue, and with a spool before RabbitMQ, whose forwarder takes and settles meanwhile. A last round
with a door whose syncs do nothing shows that the trial would see a loss. Needs root.
"""

import contextlib
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

SECONDS, SENDERS = 3, 16
ROOT = os.getcwd()
TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
DOOR = os.path.abspath(os.path.join(TARGET, "release/dengwen-web"))
CTL = os.path.join(ROOT, "tests/servers/ctl")
SHUTDOWN, NO_FLUSH = 0x8004587D, struct.pack("I", 2)
BODY = json.dumps({"text": "举报某县某局局长收钱提拔股长。" * 8}, ensure_ascii=False).encode()


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def disk(work):
    """An image, and where it is mounted."""
    image, mount = os.path.join(work, "image"), os.path.join(work, "mount")
    with open(image, "wb") as file:
        file.truncate(1 << 30)
    run("mkfs.ext4", "-q", "-F", image)
    os.mkdir(mount)
    run("mount", "-o", "loop,commit=300", image, mount)
    try:
        yield image, mount
    finally:
        subprocess.run(["umount", mount], check=False)


def cut_power(mount):
    directory = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.ioctl(directory, SHUTDOWN, NO_FLUSH)
    os.close(directory)


def mount_again(image, mount):
    while subprocess.run(["umount", mount], capture_output=True).returncode != 0:
        time.sleep(0.2)
    run("mount", "-o", "loop,commit=300", image, mount)


class Door:
    def __init__(self, data, queue, preload=""):
        environment = {
            "DENGWEN_DATA": data, "DENGWEN_QUEUE_URL": queue, "DENGWEN_CASEWORK_URL": "http://127.0.0.1:9",
            "DENGWEN_DANGEROUS_LIMITS_OFF": "1", "DENGWEN_LOG": "off", "LD_PRELOAD": preload,
        }
        self.process = subprocess.Popen(
            [DOOR, "--listen", "127.0.0.1:0"], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
        )
        found = (re.search(r"listening on http://(\S+)", line) for line in self.process.stdout)
        self.address = next(match.group(1) for match in found if match)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(20)


def send_until(stopped, address, taken):
    """Sends reports, and notes each that was answered with a receipt."""
    connection = http.client.HTTPConnection(address, timeout=5)
    while not stopped.is_set():
        try:
            connection.request("POST", "/api/v1/tips", BODY, {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 201:
                taken.append(json.loads(text)["tip_id"])
        except (OSError, http.client.HTTPException):
            connection.close()


def found_in(path):
    """The tips in the file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise SystemExit("the file is damaged")
        bodies = database.execute("SELECT body FROM message")
        return {tip.decode() for (body,) in bodies for tip in re.findall(rb'"tip":"([^"]+)"', bytes(body))}


def trial(queue, preload=""):
    """How many reports were taken, and how many of them are lost."""
    work = tempfile.mkdtemp(prefix="power-cut-", dir=TARGET)
    try:
        with disk(work) as (image, mount):
            data = os.path.join(mount, "data")
            Door(data, "embedded:").stop()  # makes the keys
            door, taken, stopped = Door(data, queue, preload), [], threading.Event()
            run("sync", "-f", mount)  # the empty door is on disk; from here on only its own syncs count
            senders = [threading.Thread(target=send_until, args=(stopped, door.address, taken)) for _ in range(SENDERS)]
            for sender in senders:
                sender.start()
            time.sleep(SECONDS)
            cut_power(mount)
            time.sleep(1)  # what is answered from now on has to be there too
            stopped.set()
            door.stop(signal.SIGKILL)
            for sender in senders:
                sender.join()
            mount_again(image, mount)
            found = found_in(os.path.join(data, "queue.db" if queue == "embedded:" else "spool-web.db"))
            Door(data, queue).stop()
            return len(taken), len(set(taken) - found)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main():
    servers = tempfile.mkdtemp(prefix="power-cut-", dir=TARGET)
    os.chmod(servers, 0o755)
    try:
        source, no_sync = os.path.join(servers, "syncs.c"), os.path.abspath(os.path.join(servers, "syncs.so"))
        with open(source, "w") as file:
            file.write("int fsync(int f) { return 0; } int fdatasync(int f) { return 0; }\n")
        run("cc", "-shared", "-fPIC", "-o", no_sync, source)
        out = subprocess.run([CTL, "start", "rabbitmq", servers], capture_output=True, text=True, check=True).stdout
        broker = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)["RABBITMQ"]
        lost = 0
        for name, queue in [("embedded", "embedded:"), ("door → RabbitMQ", broker)]:
            taken, missing = trial(queue)
            lost += missing
            print(f"{name}: {taken} taken, {missing} lost", flush=True)
        taken, missing = trial("embedded:", no_sync)
        print(f"without syncs: {taken} taken, {missing} lost")
        return 0 if lost == 0 and missing > 0 else 1
    finally:
        subprocess.run([CTL, "remove", servers], check=False)
        shutil.rmtree(servers, ignore_errors=True)


sys.exit(main())
