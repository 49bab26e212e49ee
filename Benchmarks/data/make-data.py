#!/usr/bin/python3
"""Writes the sets that docs/performance.md names, as .fbin: base.fbin and query.fbin in a directory.

  make-data.py text   DIR NDJSON          latent semantic vectors of real texts, 256 dimensions, for the cosine
  make-data.py synth  DIR [--count N]     1,000 Gaussian clusters, 128 dimensions, L2
  make-data.py latent DIR [--count N]     128 dimensions that hang on 16, L2: a curved sheet with little noise

The same bytes for the same arguments and versions. The first rows of a larger set are not those of a smaller one, so that growth
is measured on one file with `./jade bench --count`. Needs numpy and, for text, scipy (Debian: python3-numpy, python3-scipy).
"""
import argparse
import collections
import gzip
import json
import os
import re

import numpy as np


def write(directory, base, query):
    os.makedirs(directory, exist_ok=True)
    for name, rows in (("base", base), ("query", query)):
        with open(os.path.join(directory, name + ".fbin"), "wb") as file:
            np.array(rows.shape, dtype="<u4").tofile(file)
            np.ascontiguousarray(rows, dtype="<f4").tofile(file)
        print(f"{directory}/{name}.fbin: {rows.shape[0]:,} x {rows.shape[1]}")


def synth(directory, count):
    clusters, dimension, queries = 1_000, 128, 1_000
    random = np.random.Generator(np.random.PCG64(20260101))
    centres = random.standard_normal((clusters, dimension))
    scales = random.uniform(0.3, 0.9, clusters)
    weights = random.dirichlet(np.ones(clusters))
    members = random.choice(clusters, count + queries, p=weights)
    rows = np.empty((count + queries, dimension), dtype=np.float32)
    for first in range(0, len(rows), 100_000):    # the same draws as in one piece, in a tenth of the memory
        part = members[first:first + 100_000]
        rows[first:first + 100_000] = centres[part] + scales[part][:, None] * random.standard_normal((len(part), dimension))
    write(directory, rows[:count], rows[count:])


def latent(directory, count):
    latents, hidden, dimension, queries = 16, 64, 128, 1_000
    random = np.random.Generator(np.random.PCG64(20260102))
    inner = random.standard_normal((latents, hidden)) / np.sqrt(latents)
    outer = random.standard_normal((hidden, dimension)) / np.sqrt(hidden)
    rows = np.empty((count + queries, dimension), dtype=np.float32)
    for first in range(0, len(rows), 100_000):
        size = min(100_000, len(rows) - first)
        sheet = np.tanh(2 * random.standard_normal((size, latents)) @ inner) @ outer
        rows[first:first + size] = sheet + 0.02 * random.standard_normal((size, dimension))
    order = random.permutation(len(rows))
    rows = rows[order]
    write(directory, rows[:count], rows[count:])


def documents(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                document = json.loads(line)
                yield f"{document.get('title', '')} {document['text']}".lower()


def weigh(path):
    """Rows of log(1 + tf) * idf at unit length, over the words of at least three documents."""
    from scipy import sparse
    counts = [collections.Counter(re.findall(r"[a-z][a-z0-9+#-]+", text)) for text in documents(path)]
    frequency = collections.Counter(word for count in counts for word in count)
    vocabulary = {word: i for i, word in enumerate(sorted(w for w, n in frequency.items() if 3 <= n <= len(counts) // 3))}
    inverse = np.log(len(counts) / np.array([frequency[word] for word in vocabulary]))
    values, columns, starts = [], [], [0]
    for count in counts:
        known = [(vocabulary[word], n) for word, n in sorted(count.items()) if word in vocabulary]
        columns.extend(column for column, _ in known)
        values.extend((1 + np.log(n)) * inverse[column] for column, n in known)
        starts.append(len(columns))
    matrix = sparse.csr_matrix((values, columns, starts), shape=(len(counts), len(vocabulary)))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    matrix = matrix[norms > 0]
    return sparse.diags(1 / norms[norms > 0]) @ matrix


def text(directory, path, dimension=256, queries=2_000):
    """Latent semantic analysis (Deerwester et al. 1990) by a randomised SVD (Halko, Martinsson, Tropp, arXiv:0909.4061)."""
    matrix = weigh(path)
    random = np.random.Generator(np.random.PCG64(20260103))
    basis = matrix @ random.standard_normal((matrix.shape[1], dimension + 32))
    for _ in range(4):
        basis, _ = np.linalg.qr(basis)
        basis, _ = np.linalg.qr(matrix.T @ basis)
        basis = matrix @ basis
    basis, _ = np.linalg.qr(basis)
    left, singular, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    rows = (basis @ left[:, :dimension]) * singular[:dimension]
    rows = rows.astype(np.float32)
    rows = rows[np.linalg.norm(rows, axis=1) > 1e-3]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    _, first = np.unique(np.round(rows, 4), axis=0, return_index=True)    # packages of one source often share their text
    rows = rows[np.sort(first)]
    rows = rows[random.permutation(len(rows))]
    write(directory, rows[queries:], rows[:queries])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["text", "synth", "latent"])
    parser.add_argument("directory")
    parser.add_argument("ndjson", nargs="?")
    parser.add_argument("--count", type=int, default=200_000)
    given = parser.parse_args()
    if given.kind == "text":
        if not given.ndjson:
            parser.error("text needs the NDJSON file with the documents")
        text(given.directory, given.ndjson)
    else:
        {"synth": synth, "latent": latent}[given.kind](given.directory, given.count)


main()
