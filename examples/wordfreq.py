"""Word frequencies of text files, counted by threads.

    wordfreq.py [THREADS [DIRECTORY]]

The files (by default Debian's licence texts, read eight times over) are dealt out in turn; each thread counts into a dict of its
own, and the main thread adds the dicts up.
"""
import os
import re
import sys
import threading
import time

WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
ROUNDS = 8


def read_texts(directory):
    texts = []
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
    return texts


def count_words(texts, counts):
    for text in texts:
        for line in text.splitlines():
            for word in WORD.findall(line.lower()):
                counts[word] = counts.get(word, 0) + 1


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    directory = sys.argv[2] if len(sys.argv) > 2 else "/usr/share/common-licenses"
    texts = read_texts(directory) * ROUNDS
    start = time.perf_counter()
    partial = [{} for _ in range(threads)]
    workers = [threading.Thread(target=count_words, args=(texts[i::threads], partial[i])) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    total = {}
    for counts in partial:
        for word, n in counts.items():
            total[word] = total.get(word, 0) + n
    took = time.perf_counter() - start
    most = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:10]
    print(f"{len(texts)} texts, {sum(total.values())} words, {len(total)} different")
    print("most frequent:", ", ".join(f"{word} {n}" for word, n in most))
    print(f"threads: {threads}, time: {took:.2f} s")


main()
