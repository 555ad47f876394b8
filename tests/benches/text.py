"""Recognising and classifying: how well, how fast, in how much memory.

Linking quality over the matters of `shared/text/tests/data/matters_held.txt`, on which nothing was fitted, and of
`matters.txt` and `voices.txt`, on which the weights were (one matter in several voices, and what is near it and
another one), and over variations made of each first tip: copied, with typing errors, in traditional script, cut
short, and as a template filled in for another person elsewhere or for another year. Beside it what wording alone does on
the same tips: MinHash as `datasketch` computes it, and the share of the shorter text's character pairs.
Classification is what `examples/measure.rs` prints over the tips kept from the model, with the baselines of
`baselines.py` beside. Speed is CPU time of one
thread (see the load), texts being put together from the sentences of the examples with invented names; beside it
`datasketch` (MinHashLSH) and `gaoya` (the Rust crate behind its Python binding) at the same texts.
"""

import datetime
import json
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) if "__file__" in globals() else "tests/benches")
import baselines

ROOT = os.getcwd()
EXAMPLES = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release/examples")
DATA = os.path.join(ROOT, "shared/text")
SIZES = [int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
# The Python peers need some 9 KB and half a millisecond a tip.
PEERS_UP_TO = 100_000
SEED = 12380

SURNAMES = "赵钱孙周吴郑冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛奚范彭鲁韦马苗方俞任袁柳"
GIVEN = "德明志国海春文建军秀兰玉芳永强小光荣福林安平伟东长根生水木松柏青云山"
PLACES = "清石云龙凤金银白黑青红东西南北长双大平河山林泉溪桥潭湖岭坪塘沟湾"


def name(r):
    return r.choice(SURNAMES) + r.choice(GIVEN) + r.choice(GIVEN)


def place(r):
    return r.choice(PLACES) + r.choice(PLACES)


def matters(file):
    """Tips as the dry run takes them, with their matter."""
    tips = []
    for number, line in enumerate(open(os.path.join(DATA, "tests/data", file), encoding="utf8")):
        if line.startswith("#") or not line.strip():
            continue
        matter, day, channel, subject, text = line.rstrip("\n").split("|", 4)
        form = {key: value for key, value in zip(("subject_name", "subject_org", "subject_title"), subject.split(";")) if value}
        tips.append({"id": f"p{number}", "matter": matter, "kind": "second voice", "channel": channel,
                     "received_at": f"{day}T09:00:00+08:00", "text": text, "form": form})
    return tips


def traditional():
    pairs = open(os.path.join(DATA, "data/t2s.txt"), encoding="utf8").read().split()
    characters = [c for chunk in pairs for c in chunk]
    return {ord(simple): other for other, simple in zip(characters[::2], characters[1::2])}


def mistyped(text, r):
    out = list(text)
    for _ in range(max(1, len(out) // 20)):
        at = r.randrange(len(out) - 1)
        out[at:at + 2] = r.choice([[out[at]], [out[at], out[at], out[at + 1]], [out[at + 1], out[at]]])
    return "".join(out)


def elsewhere(text, r):
    """The same words about somebody else in another place."""
    found = re.search(r"[\u4e00-\u9fff]{2}(?=[县区市镇乡])", text)
    return text.replace(found.group(0), place(r)) if found else None


def another_year(text):
    """The same words about another year, where one is named."""
    found = re.search(r"20[0-2]\d(?=年)", text)
    return text.replace(found.group(0), str(int(found.group(0)) - 2)) if found else None


def variations(tips, r):
    seen, script, out = set(), traditional(), []
    for tip in tips:
        out.append(tip)
        if tip["matter"] in seen:
            continue
        seen.add(tip["matter"])
        text = tip["text"]
        made = {
            "copy": text.replace("，", ",").replace("。", "!!") + " 转",
            "mistyped": mistyped(text, r),
            "traditional": text.translate(script),
            "cut": text[: max(24, len(text) * 2 // 3)],
        }
        for kind, changed in made.items():
            out.append({**tip, "id": f"{tip['id']}-{kind}", "kind": kind, "text": changed})
        twin = elsewhere(text, r)
        if twin and tip["form"].get("subject_name"):
            other = name(r)
            twin = twin.replace(tip["form"]["subject_name"], other)
            out.append({**tip, "id": f"{tip['id']}-twin", "kind": "template", "matter": f"{tip['matter']}-twin",
                        "text": twin, "form": {"subject_name": other}})
        older = another_year(text)
        if older:
            out.append({**tip, "id": f"{tip['id']}-year", "kind": "template", "matter": f"{tip['matter']}-year", "text": older})
    out.sort(key=lambda tip: tip["received_at"])
    return out


def joined_by_us(tips):
    lines = "".join(json.dumps({k: v for k, v in tip.items() if k not in ("matter", "kind")}, ensure_ascii=False) + "\n" for tip in tips)
    out = subprocess.run([os.path.join(EXAMPLES, "try"), "link"], input=lines, capture_output=True, text=True, check=True).stdout
    return [answer["to"] for answer in map(json.loads, out.splitlines())]


def classified_by_us(tips):
    lines = "".join(json.dumps({k: v for k, v in tip.items() if k != "gold"}, ensure_ascii=False) + "\n" for tip in tips)
    out = subprocess.run([os.path.join(EXAMPLES, "try"), "classify"], input=lines, capture_output=True, text=True, check=True).stdout
    return [answer["category"] for answer in map(json.loads, out.splitlines())]


def bare(text):
    return re.sub(r"\W", "", text)


def pairs(text):
    text = bare(text)
    return {text[at:at + 2] for at in range(len(text) - 1)}


def joined_by_pairs(tips, least):
    """Each tip to the earlier one that holds most of the shorter text's character pairs."""
    seen, out = [], []
    for tip in tips:
        mine = pairs(tip["text"])
        best = max(((len(mine & other) / max(1, min(len(mine), len(other))), key) for key, other in seen), default=(0, None))
        out.append(best[1] if best[0] >= least else None)
        seen.append((tip["id"], mine))
    return out


def minhash(text, permutations=128):
    from datasketch import MinHash

    made = MinHash(num_perm=permutations)
    made.update_batch([pair.encode() for pair in pairs(text)])
    return made


def joined_by_minhash(tips, least):
    from datasketch import MinHashLSH

    index, out, made = MinHashLSH(threshold=least, num_perm=128), [], {}
    for tip in tips:
        mine = minhash(tip["text"])
        best = max(((mine.jaccard(made[key]), key) for key in index.query(mine)), default=(0, None))
        out.append(best[1] if best[0] >= least else None)
        made[tip["id"]] = mine
        index.insert(tip["id"], mine)
    return out


def quality(tips, joins):
    """Right, wrong and expected joins, by kind of variation."""
    matter = {tip["id"]: tip["matter"] for tip in tips}
    seen, table = set(), {}
    for tip, to in zip(tips, joins):
        row = table.setdefault(tip["kind"], [0, 0, 0])
        row[2] += tip["matter"] in seen
        seen.add(tip["matter"])
        if to is not None:
            row[0 if matter[to] == tip["matter"] else 1] += 1
    return table


def scores(row):
    right, wrong, expected = row
    precision, recall = right / max(1, right + wrong), right / max(1, expected)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def quality_table(tips):
    methods = {
        "Dengwen": joined_by_us(tips),
        "MinHash 128, Jaccard ≥ 0.5 (datasketch)": joined_by_minhash(tips, 0.5),
        "share of the shorter's pairs ≥ 0.6": joined_by_pairs(tips, 0.6),
    }
    tables = {method: quality(tips, joins) for method, joins in methods.items()}
    kinds = ["copy", "mistyped", "traditional", "cut", "second voice", "template"]
    lines = ["| method | precision | recall | F1 | " + " | ".join(kinds[:5]) + " | wrong at a template |", "| --- " * 10 + "|"]
    for method, table in tables.items():
        precision, recall, f1 = scores([sum(row[at] for row in table.values()) for at in range(3)])
        found = [f"{table[kind][0]}/{table[kind][2]}" for kind in kinds[:5]]
        templates = f"{table['template'][1]} of {sum(tip['kind'] == 'template' for tip in tips)}"
        lines.append(f"| {method} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {' | '.join(found)} | {templates} |")
    return lines


def sentences():
    found = []
    folder = os.path.join(DATA, "data/examples")
    for file in sorted(os.listdir(folder)):
        for line in open(os.path.join(folder, file), encoding="utf8"):
            if "|" in line and not line.startswith("#"):
                found += [part for part in re.split(r"[。!！;；\n]", line.split("|", 1)[1].strip()) if len(part) >= 8]
    return found


def texts(count, path):
    """Texts of two to five sentences about an invented head of a body."""
    r, pool = random.Random(SEED), sentences()
    bodies = ["交通运输局", "教育局", "财政局", "水利局", "卫生健康局", "民政局", "住房和城乡建设局", "林业局", "审计局", "农业农村局"]
    with open(path, "w", encoding="utf8") as file:
        for _ in range(count):
            who = f"{place(r)}{r.choice('县区市')}{r.choice(bodies)}{r.choice(['局长', '副局长', '办公室主任'])}{name(r)}"
            file.write(f"反映{who}:" + "。".join(r.sample(pool, r.randint(2, 5))).replace("\n", "") + "。\n")


def ours(path):
    out = subprocess.run([os.path.join(EXAMPLES, "speed"), path, *map(str, SIZES)], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()


def peer(which, path, size):
    """Insert and look-up times of a peer in µs a tip, sketch included, and bytes a tip; in a process of its own."""
    code = "import sys; sys.argv[1:] = []; import runpy; m = runpy.run_path('tests/benches/text.py', run_name='peer'); m['peer_here'](%r, %r, %d)"
    out = subprocess.run([sys.executable, "-c", code % (which, path, size)], capture_output=True, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


def peer_here(which, path, size):
    lines = [line for _, line in zip(range(size), open(path, encoding="utf8"))]
    before = resident()
    if which == "datasketch":
        from datasketch import MinHashLSH

        index = MinHashLSH(threshold=0.4, num_perm=128)
        insert = lambda at, text: index.insert(at, minhash(text))
        look_up = lambda text: index.query(minhash(text))
    else:
        from gaoya.minhash import MinHashStringIndex

        index = MinHashStringIndex(hash_size=32, jaccard_threshold=0.4, num_bands=32, band_size=4, analyzer="char", lowercase=False, ngram_range=(2, 2))
        insert = lambda at, text: index.insert_document(at, bare(text))
        look_up = lambda text: index.query(bare(text))
    started = time.thread_time()
    for at, text in enumerate(lines):
        insert(at, text)
    inserted = time.thread_time() - started
    held = resident() - before
    started = time.thread_time()
    for text in lines[:2000]:
        look_up(text)
    looked = time.thread_time() - started
    print(json.dumps({"link_us": inserted / size * 1e6, "look_up_us": looked / min(size, 2000) * 1e6, "bytes": held / size}))


def speed_table(path):
    rows = ours(path)
    lines = ["| | tips indexed | link and insert µs | look up µs | index bytes a tip |", "| --- " * 5 + "|"]
    for row in rows:
        lines.append(f"| Dengwen | {row['size']:,} | {row['link_us']:.0f} | {row['look_up_us']:.0f} | {row['bytes']:.0f} |")
    for which in ("datasketch", "gaoya"):
        for size in (size for size in SIZES if size <= PEERS_UP_TO):
            row = peer(which, path, size)
            lines.append(f"| {which} | {size:,} | {row['link_us']:.0f} | {row['look_up_us']:.0f} | {row['bytes']:.0f} |")
    return rows, lines


def aim(text, value, holds):
    return f"- {text}: {'met' if holds else 'missed'} ({value})"


def report():
    before = f"{os.cpu_count()} cores ({cpu_model()}), {platform.system()}, load before {os.getloadavg()[0]:.1f}"
    held = variations(matters("matters_held.txt"), random.Random(SEED))
    fitted = variations(matters("matters.txt") + [{**tip, "id": f"v{tip['id']}"} for tip in matters("voices.txt")], random.Random(SEED))
    linking, linking_fitted = quality_table(held), quality_table(fitted)
    classifying = subprocess.run([os.path.join(EXAMPLES, "measure")], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "texts.txt")
        texts(max(SIZES), path)
        rows, speed = speed_table(path)
    last = rows[-1]
    thinking = (last["read_us"] + last["look_up_us"]) / 1000
    precision, _, f1 = (float(x) for x in linking[2].split("|")[2:5])
    return "\n".join([
        "## Recognising and classifying", "",
        f"`./tests/bench text {' '.join(map(str, SIZES))}` on {datetime.date.today()}, {before}. Times are CPU time of one thread.", "",
        f"Linking, {len(held)} tips made of `shared/text/tests/data/matters_held.txt` in the order they came (right joins of",
        "expected ones by kind of variation; nothing was fitted on them):", "",
        *linking, "",
        f"The same over {len(fitted)} tips made of `matters.txt` and `voices.txt`, whose voices the weights were fitted on:", "",
        *linking_fitted, "",
        "Classifying the tips that were kept from the model:", "", "```", classifying.strip(), "```", "",
        "Beside it, the same examples and tips (a baseline never abstains):", "", *baselines.table(classified_by_us), "",
        f"Speed. Normalise, extract and classify: {last['read_us']:.0f} µs a tip, {1e6 / last['read_us']:.0f} tips/s a core.", "",
        *speed, "",
        "Ours compares and decides, the peers only find candidates; theirs are times with the sketch, ours without (it is in the",
        "reading). Peers: 128 permutations, Jaccard ≥ 0.4, no normalising; gaoya through its Python binding.", "",
        "Aims:", "",
        aim("link F1 ≥ 0.95", f"{f1:.3f}", f1 >= 0.95),
        aim("joined alone with precision ≥ 0.99", f"{precision:.3f}", precision >= 0.99),
        aim(f"≤ 0.3 ms of CPU a tip at {last['size']:,} tips", f"{thinking:.3f} ms", thinking <= 0.3),
        aim("≤ 350 bytes of index a tip", f"{last['bytes']:.0f}", last["bytes"] <= 350),
        "",
    ])


def cpu_model():
    found = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    return found.group(1) if found else platform.machine()


def publish(section):
    """Replaces the section of this benchmark in docs/BENCHMARKS.md."""
    path = os.path.join(ROOT, "docs/BENCHMARKS.md")
    text = open(path).read()
    title = section.split("\n", 1)[0]
    pattern = re.compile(re.escape(title) + r"\n.*?(?=\n## |\Z)", re.S)
    text = pattern.sub(lambda _: section.rstrip() + "\n", text) if title in text else text.rstrip() + "\n\n" + section
    open(path, "w").write(text.rstrip() + "\n")


if __name__ == "__main__":
    made = report()
    publish(made)
    print(made)
