"""The services: ingest, consolidator and query, the command line over them and the platform under them."""

import gc

# Python looks for garbage after every 700 new objects, and often again through much of what a process holds:
# at its start what was imported. Nearly all garbage goes by itself, once nobody refers to it any more; what
# is looked for is what refers to itself, and there is little.
gc.set_threshold(10_000)
