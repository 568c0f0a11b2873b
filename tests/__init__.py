import os

os.environ["RUNS_CACHE"] = "off"  # what a page shows in a test was computed in that test
