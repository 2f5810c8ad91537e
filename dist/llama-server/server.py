#!/usr/bin/env python3
"""Runs llama.cpp's server out of the Python package xllamacpp, under llama-server's own options.

The package holds llama.cpp's server as a library, compiled for the CPU. This program reads the
options that cortex's neuron passes to llama-server, and the usual ones beside them. An option it
does not know ends it with status 1 and `error: invalid argument: --x`, as llama-server does; so do
a model that cannot be loaded and a port that is taken. SIGTERM and SIGINT end it with status 0.

One difference stays: the port opens when the model is loaded, while llama-server opens it before
and answers 503 until then.
"""

import argparse
import os
import signal
import sys
import threading

import xllamacpp


class Options(argparse.ArgumentParser):
    """Ends the program with status 1 where argparse would with 2."""

    def error(self, message):
        fail(message)


def fail(message):
    print(f"error: {message}", file=sys.stderr, flush=True)
    sys.exit(1)


def options():
    parser = Options(prog="llama-server", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=version())

    text = parser.add_argument
    text("-m", "--model", required=True)
    text("-a", "--alias")
    text("--host", default="127.0.0.1")
    text("--api-key", default=os.environ.get("LLAMA_API_KEY"))
    text("--chat-template")
    text("--mmproj")
    text("--pooling", choices=["none", "mean", "cls", "last", "rank"])

    def number(*names, default=None):
        parser.add_argument(*names, type=int, default=default)

    number("--port", default=8080)
    number("-c", "--ctx-size", default=0)
    number("-np", "--parallel", default=4)
    number("-n", "--predict", default=-1)
    number("-b", "--batch-size")
    number("-ub", "--ubatch-size")
    number("-t", "--threads")
    number("--sse-ping-interval")
    number("--cache-reuse")

    def switch(*names):
        parser.add_argument(*names, action="store_true")

    switch("--embeddings", "--embedding")
    switch("--reranking", "--rerank")
    switch("--metrics")
    switch("--no-slots")
    switch("--props")
    switch("--no-ui", "--no-webui")
    switch("--no-warmup")
    switch("--no-jinja")
    switch("--context-shift")
    switch("--offline")

    # These choose devices, or say what is so anyway; on a CPU they change nothing.
    for name in (
        ["--device", "-dev"],
        ["-ngl", "--gpu-layers", "--n-gpu-layers"],
        ["--tensor-split", "-ts"],
        ["--main-gpu", "-mg"],
        ["--split-mode", "-sm"],
        ["--fit", "-fit"],
        ["--flash-attn", "-fa"],
        ["--cache-type-k", "-ctk"],
        ["--cache-type-v", "-ctv"],
    ):
        text(*name)
    switch("--jinja")
    switch("--slots")

    found, unknown = parser.parse_known_args()
    if unknown:
        fail(f"invalid argument: {unknown[0]}")
    return found


def version():
    build = xllamacpp.__version__.rsplit(".", 1)[-1]
    return f"version: llama.cpp b{build}, from xllamacpp {xllamacpp.__version__}"


def parameters(given):
    params = xllamacpp.CommonParams()
    params.model.path = given.model
    if given.mmproj:
        params.mmproj.path = given.mmproj
    params.hostnames = [given.host]
    params.port = given.port
    params.n_ctx = given.ctx_size
    params.n_parallel = given.parallel
    params.n_predict = given.predict
    params.use_jinja = not given.no_jinja
    params.endpoint_metrics = given.metrics
    params.endpoint_slots = not given.no_slots
    params.endpoint_props = given.props
    params.ui = not given.no_ui
    params.warmup = not given.no_warmup
    params.ctx_shift = given.context_shift
    params.offline = given.offline
    params.embedding = given.embeddings or given.reranking
    if given.alias:
        params.model_alias = set(given.alias.split(","))
    if given.api_key:
        params.api_keys = given.api_key.split(",")
    if given.chat_template:
        params.chat_template = given.chat_template
    if given.threads is not None:
        params.cpuparams.n_threads = given.threads
    pooling = "rank" if given.reranking else given.pooling
    if pooling:
        kind = f"LLAMA_POOLING_TYPE_{pooling.upper()}"
        params.pooling_type = getattr(xllamacpp.llama_pooling_type, kind)
    for option, attribute in (
        ("batch_size", "n_batch"),
        ("ubatch_size", "n_ubatch"),
        ("sse_ping_interval", "sse_ping_interval"),
        ("cache_reuse", "n_cache_reuse"),
    ):
        value = getattr(given, option)
        if value is not None:
            setattr(params, attribute, value)
    return params


def main():
    given = options()
    ended = threading.Event()

    def end(_signal, _frame):
        if ended.is_set():
            sys.exit(1)
        ended.set()
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        server = xllamacpp.Server(parameters(given))
    except RuntimeError as problem:
        fail(f"{problem}\nexiting due to model loading error")
    print(f"listening on {server.listening_address}", file=sys.stderr, flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
