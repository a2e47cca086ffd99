"""Lying servers, fewer than half: the error stays within twice that of the honest ones alone, seed by
seed, and the liars are named. Liars are the last servers, so that the honest ones have the same paths in
both worlds. A close one hardly doubts itself and lies within what the paths of the honest leave open: it
cannot be named, but must not pull. `liars.py ETALON [SEEDS]`; exits with 1 and the seed if it is not so."""
import json
import pathlib
import subprocess
import sys
import tempfile

LIES = {"step": "at 8000s server {} offset 50ms", "constant": "at 0s server {} offset 3ms",
        "subtle": "at 8000s server {} offset 1ms", "drift": "at 5000s server {} drift 1us/s",
        "close": "path {0} delay 20us jitter exponential 1us\nat 0s server {0} offset 300us",
        "closest": "path {0} delay 20us jitter exponential 100ns\nat 0s server {0} offset 5us"}
NAMELESS = ("close", "closest")
WORLDS = {"wan": ("6 6", "delay 5ms jitter exponential 1ms"), "lan": ("4 4", "delay 100us jitter exponential 10us")}
FACTOR = 2.0


def run(etalon, folder, servers, honest, polls, path, lie, seeds):
    low, high = polls.split()
    lines = ["about      liars among honest servers", "duration   20000s",
             f"servers    {servers} iburst minpoll {low} maxpoll {high}",
             "oscillator offset 5ppm white 1e-12 walk 1e-9", f"path all   {path}", "server all error 0s dispersion 1us"]
    liars = ",".join(str(number) for number in range(honest + 1, servers + 1))
    if liars:
        lines.append(lie.format(liars))
    lines.append("expect     error 1s after 4000s" + (f" any {liars}" if liars else ""))
    file = pathlib.Path(folder) / "world.scenario"
    file.write_text("\n".join(lines) + "\n", encoding="ascii")
    done = subprocess.run([etalon, "sim", str(file), "--seed", f"1..{seeds}", "--json"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{file.read_text(encoding='ascii')}{done.stdout}{done.stderr}")
    return {one["seed"]: one for one in json.loads(done.stdout)["runs"]}


def main():
    etalon, seeds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for world, (polls, path) in WORLDS.items():
            for servers, honest in ((3, 2), (5, 4), (5, 3)):
                alone = run(etalon, folder, honest, honest, polls, path, "", seeds)
                for name, lie in LIES.items():
                    runs = run(etalon, folder, servers, honest, polls, path, lie, seeds)
                    ratios = {seed: one["rms_s"] / alone[seed]["rms_s"] for seed, one in runs.items()}
                    tops = {seed: one["max_s"] / alone[seed]["max_s"] for seed, one in runs.items()}
                    ends = {seed: one["ends"].split(": ")[1].split() for seed, one in runs.items()}
                    unnamed = [seed for seed, words in ends.items() if name not in NAMELESS
                               and any(word not in ("falseticker", "outlier") for word in words[honest:])]
                    over = [seed for seed, ratio in ratios.items() if ratio > FACTOR]
                    bad += len(over) + len(unnamed)
                    print(f"{world} {servers - honest} of {servers} {name:9} rms at most {max(ratios.values()):.2f} of the "
                          f"honest alone, largest error {max(tops.values()):.2f}"
                          + (f"; over {FACTOR}: seeds {over}" if over else "")
                          + (f"; not named: seeds {unnamed}" if unnamed else ""), flush=True)
    sys.exit(1 if bad else 0)


main()
