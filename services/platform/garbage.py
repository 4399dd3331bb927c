"""How often Python looks for garbage, in a process that remembers most of what it makes."""

import gc

_NEW_OBJECTS = 50_000


def look_for_garbage_seldom() -> None:
    """Look at new objects when there are many of them; Python does so after every 700.

    Nearly all garbage goes by itself, when nobody refers to it any more. What is looked for is what refers to
    itself, and there is little; the looking, though, goes over all that is remembered, again and again.
    """
    gc.set_threshold(_NEW_OBJECTS)
