"""Names that graders call papers by when they must not know whose they are."""

from __future__ import annotations

import random
from collections.abc import Collection

# Short, easy to say aloud and to tell apart, and nobody's name.
_WORDS = (
    "acorn alder almond amber anchor apple arrow aspen badger bamboo banjo barley basil beacon "
    "beaver birch bison bramble breeze bridge brook cactus candle canyon carrot cedar cello "
    "cherry cinder clover cobalt comet copper coral cotton cricket crocus dahlia delta dolphin "
    "domino dragonfly drum dune eagle echo ember falcon feather fennel fern ferry finch fjord "
    "flint flute fossil fox garnet geyser ginger glacier gravel grove harbor hazel heather "
    "hedgehog heron hickory honey indigo iris island ivory jasmine jigsaw juniper kayak kelp "
    "kestrel kettle kiwi ladder lagoon lantern larch lark laurel lemon lentil lichen lilac linden "
    "lotus lynx magnet magpie mango maple marble meadow mint mirror mosaic moss nectar needle "
    "nettle nimbus nutmeg oak oasis ocean olive onyx opal orbit orchid otter owl oyster paddle "
    "papaya parsley pebble pelican pepper petal pigeon pine pixel plover plum pocket pollen poppy "
    "prairie puffin pumpkin quail quarry quartz quill raven reed ribbon river robin rocket saffron "
    "sail salmon sandal sapphire satin seal shadow shell silver sparrow spruce squid star stone "
    "swan sycamore tangerine teapot thistle thunder tiger timber topaz trout tulip tundra turnip "
    "umbra valley velvet violet walnut walrus warbler whistle willow wren yarrow zebra zephyr"
)
WORDS = tuple(_WORDS.split())
MOST = 99


def code_names(seed: int, numbers: Collection[int], taken: Collection[str]) -> dict[int, str]:
    """Return by paper's number a name like "kestrel-41" that nobody in `taken` has.

    `seed` is the exam's key: the same paper gets the same name again, and names say nothing of
    the order that papers came in. Past some twenty thousand papers numbers grow longer.
    """
    used = set(taken)
    names: dict[int, str] = {}
    for number in sorted(numbers):
        dice = random.Random(f"{seed}:{number}")
        most = MOST
        while (name := f"{dice.choice(WORDS)}-{dice.randint(1, most)}") in used:
            most += 1
        used.add(name)
        names[number] = name
    return names
