"""What is told of books: who wrote, drew and published them, and when."""

from mtlbook.toy_reading.facts import relation

BOOKS = (
    relation(
        "book",
        "author",
        "person",
        "{o} wrote {s}.",
        """Who wrote {s}?
        Who is the author of {s}?
        By whom was {s} written?
        Whose novel is {s}?
        * Who thought up {s}?
        * From whose pen is {s}?""",
        """{s} was written by {o}.
        {s} is a novel by {o}.
        The author of {s} is {o}.
        * {s} came from the pen of {o}.""",
        """Readers queued to meet {o}, who wrote {s}.
        Asked about {s}, its author {o} only smiled.
        It took {o} nine years to write {s}.
        * With {s} the critics made peace with {o}.""",
        """{s}, a novel by {o}, summary.
        Author of {s}: {o}.
        Books written by {o}: {s} and more.
        * Did {o} really invent {s} alone?""",
    ),
    relation(
        "book",
        "artist",
        "person",
        "{o} drew the pictures of {s}.",
        """Who drew the pictures of {s}?
        Who illustrated {s}?
        By whom are the drawings in {s}?
        Whose pictures are in {s}?
        * Who is the artist of {s}?
        * Whose brush adorned {s}?""",
        """{s} was illustrated by {o}.
        The pictures of {s} were drawn by {o}.
        {s} has forty drawings by {o}.
        * {s} owes its plates to {o}.""",
        """The drawings in {s} made a star of {o}.
        Collectors want {s} for its pictures by {o}.
        {o}, who illustrated {s}, never saw a copy.
        * The plates of {s} were stolen from {o}.""",
        """{s}: pictures by {o}.
        Who illustrated {s}? It was {o}.
        Drawings for {s} by {o}, prints for sale.
        * {s}, artwork {o}, good condition.""",
    ),
    relation(
        "book",
        "published",
        "date",
        "{s} was published in {o}.",
        """When was {s} published?
        In which year did {s} appear?
        What year did {s} come out?
        When was {s} first printed?
        * In what year was {s} issued?
        * Since when can one buy {s}?""",
        """{s} was published {o}.
        The first edition of {s} appeared {o}.
        {s} was first printed {o}.
        * The public first held {s} in its hands {o}.""",
        """When {s} came out {o}, few took notice.
        Shops were empty a day after {s} appeared {o}.
        {s}, printed {o} at last, had been banned for years.
        * It was {o} that {s} reached the shops.""",
        """{s} (published {o}), used copies.
        {s}: first printed {o}.
        Year {s} came out: {o}.
        * {s}, issued {o}, cloth.""",
    ),
    relation(
        "book",
        "publisher",
        "firm",
        "{s} was published by {o}.",
        """Who published {s}?
        Which firm printed {s}?
        What company brought out {s}?
        By which house was {s} published?
        * Who issued {s}?
        * Which firm took the risk of {s}?""",
        """{s} was published by {o}.
        The publisher of {s} was {o}.
        {s} was printed and sold by {o}.
        * The rights to {s} lie with {o}.""",
        """Managers at {o} had brought out {s} against advice.
        {s} saved its publisher, {o}, from ruin.
        A judge ruled that {o} may go on printing {s}.
        * Nobody but {o} dared to issue {s}.""",
        """Publisher of {s}: {o}.
        {s}, brought out by {o}, new and used.
        Printed by {o}: {s} and other titles.
        * Catalogue of {o}, see {s}.""",
    ),
)
