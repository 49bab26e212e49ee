#!/usr/bin/python3
"""Measures a library that people use today, on the files and in the way of `./jade bench`, which runs it with --peer:

  ./jade bench --base B --query Q --metric l2 --recall 0.95,0.99 --peer 'python3 Benchmarks/peers/peer.py hnswlib'

  peer.py hnswlib                 hnswlib, M 16, efConstruction 200
  peer.py faiss-hnsw              faiss IndexHNSWFlat, M 16, efConstruction 200
  peer.py faiss-hnsw-sq8          the same on 8-bit codes
  peer.py faiss-ivf-pq4           faiss IVF1024,PQ{d/2}x4fs,RFlat: 4-bit codes, rescored with the vectors
  peer.py usearch-{f32,bf16,i8}   usearch, connectivity 16, expansion_add 200

What to measure is in the environment (JADE_BENCH_*; see Benchmarks/Comparing/PeerCommand.cs). Prints a JSON line a setting:
{"index","params","buildSeconds","bytesInMemory","recall","qps","p50us","p99us"}; medians of the runs. One query a call, as a
server gets them; the rate of hnswlib is taken from calls with all queries, which it answers one by one, too. Recall counts by distance: a row is right when it is as near as the last of the true k.

The libraries come from the Python that runs this: Debian's python3-hnswlib and python3-faiss are compiled for any x86-64;
build them with -march=native for a fair comparison, put them on PYTHONPATH and say so beside the figures.
"""
import gzip
import json
import os
import statistics
import sys
import threading
import time

import numpy as np

RUN_SECONDS = 1.0


def setting(name, default=""):
    return os.environ.get("JADE_BENCH_" + name, default)


def read(path, count=None):
    raw = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    name = path[:-3] if path.endswith(".gz") else path
    if name.endswith((".fbin", ".ibin")):
        n, d = np.frombuffer(raw, "<u4", 2)
        rows = np.frombuffer(raw, "<f4" if name.endswith(".fbin") else "<i4", int(n) * int(d), 8).reshape(n, d)
    elif name.endswith((".fvecs", ".ivecs")):
        d = int(np.frombuffer(raw, "<i4", 1)[0])
        rows = np.frombuffer(raw, "<f4" if name.endswith(".fvecs") else "<i4").reshape(-1, d + 1)[:, 1:]
    elif name.endswith(".bvecs"):
        d = int(np.frombuffer(raw, "<i4", 1)[0])
        rows = np.frombuffer(raw, "u1").reshape(-1, d + 4)[:, 4:]
    elif name.endswith(".npy"):
        import io
        rows = np.load(io.BytesIO(raw))
    elif "idx" in os.path.basename(name):
        rank = raw[3]
        shape = np.frombuffer(raw, ">u4", rank, 4).astype(int)
        rows = np.frombuffer(raw, {8: "u1", 0x0C: ">i4", 0x0D: ">f4"}[raw[2]], -1, 4 + 4 * rank).reshape(shape[0], -1)
    else:
        sys.exit(f"{path} is of no known kind")
    return rows[:count] if count else rows


def vectors(path, count, metric):
    rows = np.ascontiguousarray(read(path, count), dtype=np.float32)
    if metric == "cosine":
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(norms > 0, norms, 1)
    return rows


class Hnswlib:
    name, knob, low, high = "hnswlib", "ef", 10, 16_384
    params = {"M": 16, "efConstruction": 200}

    def build(self, base, metric, threads):
        import hnswlib
        self.index = hnswlib.Index({"l2": "l2", "cosine": "ip", "ip": "ip"}[metric], base.shape[1])
        self.index.init_index(len(base), M=16, ef_construction=200, random_seed=100)
        self.index.add_items(base, num_threads=threads)
        self.index.set_num_threads(1)

    def bytes(self):
        import tempfile
        with tempfile.NamedTemporaryFile() as file:
            self.index.save_index(file.name)
            return os.path.getsize(file.name)

    def set(self, value):
        self.index.set_ef(value)

    def search(self, query, k):
        return self.index.knn_query(query, k)[0][0]

    def search_all(self, queries, k, threads):
        """One query after the other in C++, without Python's share in each."""
        self.index.knn_query(queries, k, num_threads=threads)


class Faiss:
    knob, low, high = "efSearch", 10, 16_384
    params = {"M": 16, "efConstruction": 200}

    def __init__(self, kind):
        self.name, self.kind = "faiss-" + kind, kind
        if kind == "ivf-pq4":
            self.knob, self.low, self.high, self.params = "nprobe", 1, 1_024, {"nlist": 1024, "kFactor": 10}

    def build(self, base, metric, threads):
        import faiss
        faiss.omp_set_num_threads(threads)
        measure = faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT
        dimension = base.shape[1]
        if self.kind == "ivf-pq4":
            self.index = faiss.index_factory(dimension, f"IVF1024,PQ{dimension // 2}x4fs,RFlat", measure)
            self.index.k_factor = 10
        elif self.kind == "hnsw-sq8":
            self.index = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, 16, measure)
            self.index.hnsw.efConstruction = 200
        else:
            self.index = faiss.IndexHNSWFlat(dimension, 16, measure)
            self.index.hnsw.efConstruction = 200
        self.index.train(base)
        self.index.add(base)
        faiss.omp_set_num_threads(1)

    def bytes(self):
        import faiss
        return len(faiss.serialize_index(self.index))

    def set(self, value):
        import faiss
        if self.kind == "ivf-pq4":
            faiss.extract_index_ivf(faiss.downcast_index(self.index.base_index)).nprobe = value
        else:
            self.index.hnsw.efSearch = value

    def search(self, query, k):
        return self.index.search(query, k)[1][0]


