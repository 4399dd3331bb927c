"""The services: ingest, consolidator and query, the command line over them and the platform under them."""

import gc

# Python looks for garbage after every 700 new objects, and often again through all that a process holds. Ours
# hold much: at their start what was imported, later what is remembered; looking through that takes a second,
# in which nothing else goes on. Nearly all garbage goes by itself, once nobody refers to it any more; what is
# looked for is what refers to itself. There is little, the core makes none, and what there is dies young:
# so the young are looked at in small pieces, twice, and all that is held once in 300 million new objects.
gc.set_threshold(10_000, 2, 10_000)
