"""What a classifier has to beat: the taxonomy's keywords, naive Bayes and a linear model over pairs of characters.

All are trained, where they are, on the shipped examples and judged on the tips that were kept from the model, as ours.
"""

import collections
import json
import math
import os
import random
import re

DATA = "shared/text"
HELD = ["held", "fresh", "voices"]


def taxonomy():
    """Leaf to its scope, and leaf to its keywords, from the lines of taxonomy.yaml."""
    scopes, keywords, leaf = {}, {}, None
    for line in open("shared/rules/data/taxonomy.yaml", encoding="utf8"):
        found = re.match(r"  - code: (\w+)$", line)
        leaf = found.group(1) if found else leaf
        if leaf and (found := re.match(r"    scope: (\w+)", line)):
            scopes[leaf] = found.group(1)
        if leaf and (found := re.match(r"    keywords: \[(.*)\]", line)):
            keywords[leaf] = [word.strip().strip("\"'") for word in found.group(1).split(",")]
    return scopes, keywords


def examples():
    folder = os.path.join(DATA, "data/examples")
    for file in sorted(os.listdir(folder)):
        for line in open(os.path.join(folder, file), encoding="utf8"):
            if "|" in line and not line.startswith("#"):
                leaf, text = line.rstrip("\n").split("|", 1)
                yield leaf.split("+")[0], text


def tips(name):
    for line in open(os.path.join(DATA, f"tests/data/tips_{name}.jsonl"), encoding="utf8"):
        yield json.loads(line)


def grams(text):
    text = re.sub(r"\W", "", text)
    return {text[at:at + size] for size in (1, 2) for at in range(len(text) - size + 1)}


def by_keywords(keywords):
    """The leaf with most hits; none where nothing hits."""

    def guess(text):
        hits = {leaf: sum(word in text for word in words) for leaf, words in keywords.items()}
        leaf = max(hits, key=hits.get)
        return leaf if hits[leaf] else None

    return guess


def naive_bayes(labelled):
    seen, total = collections.defaultdict(collections.Counter), collections.Counter()
    for leaf, text in labelled:
        total[leaf] += 1
        seen[leaf].update(grams(text))
    size = len({gram for counts in seen.values() for gram in counts})
    mass = {leaf: sum(counts.values()) + size for leaf, counts in seen.items()}
    texts = sum(total.values())

    def guess(text):
        found = grams(text)
        score = {leaf: math.log(total[leaf] / texts) + sum(math.log((seen[leaf][gram] + 1) / mass[leaf]) for gram in found)
                 for leaf in total}
        return max(score, key=score.get)

    return guess


def perceptron(labelled, rounds=8):
    """An averaged perceptron, as a linear model without a library."""
    leaves = sorted({leaf for leaf, _ in labelled})
    weights, sums, step = collections.defaultdict(dict), collections.defaultdict(dict), 0
    data = [(leaves.index(leaf), sorted(grams(text))) for leaf, text in labelled]

    def scores(table, found):
        score = [0.0] * len(leaves)
        for gram in found:
            for leaf, weight in table.get(gram, {}).items():
                score[leaf] += weight
        return score

    r = random.Random(1)
    for _ in range(rounds):
        r.shuffle(data)
        for right, found in data:
            step += 1
            score = scores(weights, found)
            guessed = max(range(len(leaves)), key=score.__getitem__)
            if guessed == right:
                continue
            for gram in found:
                for leaf, change in ((right, 1.0), (guessed, -1.0)):
                    weights[gram][leaf] = weights[gram].get(leaf, 0.0) + change
                    sums[gram][leaf] = sums[gram].get(leaf, 0.0) + step * change
    mean = {gram: {leaf: weight - sums[gram][leaf] / step for leaf, weight in row.items()} for gram, row in weights.items()}

    def guess(text):
        score = scores(mean, sorted(grams(text)))
        return leaves[max(range(len(leaves)), key=score.__getitem__)]

    return guess


def macro_f1(pairs):
    """Mean F1 over the leaves that occur."""
    right, guessed, there = collections.Counter(), collections.Counter(), collections.Counter()
    for gold, guess in pairs:
        there[gold] += 1
        guessed[guess] += 1
        right[gold] += gold == guess
    return sum(2 * right[leaf] / (there[leaf] + guessed[leaf]) for leaf in there) / max(1, len(there))


def scored(pairs, scopes):
    accuracy = sum(gold == guess for gold, guess in pairs) / len(pairs)
    scope = sum(scopes.get(gold) == scopes.get(guess) for gold, guess in pairs) / len(pairs)
    return accuracy, macro_f1(pairs), scope


def table(ours):
    """Rows of accuracy, macro-F1 and scope by set; `ours` gives the leaves that we guess for tips."""
    scopes, keywords = taxonomy()
    labelled = list(examples())
    guesses = {
        "keywords of the taxonomy": by_keywords(keywords),
        "naive Bayes, 1 and 2 characters": naive_bayes(labelled),
        "averaged perceptron, 1 and 2 characters": perceptron(labelled),
    }
    lines = ["| set | classifier | accuracy | macro-F1 | scope |", "| --- | --- | --- | --- | --- |"]
    for name in HELD:
        there = list(tips(name))
        gold = [tip["gold"]["category"] for tip in there]
        rows = {"Dengwen, abstained or not": ours(there)}
        rows |= {method: [guess(tip["text"]) for tip in there] for method, guess in guesses.items()}
        for method, guessed in rows.items():
            lines.append(f"| {name} ({len(there)}) | {method} | " + " | ".join(f"{x:.3f}" for x in scored(list(zip(gold, guessed)), scopes)) + " |")
    return lines