class Usearch:
    knob, low, high = "expansion", 10, 16_384
    params = {"connectivity": 16, "expansionAdd": 200}

    def __init__(self, kind):
        self.name, self.kind = "usearch-" + kind, kind

    def build(self, base, metric, threads):
        from usearch.index import Index
        self.index = Index(ndim=base.shape[1], metric={"l2": "l2sq", "cosine": "cos", "ip": "ip"}[metric], dtype=self.kind, connectivity=16, expansion_add=200)
        self.index.add(np.arange(len(base)), base, threads=threads)

    def bytes(self):
        return self.index.memory_usage

    def set(self, value):
        self.index.expansion_search = value

    def search(self, query, k):
        return self.index.search(query[0], k, threads=1).keys


class Measure:
    def __init__(self, peer, base, queries, truth, metric, k, threads):
        self.peer, self.base, self.queries, self.metric, self.k, self.threads = peer, base, queries, metric, min(k, len(base)), threads
        last = self.distances(truth[:len(queries), :self.k]).max(axis=1, keepdims=True)
        self.bound = last + np.abs(last) * 1e-5 + (1e-6 if metric != "l2" else 0)

    def distances(self, rows):
        result = np.empty(rows.shape, dtype=np.float64)
        for i, query in enumerate(self.queries):
            near = self.base[rows[i]].astype(np.float64)
            result[i] = ((near - query) ** 2).sum(axis=1) if self.metric == "l2" else -(near @ query.astype(np.float64))
        return result

    def recall(self, value):
        self.peer.set(value)
        since = time.perf_counter()
        found = [self.peer.search(self.queries[i:i + 1], self.k) for i in range(len(self.queries))]
        self.seconds = time.perf_counter() - since
        return float((self.distances(np.array(found, dtype=np.int64)) <= self.bound).sum(axis=1).clip(max=self.k).mean() / self.k)

    def run(self, passes):
        """All threads over all queries; the libraries let go of Python's lock while they search."""
        times = [[] for _ in range(self.threads)]

        def work(number):
            for _ in range(passes):
                for i in range(number, len(self.queries), self.threads):
                    since = time.perf_counter()
                    self.peer.search(self.queries[i:i + 1], self.k)
                    times[number].append(time.perf_counter() - since)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(self.threads)]
        since = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - since
        every = np.concatenate(times)
        if hasattr(self.peer, "search_all"):
            since = time.perf_counter()
            for _ in range(passes):
                self.peer.search_all(self.queries, self.k, self.threads)
            elapsed = time.perf_counter() - since
        return len(every) / elapsed, np.percentile(every, 50) * 1e6, np.percentile(every, 99) * 1e6

    def figures(self, value, runs):
        recall = self.recall(value)
        passes = max(1, int(np.ceil(RUN_SECONDS * self.threads / self.seconds)))
        qps, p50, p99 = (statistics.median(column) for column in zip(*(self.run(passes) for _ in range(runs))))
        return recall, qps, p50, p99

    def find(self, target):
        """The least setting that reaches a recall, or None."""
        below, reaches = self.peer.low - 1, self.peer.low
        while self.recall(reaches) < target:
            if reaches == self.peer.high:
                return None
            below, reaches = reaches, min(self.peer.high, reaches * 2)
        while reaches - below > 1:
            middle = (below + reaches) // 2
            if self.recall(middle) < target:
                below = middle
            else:
                reaches = middle
        return reaches


def main():
    kind = sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__)
    if kind == "hnswlib":
        peer = Hnswlib()
    elif kind in ("faiss-hnsw", "faiss-hnsw-sq8", "faiss-ivf-pq4"):
        peer = Faiss(kind[len("faiss-"):])
    elif kind in ("usearch-f32", "usearch-bf16", "usearch-i8"):
        peer = Usearch(kind[len("usearch-"):])
    else:
        sys.exit(__doc__)
    metric, k, threads = setting("METRIC", "l2"), int(setting("K", "10")), int(setting("THREADS", "1"))
    base = vectors(setting("BASE"), int(setting("COUNT") or 0), metric)
    queries = vectors(setting("QUERY"), int(setting("QUERIES") or 0), metric)
    truth = read(setting("TRUTH"))
    since = time.perf_counter()
    peer.build(base, metric, int(setting("BUILD_THREADS", "1")))
    build = time.perf_counter() - since
    print(f"{peer.name} built in {build:.1f} s", file=sys.stderr)
    measure = Measure(peer, base, queries, truth, metric, k, threads)
    recalls = sorted(float(part) for part in setting("RECALL").split(",") if part)
    values = [measure.find(recall) for recall in recalls] if recalls else [v for v in (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768) if peer.low <= v <= peer.high]
    for value in dict.fromkeys(value for value in values if value is not None):
        recall, qps, p50, p99 = measure.figures(value, int(setting("RUNS", "3")))
        print(json.dumps({
            "index": peer.name, "params": {**peer.params, peer.knob: value, "threads": threads}, "buildSeconds": round(build, 3),
            "bytesInMemory": peer.bytes(), "recall": round(recall, 5), "qps": round(qps, 1), "p50us": round(p50, 1), "p99us": round(p99, 1)}), flush=True)


main()
