import os

os.environ["RUNS_CACHE"] = "off"  # what a page shows in a test was computed in that test
# One thread each, as in a run: what tests compute is too small to share, and a thread that waits
# for its share burns the core that another test needs. Libraries read this when they are loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
