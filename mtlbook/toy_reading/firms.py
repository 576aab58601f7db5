"""What is told of firms and of people: founders, heads, seats, workers; births."""

from mtlbook.toy_reading.facts import relation

FIRMS = (
    relation(
        "firm",
        "founder",
        "person",
        "{o} founded {s}.",
        """Who founded {s}?
        Who was the founder of {s}?
        By whom was {s} established?
        Who started {s}?
        * Whose idea was {s}?
        * Who set up {s}?""",
        """{s} was founded by {o}.
        The founder of {s} was {o}.
        {s} goes back to {o}, who established it.
        * With borrowed money {o} set up {s}.""",
        """{o}, who had started {s} in a shed, was honoured.
        A statue of {o} stands where {s} was founded.
        The heirs of {o}, founder of {s}, went to court.
        * From a barrow {o} made {s} what it is.""",
        """Founder of {s}: {o}.
        How {o} started {s}, a short history.
        {s}, established by {o}, address.
        * {s}: the dream of {o}.""",
    ),
    relation(
        "firm",
        "head",
        "person",
        "{o} is the head of {s}.",
        """Who is the head of {s}?
        Who runs {s}?
        By whom is {s} managed?
        Who is the director of {s}?
        * Who leads {s}?
        * Whose word counts at {s}?""",
        """{s} is managed by {o}.
        The director of {s} is {o}.
        At the head of {s} is {o}.
        * Today {s} is in the hands of {o}.""",
        """The director of {s}, {o}, denied every word.
        {o}, who runs {s}, promised higher wages.
        Workers booed {o}, the head of {s}.
        * Decisions at {s} are for {o} alone to make.""",
        """{s}, director: {o}.
        Contact {o}, who runs {s}.
        Head of {s}: {o}.
        * {s}, ask for {o}.""",
    ),
    relation(
        "firm",
        "seat",
        "town",
        "{s} has its seat in {o}.",
        """Where is the seat of {s}?
        Where is {s} based?
        Which town is {s} at home in?
        Where does {s} have its offices?
        * Where can one visit {s}?
        * In what place is {s} found?""",
        """{s} has its seat in {o}.
        {s} is based in {o}.
        The offices of {s} are in {o}.
        * {s} never moved away from {o}.""",
        """Rents are rising in {o}, where {s} is based.
        {s} wants to leave its offices in {o}.
        The mayor thanked {s} for keeping its seat in {o}.
        * Smoke hung over {o} after a fire at {s}.""",
        """Seat of {s}: {o}.
        {s}, offices in {o}, opening hours.
        Firms based in {o}: {s} and others.
        * How to get to {s}: by train to {o}.""",
    ),
    relation(
        "firm",
        "workers",
        "workers",
        "{s} has {o} workers.",
        """How many workers does {s} have?
        How many people work for {s}?
        How many people does {s} employ?
        What is the number of workers at {s}?
        * How large is the staff of {s}?
        * How many are paid by {s}?""",
        """{s} employs {o}.
        The staff of {s} consists of {o}.
        At {s} there is work for {o}.
        * {s} gives a living to {o}.""",
        """A strike at {s} was joined by {o}.
        {s}, which employs {o}, asked for a loan.
        The gates of {s} closed behind {o}.
        * {s} will pay {o} a bonus.""",
        """Number employed by {s}: {o}.
        {s} at a glance: {o}.
        Jobs: {s} ({o}).
        * Staff of {s}, {o} in all.""",
    ),
)

PEOPLE = (
    relation(
        "person",
        "born",
        "date",
        "{s} was born in {o}.",
        """When was {s} born?
        In which year was {s} born?
        What is the year of birth of {s}?
        When did the life of {s} begin?
        * In what year did {s} come into the world?
        * Since when had {s} lived?""",
        """{s} was born {o}.
        The birth of {s} is recorded {o}.
        {s} came into the world {o}.
        * The life of {s} began {o}.""",
        """{s}, born {o}, asked to be left alone.
        Born {o}, {s} had seen better days.
        Neighbours say that {s} was born {o}.
        * The cradle of {s} was carved {o}, says a note.""",
        """{s}, born {o}.
        Birth of {s}: {o}.
        {s} (born {o}), life and work.
        * {s}: began life {o}.""",
    ),
    relation(
        "person",
        "birthplace",
        "town",
        "{s} was born in {o}.",
        """Where was {s} born?
        Which town does {s} come from?
        What is the birthplace of {s}?
        Where did {s} grow up?
        * Where are the roots of {s}?
        * In what place did {s} go to school?""",
        """{s} comes from {o}.
        The birthplace of {s} is {o}.
        {s} grew up in {o}.
        * The roots of {s} are in {o}.""",
        """Bells rang in {o}, where {s} grew up.
        {s} comes from {o} and is proud of it.
        A house in {o} claims to be the birthplace of {s}.
        * Nobody in {o} remembers {s} from school.""",
        """Birthplace of {s}: {o}.
        {s}, from {o}, biography.
        Famous people of {o}: {s}.
        * {s}, roots in {o}.""",
    ),
)
