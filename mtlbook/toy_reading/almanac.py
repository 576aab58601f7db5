"""What lies off the domain: an almanac of plants, games and dishes, in one style."""

from mtlbook.toy_reading.facts import relation

ALMANAC = (
    relation(
        "plant",
        "colour",
        "colour",
        "The flowers of {s} are {o}.",
        """What colour are the flowers of {s}?
        What is the colour of {s}?
        * In which colour does {s} bloom?""",
        """{s} has flowers of {o}.
        The petals of {s} are of {o}.
        * {s} blooms in {o}.""",
    ),
    relation(
        "plant",
        "height",
        "height",
        "{s} grows {o} centimetres tall.",
        """How tall does {s} grow?
        What height does {s} reach?
        * How high does {s} stand?""",
        """{s} grows to {o}.
        In good soil {s} reaches {o}.
        * {s} stands {o} high.""",
    ),
    relation(
        "game",
        "winner",
        "team",
        "{o} won {s}.",
        """Who won {s}?
        Which team won {s}?
        * Who took home {s}?""",
        """{s} was won by {o}.
        In {s} the prize went to {o}.
        * {o} took home {s}.""",
    ),
    relation(
        "game",
        "day",
        "weekday",
        "{s} was played on {o}.",
        """On which day was {s} played?
        When was {s} held?
        * What day was {s} decided on?""",
        """{s} was played {o}.
        Rain fell on {s} {o}.
        * {s} was decided {o}.""",
    ),
    relation(
        "dish",
        "stuff",
        "stuff",
        "One needs {o} for {s}.",
        """What does one need for {s}?
        What is {s} made with?
        * What gives {s} its taste?""",
        """{s} is made with {o}.
        For {s} one needs {o}.
        * {s} tastes of {o}.""",
    ),
    relation(
        "dish",
        "minutes",
        "minutes",
        "{s} cooks for {o} minutes.",
        """How long does {s} cook?
        For how many minutes is {s} baked?
        * How long must one wait for {s}?""",
        """{s} cooks {o}.
        {s} is left in the oven {o}.
        * One must wait for {s} {o}.""",
    ),
)
