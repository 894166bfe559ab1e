"""Captions: one English sentence a scene, in the form that the engine hands to its tokenizer.

odsora lower-cases a prompt, blanks symbols and collapses spaces before it is tokenized, so captions are made
of lower case letters, commas, blanks and a full stop at most.
"""
import random
from typing import Dict, Sequence, Tuple

from world.scenes import BACKGROUNDS, MOTIONS, OBJECTS, PLAIN_COLORS

# What the object is doing: "a dog <phrase>", "a dog is <phrase>".
DOING: Dict[str, Tuple[str, ...]] = {
    "still": ("standing still", "staying still", "resting", "not moving", "sitting still", "keeping still"),
    "right": (
        "moving to the right",
        "sliding to the right",
        "moving right",
        "going from left to right",
        "drifting right",
        "traveling to the right",
    ),
    "left": (
        "moving to the left",
        "sliding to the left",
        "moving left",
        "going from right to left",
        "drifting left",
        "traveling to the left",
    ),
    "up": ("rising", "moving up", "floating up", "going up", "flying upwards", "rising up"),
    "down": ("falling", "moving down", "falling down", "going down", "dropping down", "sinking"),
    "bounce": ("bouncing", "bouncing up and down", "bouncing like a ball", "bouncing again and again"),
    "spin": ("spinning", "rotating", "spinning around", "turning around", "twirling"),
    "swing": (
        "swinging",
        "swinging back and forth",
        "swinging like a pendulum",
        "swinging from side to side",
    ),
    "circle": ("moving in a circle", "circling", "flying in circles", "going around in a circle"),
    "grow": ("growing", "getting bigger", "growing larger", "becoming bigger", "expanding"),
    "shrink": ("shrinking", "getting smaller", "becoming smaller"),
    "shake": ("shaking", "trembling", "vibrating", "shivering"),
    "jump": ("jumping", "making a jump", "leaping", "hopping once", "jumping once", "jumping high"),
    "fade": ("fading in", "appearing slowly", "slowly appearing", "materializing"),
}

# The same as a verb: "a dog <verb>".
DOES: Dict[str, Tuple[str, ...]] = {
    "still": ("stands still", "rests", "does not move", "sits still"),
    "right": ("moves to the right", "slides to the right", "moves right", "drifts right"),
    "left": ("moves to the left", "slides to the left", "moves left", "drifts left"),
    "up": ("rises", "moves up", "floats up", "goes up"),
    "down": ("falls", "moves down", "falls down", "sinks"),
    "bounce": ("bounces", "bounces up and down", "bounces like a ball"),
    "spin": ("spins", "rotates", "spins around", "twirls"),
    "swing": ("swings", "swings back and forth", "swings like a pendulum"),
    "circle": ("moves in a circle", "circles", "flies in circles"),
    "grow": ("grows", "gets bigger", "grows larger"),
    "shrink": ("shrinks", "gets smaller"),
    "shake": ("shakes", "trembles", "vibrates"),
    "jump": ("jumps", "leaps", "jumps once", "makes a jump"),
    "fade": ("fades in", "appears slowly", "slowly appears"),
}

# The same before the name: "a <word> dog". Motions without such a word have none.
SUCH: Dict[str, Tuple[str, ...]] = {
    "still": ("still", "motionless", "resting"),
    "up": ("rising",),
    "down": ("falling", "sinking"),
    "bounce": ("bouncing",),
    "spin": ("spinning", "rotating", "twirling"),
    "swing": ("swinging",),
    "circle": ("circling",),
    "grow": ("growing", "expanding"),
    "shrink": ("shrinking",),
    "shake": ("shaking", "trembling"),
    "jump": ("jumping", "leaping"),
    "fade": ("slowly appearing",),
}

WHERE: Dict[str, Tuple[str, ...]] = {
    "sunset": (
        "at sunset",
        "in front of a sunset",
        "under a sunset sky",
        "against an orange sunset sky",
        "in the evening sun",
    ),
    "starry": (
        "on a starry night",
        "under the stars",
        "in the night sky",
        "under a starry sky",
        "at night under the stars",
    ),
    "ocean": ("over the ocean", "over the sea", "above the ocean waves", "over blue waves", "over the water"),
    "ocean_sunset": (
        "over the ocean at sunset",
        "over the sea at sunset",
        "above the waves at sunset",
        "over the ocean in the evening",
    ),
    "meadow": (
        "on a green meadow",
        "on a green meadow under a blue sky",
        "in a grassy field",
        "on the grass",
        "on green hills",
    ),
    "desert": ("in the desert", "in front of desert dunes", "over sand dunes", "in a sandy desert"),
    "snow": ("in the snow", "in falling snow", "in a snowfall", "on a snowy day", "in winter"),
    "rain": ("in the rain", "on a rainy day", "in heavy rain", "in rainy weather"),
    "city": (
        "in the city at night",
        "in front of a city skyline at night",
        "in a big city at night",
        "over a city at night",
        "in front of skyscrapers",
    ),
    "forest": ("in the forest", "in the woods", "in front of trees", "in a green forest"),
    "underwater": ("underwater", "under water with bubbles", "under the sea", "deep in the water"),
    "checker": (
        "on a checkerboard floor",
        "on a checkered floor",
        "above a black and white checkerboard floor",
        "on a chessboard floor",
    ),
    "mountain": ("in the mountains", "in front of snowy mountains", "in front of mountains", "in the alps"),
    "stripes": (
        "in front of rainbow stripes",
        "on a background of rainbow stripes",
        "on colorful stripes",
        "on rainbow stripes",
    ),
    "lava": ("over lava", "in front of hot lava", "above flowing lava", "over molten lava"),
    "clouds": (
        "in the clouds",
        "in a cloudy blue sky",
        "in the sky",
        "among white clouds",
        "in the blue sky",
    ),
}
for _color in PLAIN_COLORS:
    for _spelling in ("gray", "grey") if _color == "gray" else (_color,):
        WHERE[f"plain_{_color}"] = WHERE.get(f"plain_{_color}", ()) + (
            f"on a plain {_spelling} background",
            f"on a {_spelling} background",
            f"in front of a {_spelling} background",
            f"on a simple {_spelling} backdrop",
            f"on {_spelling}",
        )

