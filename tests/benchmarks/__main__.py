"""Run every benchmark that fits into a few minutes: `make bench`."""

from tests.benchmarks import encoders, ingest_cost, judges, lines

for benchmark in (ingest_cost, encoders, judges, lines):
    print(f"\n== {benchmark.__doc__.splitlines()[0]}\n")
    benchmark.main()
