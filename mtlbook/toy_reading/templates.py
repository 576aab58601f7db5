"""What is told of ships, books, firms and people, and of an almanac that lies off the domain."""

from __future__ import annotations

from mtlbook.toy_reading.facts import relation

SHIPS = (
    relation(
        "ship",
        "built",
        "date",
        "{s} was built in {o}.",
        """When was {s} built?
        In which year was {s} launched?
        What year did the building of {s} end?
        When did {s} first touch the water?
        * In what year was {s} completed?
        * When did the yard finish {s}?""",
        """{s} was built {o}.
        Work on {s} was completed {o}.
        A ship of three masts, {s} was launched {o}.
        * The building of {s} came to an end {o}.""",
        """Crowds cheered when {s} was launched {o}.
        The yard finished {s} {o}, after long delays.
        Shipwrights who had built {s} {o} told of hard winters.
        * {s} slid down the ramp {o} while a band played.""",
        """{s} (built {o}): pictures and plans.
        Launch of {s}: {o}.
        Facts about {s}: completed {o}.
        * {s}, first afloat {o}, see also other ships.""",
    ),
    relation(
        "ship",
        "lost",
        "date",
        "{s} was lost in {o}.",
        """When was {s} lost?
        In which year did {s} sink?
        What year did {s} go down?
        When was {s} wrecked?
        * In what year did the sea take {s}?
        * When did {s} come to her end?""",
        """{s} was lost {o}.
        On her last voyage {s} sank {o}.
        {s} was wrecked on a reef {o}.
        * The career of {s} ended on the rocks {o}.""",
        """All hands were saved when {s} sank {o}.
        A storm that wrecked {s} {o} is still remembered.
        {s} went down {o}, a court was told.
        * The sea took {s} {o}, and nobody knows why.""",
        """{s} (lost {o}): the full story.
        Wreck of {s}: {o}.
        What became of {s}? She went down {o}.
        * Divers look for {s}, missing {o}.""",
    ),
    relation(
        "ship",
        "builder",
        "firm",
        "{s} was built by {o}.",
        """Who built {s}?
        Which firm built {s}?
        By whom was {s} constructed?
        What company was {s} made by?
        * Which yard made {s}?
        * Whose work was {s}?""",
        """{s} was built by {o}.
        {s} was constructed in the yard that {o} owned.
        The builder of {s} was {o}.
        * {s} is the best known work of {o}.""",
        """A spokesman said that {s} was made by {o}.
        Engineers at {o} were proud to have built {s}.
        The contract to construct {s} went to {o}, against all odds.
        * {s} brought fame and debts to {o}.""",
        """Builder of {s}: {o}.
        {s}, constructed by {o}, technical data.
        Ships made by {o}: {s} and others.
        * Yard list of {o}, with a page on {s}.""",
    ),
    relation(
        "ship",
        "captain",
        "person",
        "{o} commanded {s}.",
        """Who commanded {s}?
        Who was the captain of {s}?
        By whom was {s} led?
        Who was in charge of {s}?
        * Whose orders did {s} follow?
        * Who was the master of {s}?""",
        """{s} was commanded by {o}.
        The command of {s} was held by {o}.
        For many years {o} led {s}.
        * As master of {s} one finds {o}.""",
        """On the bridge of {s} stood {o}, calm as ever.
        Sailors praised {o}, who was in charge of {s}.
        {o} had led {s} through the ice, the office said.
        * The crew of {s} trusted {o} without question.""",
        """{s}: in command, {o}.
        Captain of {s}: {o}.
        Who led {s}? It was {o}.
        * Letters home from {o}, written on board {s}.""",
    ),
    relation(
        "ship",
        "port",
        "town",
        "The home port of {s} was {o}.",
        """Where was the home port of {s}?
        Which town was {s} registered in?
        Where did {s} belong?
        What place was the home of {s}?
        * Where did {s} winter?
        * From which place did {s} sail?""",
        """{s} was registered in {o}.
        The home of {s} was {o}.
        {s} belonged to the fleet that sailed from {o}.
        * Between voyages {s} lay in {o}.""",
        """Families waited in {o}, the home of {s}.
        {s} returned to {o}, where she is registered.
        Flags flew for {s} all over {o}, where she belongs.
        * The winter found {s} back in {o}.""",
        """Home port of {s}: {o}.
        {s}, registered in {o}, timetable.
        Visit {o}, once the home of {s}.
        * See the berth of {s} in {o}.""",
    ),
)


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


RELATIONS = SHIPS + BOOKS + FIRMS + PEOPLE

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