LARGE: Tuple[str, ...] = ("large", "big", "huge", "giant")

# (sentence, how often). {it} is "a dog", {doing}, {does} and {where} are as above, {such_it} is "a spinning
# dog".
TRAINING_SENTENCES: Tuple[Tuple[str, float], ...] = (
    ("{it} {doing} {where}", 38),
    ("{it} is {doing} {where}", 8),
    ("{it} {does} {where}", 12),
    ("{such_it} {where}", 10),
    ("{where}, {it} {doing}", 5),
    ("{where} {it} is {doing}", 3),
    ("{where}, {it} {does}", 3),
    ("{it} {where} {doing}", 4),
    ("{it} {where}, {doing}", 3),
    ("{it}, {doing}, {where}", 3),
    ("a video of {it} {doing} {where}", 5),
    ("a video of {such_it} {where}", 2),
    ("an animation of {it} {doing} {where}", 3),
    ("a short clip of {it} {doing} {where}", 2),
    ("a cartoon of {it} that is {doing} {where}", 2),
    ("we see {it} {doing} {where}", 2),
    ("there is {it} {where}, it is {doing}", 2),
)

# Never used in training: for prompts whose wording is new.
TEST_SENTENCES: Tuple[Tuple[str, float], ...] = (
    ("{it} that is {doing} {where}", 1),
    ("{where} we see {it} {doing}", 1),
    ("{it} {where} {does}", 1),
    ("there is {such_it} {where}", 1),
    ("a short video of {it} that {does} {where}", 1),
    ("in this animation {it} is {doing} {where}", 1),
    ("{it}. it is {doing} {where}", 1),
)

BARE_SHARE = 0.25  # of the still scenes: no word about motion
NO_BACKGROUND_SHARE = 0.03
UNSAID_LARGE_SHARE = 0.1
FIRST_NAME_SHARE = 0.6


def with_article(name: str, article: str = "") -> str:
    """'an owl', 'a unicorn', 'the earth', 'grapes'."""
    if article:
        return f"{article} {name}"
    if name.endswith("grapes") and not name.startswith("bunch"):
        return name
    sounds_like_vowel = name[0] in "aeiou" and not name.startswith(("uni", "ufo"))
    return f"{'an' if sounds_like_vowel else 'a'} {name}"


def _subject(rng: random.Random, words: Sequence[str], name: str, article: str, plain_speech: bool) -> str:
    """'a big dog': unless it is plain speech, sometimes with 'the', sometimes without an article."""
    full = " ".join([*words, name])
    form = 0.0 if plain_speech else rng.random()
    if form < 0.78:
        return with_article(full, article)
    return f"the {full}" if form < 0.86 else full


def _choose_sentence(rng: random.Random, sentences: Sequence[Tuple[str, float]], motion: str) -> str:
    usable = [(text, weight) for text, weight in sentences if motion in SUCH or "such" not in text]
    return rng.choices([text for text, _ in usable], [weight for _, weight in usable])[0]


def caption(rng: random.Random, scene: Sequence[int], held_back: bool = False) -> str:
    """A sentence for a scene (object, motion, background, size); held_back uses the test sentences only."""
    object_index, motion_index, background_index, size = (int(value) for value in scene)
    item, motion = OBJECTS[object_index], MOTIONS[motion_index]
    name = item.name if rng.random() < FIRST_NAME_SHARE else rng.choice(item.names)
    words = [rng.choice(LARGE)] if size == 1 and rng.random() >= UNSAID_LARGE_SHARE else []
    where = rng.choice(WHERE[BACKGROUNDS[background_index]])
    sentence = _choose_sentence(rng, TEST_SENTENCES if held_back else TRAINING_SENTENCES, motion)
    if not held_back:
        if motion == "still" and rng.random() < BARE_SHARE:
            sentence = rng.choice(("{it} {where}", "{where}, {it}", "a video of {it} {where}"))
        if rng.random() < NO_BACKGROUND_SHARE:
            sentence, where = "{it} {doing}", ""
    such = words + [rng.choice(SUCH[motion])] if motion in SUCH else words
    text = sentence.format(
        it=_subject(rng, words, name, item.article, held_back),
        doing=rng.choice(DOING[motion]),
        does=rng.choice(DOES[motion]),
        where=where,
        such_it=_subject(rng, such, name, item.article, held_back),
    )
    return text + "." if rng.random() < 0.25 else text
